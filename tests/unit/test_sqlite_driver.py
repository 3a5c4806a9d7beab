"""A driver with an old SQLite is passed over, and refused when there is no other."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from competition import sqlite_driver


def _driver(version: str) -> ModuleType:
    module = ModuleType("driver")
    module.__dict__.update(sqlite_version=version, sqlite_version_info=tuple(map(int, version.split("."))))
    return module


def _install(monkeypatch: pytest.MonkeyPatch, *versions: str | None) -> list[ModuleType | None]:
    """Put drivers with these versions in the place of the known ones; None is a driver that is not installed."""
    modules = [None if version is None else _driver(version) for version in versions]
    for name, module in zip(sqlite_driver.DRIVERS, modules, strict=True):
        monkeypatch.setitem(sys.modules, name, module)
    return modules


@pytest.mark.parametrize(("versions", "chosen"), [
    (("3.53.0", None, "3.54.0"), 0),
    (("3.52.9", None, "3.53.0"), 2),
    ((None, "3.54.1", "3.40.1"), 1),
    ((None, None, "3.53.1"), 2),
])
def test_the_first_new_enough_driver_is_taken(
    monkeypatch: pytest.MonkeyPatch, versions: tuple[str | None, ...], chosen: int
) -> None:
    modules = _install(monkeypatch, *versions)
    assert sqlite_driver.driver() is modules[chosen]


def test_an_old_sqlite_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, None, "3.50.4", "3.40.1")
    with pytest.raises(sqlite_driver.OldSqliteError, match=r"sqlean has 3\.50\.4, sqlite3 has 3\.40\.1"):
        sqlite_driver.driver()


def test_the_installed_driver_is_new_enough() -> None:
    assert sqlite_driver.driver().sqlite_version_info >= sqlite_driver.REQUIRED
