"""Fixtures for all tests. Servers are real and shared; data is each test's own.

A test that asks for ``app`` (or anything built on it) runs twice: on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = [
    "tests.fixtures.passwords",
    "tests.fixtures.stores",
    "tests.fixtures.application",
    "tests.fixtures.deployment",
    "tests.fixtures.live_site",
    "tests.fixtures.browser",
]


class OneSite(LoadScopeScheduling):
    """Gives all browser tests to one pytest worker, so that the live site is started once.

    (xdist's own ``loadgroup`` looks for the group in the test's name, where pytest 9.2 no longer keeps it.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return "tests/e2e" if nodeid.startswith("tests/e2e/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneSite:
    return OneSite(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What opens every page of the site takes its time on a slow machine."""
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.timeout(900))


# A slow machine is not a broken program: no test of properties fails by the clock.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
