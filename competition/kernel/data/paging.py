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

from competition.kernel.data.query import Query

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


class PagedQuery(Generic[Row]):
    """A list that is read page by page: a :class:`Query` for each of its beginning, what follows and what precedes.

    Parameters
    ----------
    make_select, row
        As for :class:`Query`. The select has no order and no limit.
    keys
        The order of the list; ``row`` has every ``key.attribute``.
    """

    def __init__(
        self, make_select: Callable[[], Select[*tuple[Any, ...]]], keys: Sequence[Key], row: type[Row]
    ) -> None:
        self._keys = keys
        self._first = Query(lambda: _ordered(make_select(), keys, back=False), row)
        self._after = Query(
            lambda: _ordered(make_select().where(_beyond(keys, back=False)), keys, back=False), row
        )
        self._before = Query(lambda: _ordered(make_select().where(_beyond(keys, back=True)), keys, back=True), row)

    def page(self, cursor: str | None, size: int, **parameters: Any) -> Page[Row]:
        """At most ``size`` rows beside the row that a cursor names.

        Parameters
        ----------
        cursor
            ``next`` or ``previous`` of an earlier page; anything unreadable means the first page.
        parameters
            Values of the select's own parameters.
        """
        back, edge = decode(cursor, self._keys)
        query = self._first if edge is None else self._before if back else self._after
        edges = {_edge_name(position): value for position, value in enumerate(edge or ())}
        rows = query.all(**parameters, **edges, rows_and_one=size + 1)
        more = len(rows) > size
        rows = rows[:size]
        if back:
            rows.reverse()
        previous = encode(rows[0], self._keys, back=True) if rows and (more if back else edge is not None) else None
        following = encode(rows[-1], self._keys, back=False) if rows and (more or back) else None
        return Page(rows, following, previous)


def _ordered(
    select: Select[*tuple[Any, ...]], keys: Sequence[Key], *, back: bool
) -> Select[*tuple[Any, ...]]:
    order = [key.column.desc() if key.descending != back else key.column.asc() for key in keys]
    return select.order_by(*order).limit(bindparam("rows_and_one"))


def _edge_name(position: int) -> str:
    return f"edge_{position}"


def _beyond(keys: Sequence[Key], *, back: bool) -> ColumnElement[bool]:
    """The row-value comparison written out, since the columns may run in different directions."""
    clause: ColumnElement[bool] = false()
    edges = [bindparam(_edge_name(position), type_=key.column.type) for position, key in enumerate(keys)]
    for position, (key, edge) in enumerate(zip(keys, edges, strict=True)):
        step = key.column < edge if key.descending != back else key.column > edge
        equal = [k.column == e for k, e in zip(keys[:position], edges[:position], strict=True)]
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
