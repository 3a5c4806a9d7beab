"""Remembers that database, bucket and demo have been prepared, so that a start need not load the application.

Applies to the one-command installation's own folder only: a database or storage that the environment names may be
changed by others, and is prepared at every start.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from devtools.setup import ROOT, digest

OUTSIDE = ("DATABASE_URL", "S3_ENDPOINT_URL", "S3_BUCKET")


class Preparation:
    """The record of the last preparation of a data folder, compared with what this start needs.

    Parameters
    ----------
    data
        The folder of the one-command installation.
    env
        Its settings; those that decide what is prepared are part of the record.
    demo
        Whether the demo programme is part of it.
    """

    def __init__(self, data: Path, env: Mapping[str, str], *, demo: bool) -> None:
        self._file = data / "prepared.json"
        self._database, self._storage = data / "opencall.sqlite", data / "s3"
        self._own = not any(name in os.environ for name in OUTSIDE)
        versions = sorted((ROOT / "migrations" / "versions").glob("*.py"))
        bucket = digest([ROOT / "competition" / name for name in ("config.py", "kernel/files/storage.py")])
        self._needed = {
            "migrations": digest(versions), "bucket": bucket, "public_url": env["PUBLIC_URL"], "demo": demo,
        }

    @property
    def done(self) -> bool:
        """Whether everything is there, prepared with these migrations and settings."""
        if not (self._own and self._file.exists() and self._storage.is_dir()):
            return False
        try:
            recorded = json.loads(self._file.read_text())
        except ValueError:  # cut short by an unclean stop
            return False
        return bool(recorded == {**self._needed, "schema": self._schema()})

    def record(self) -> None:
        if self._own:
            self._file.write_text(json.dumps({**self._needed, "schema": self._schema()}))

    def _schema(self) -> str | None:
        """The migration that the database says it is at; none when there is no such database."""
        try:
            with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as connection:
                (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except (sqlite3.Error, TypeError):
            return None
        return str(version)
