"""The SQLite driver: of those that are installed, the first whose SQLite is safe and new enough.

SQLite before 3.51.3 can damage a database in WAL mode when two connections reset the log at the same moment
(https://www.sqlite.org/wal.html#walresetbug). Before 3.53.0 it cannot change the check constraint of a table that
exists, as migrations do. Distributions still ship such versions. So the requirement lists install a driver that brings
its own SQLite: pysqlite3, or sqlean where pysqlite3 has no wheel (aarch64, macOS).
"""

from __future__ import annotations

import importlib
from types import ModuleType

DRIVERS = ("pysqlite3.dbapi2", "sqlean.dbapi2", "sqlite3")
REQUIRED = (3, 53, 0)


class OldSqliteError(RuntimeError):
    """No installed driver brings an SQLite that is new enough."""


def driver() -> ModuleType:
    """The DB-API module to open SQLite databases with.

    Raises
    ------
    OldSqliteError
        When every installed driver has an SQLite older than 3.53.0.
    """
    versions = []
    for name in DRIVERS:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        if module.sqlite_version_info >= REQUIRED:
            return module
        versions.append(f"{name.partition('.')[0]} has {module.sqlite_version}")
    raise OldSqliteError(
        "SQLite 3.53.0 is needed: older ones cannot change constraints, and before 3.51.3 they can damage a database "
        "that several processes write to. Installed: "
        f"{', '.join(versions)}. Install the packages of requirements.txt, or use PostgreSQL (DATABASE_URL)."
    )
