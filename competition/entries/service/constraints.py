"""From a broken constraint to the sentence that says which rule it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import IntegrityError

from competition.extensions import db
from competition.kernel.errors import RuleBroken


@contextmanager
def refused_by(constraint: str, columns: str, message: Any, *, field: str | None = None) -> Iterator[None]:
    """Flush what the block added; say ``message`` when exactly this constraint refuses it.

    Parameters
    ----------
    constraint
        Its name, as PostgreSQL reports it.
    columns
        ``table.column, table.column``, as SQLite reports a unique constraint.

    Raises
    ------
    RuleBroken
        When the constraint is broken; the transaction goes on as if the block had not run.
    """
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
    except IntegrityError as error:
        text = str(error.orig)
        if constraint in text or columns in text:
            raise RuleBroken(message, field=field) from error
        raise
