"""Keyset paging: a page starts after a row, not after a count, so the last page costs the first's time."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, or_

from competition.extensions import db
from competition.kernel.data.prepared import Prepared

Row = TypeVar("Row")
LONGEST = 400  # characters of a cursor; ours have a quarter of that
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Key:
    """One column of the order. The last key of a list must be unique, or rows are lost at page edges."""

    column: Any
    attribute: str
    descending: bool = False


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    next: str | None
    previous: str | None


def page(
    statement: Select[Any], keys: Sequence[Key], cursor: str | None, size: int,
    parameters: dict[str, Any] | None = None,
) -> Page[Any]:
    """Rows after (or, for a cursor that points back, before) a row.

    Parameters
    ----------
    statement
        A select without order or limit whose rows have every ``key.attribute``.
    cursor
        What an earlier page gave as ``next`` or ``previous``; anything unreadable means the first page.
    parameters
        Values of the named parameters of a statement that was built beforehand.
    """
    back, after = decode(cursor, keys)
    if after is not None:
        statement = statement.where(_beyond(keys, after, back))
    order = [
        key.column.desc() if key.descending != back else key.column.asc() for key in keys
    ]
    rows = list(db.session.execute(statement.order_by(*order).limit(size + 1), parameters))
    more = len(rows) > size
    rows = rows[:size]
    if back:
        rows.reverse()
    first = encode(rows[0], keys, back=True) if rows and (after is not None if not back else more) else None
    last = encode(rows[-1], keys, back=False) if rows and (more or back) else None
    return Page(rows, last, first)


class First(Generic[Row]):
    """The first page of a list, which most readers see only, as a prepared statement.

    Parameters
    ----------
    statement, keys
        As for :func:`page`.
    row
        What a row becomes: called with its columns in order, it has every ``key.attribute``.
    """

    def __init__(self, statement: Select[Any], keys: Sequence[Key], row: Callable[..., Row]) -> None:
        order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
        self._keys = keys
        self._rows = Prepared(lambda: statement.order_by(*order).limit(bindparam("most")), row)

    def page(self, size: int, **values: Any) -> Page[Row]:
        """What :func:`page` answers without a cursor."""
        found = self._rows.all(most=size + 1, **values)
        shown = found[:size]
        return Page(shown, encode(shown[-1], self._keys, back=False) if len(found) > size else None, None)


def _beyond(keys: Sequence[Key], after: list[Any], back: bool) -> ColumnElement[bool]:
    """The row-value comparison written out, since the columns may run in different directions."""
    clause: ColumnElement[bool] = false()
    for position, (key, value) in enumerate(zip(keys, after, strict=True)):
        step = key.column < value if key.descending != back else key.column > value
        equal = [k.column == v for k, v in zip(keys[:position], after[:position], strict=True)]
        clause = or_(clause, and_(*equal, step))
    return clause


def _bound(key: Key, value: Any) -> Any:
    """A cursor's value as its column compares with it.

    Raises
    ------
    ValueError
        For anything that the column could not hold.
    """
    kind = key.column.type.python_type
    if kind is int and type(value) is int and abs(value) <= LARGEST:
        return value
    if not isinstance(value, str) or "\x00" in value or kind is int:
        raise ValueError(value)
    if kind is UUID:
        return UUID(value)
    if kind is datetime:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError(value)
        return at.astimezone(UTC)
    return value.encode().decode()  # half a character, which JSON can carry, is none


def encode(row: Any, keys: Sequence[Key], *, back: bool) -> str:
    values = [getattr(row, key.attribute) for key in keys]
    plain = [v.isoformat() if isinstance(v, datetime) else str(v) if isinstance(v, UUID) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps([back, *plain]).encode()).decode().rstrip("=")


def decode(cursor: str | None, keys: Sequence[Key]) -> tuple[bool, list[Any] | None]:
    """Direction and key values of a cursor; ``(False, None)``, the first page, for anything unreadable."""
    if not cursor or len(cursor) > LONGEST:
        return False, None
    try:
        sent = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(sent, list) or not sent or not isinstance(sent[0], bool):
            return False, None
        return sent[0], [_bound(key, value) for key, value in zip(keys, sent[1:], strict=True)]
    except (ValueError, OverflowError):  # also what is no base64, no UTF-8, no JSON
        return False, None
