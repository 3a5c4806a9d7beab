"""Fixtures for all tests. Servers are real and shared; data is each test's own.

A test that asks for ``app`` (or anything built on it) runs twice: on SQLite and on PostgreSQL.
"""

pytest_plugins = [
    "tests.fixtures.stores",
    "tests.fixtures.application",
    "tests.fixtures.live_site",
    "tests.fixtures.browser",
]
