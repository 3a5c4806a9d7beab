"""Fixtures for all tests. Servers are real and shared; data is each test's own.

A test that asks for ``app`` (or anything built on it) runs twice: on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import pytest

pytest_plugins = [
    "tests.fixtures.stores",
    "tests.fixtures.application",
    "tests.fixtures.live_site",
    "tests.fixtures.browser",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share the live site run on one pytest worker, so that it is started once."""
    for item in items:
        if "live_site" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("live_site"))
