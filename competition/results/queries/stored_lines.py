"""The digest of a run's lines as the database has them: the log keeps it, so that a changed line is noticed."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from sqlalchemy import select

from competition.extensions import db
from competition.results.models import RunEntry, RunJudge

TAG = b"run-lines/1\0"
AT_ONCE = 2000


def lines_digest(run_id: UUID) -> str:
    """SHA-256 in hex over every column of a run's entries and judges, in the order of their ids.

    Numbers are written as the shortest text that gives the same float again, which both databases keep exactly.
    """
    total = hashlib.sha256(TAG)
    tables: tuple[tuple[Any, str], ...] = ((RunEntry.__table__, "entry_id"), (RunJudge.__table__, "seat_id"))
    for table, key in tables:
        lines = select(table).where(table.c.run_id == run_id).order_by(table.c[key])
        rows = db.session.connection().execute(lines.execution_options(yield_per=AT_ONCE))
        for row in rows:
            line = {name: _written(value) for name, value in row._mapping.items() if name != "run_id"}
            total.update(json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return total.hexdigest()


def _written(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, dict):
        return {str(key): _written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(float(value))
    return value
