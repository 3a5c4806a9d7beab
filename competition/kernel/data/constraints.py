"""The database's refusals as form errors: a broken named constraint becomes the sentence about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import IntegrityError

from competition.extensions import Base, db
from competition.kernel.errors import RuleBroken

Refusals = Mapping[str, tuple[str | None, Any]]


def broken(error: IntegrityError) -> str:
    """The name of the constraint that was broken, on either engine; empty when the engine does not say."""
    diagnostic = getattr(error.orig, "diag", None)
    if diagnostic is not None:
        return str(diagnostic.constraint_name or "")
    kind, _colon, rest = str(error.orig).partition(" constraint failed: ")
    if kind == "CHECK":
        return rest
    return _unique(rest) if kind == "UNIQUE" else ""


def _unique(listed: str) -> str:
    """SQLite names the columns of a broken uniqueness, not the constraint."""
    columns = [part.strip().split(".") for part in listed.split(",")]
    table = Base.metadata.tables.get(columns[0][0])
    if table is None:
        return ""
    wanted = {column for _table, column in columns}
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint) and {c.name for c in constraint.columns} == wanted:
            return str(constraint.name)
    return ""


@contextmanager
def refused_as(refusals: Refusals) -> Iterator[None]:
    """Flush what the block did inside a savepoint; turn a listed broken constraint into its form error.

    Parameters
    ----------
    refusals
        ``constraint name → (form field or None, message)``.

    Raises
    ------
    RuleBroken
        For a listed constraint. Any other one is a fault of ours and stays an IntegrityError.
    """
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
    except IntegrityError as error:
        refusal = refusals.get(broken(error))
        if refusal is None:
            raise
        field, message = refusal
        raise RuleBroken(message, field=field) from error
