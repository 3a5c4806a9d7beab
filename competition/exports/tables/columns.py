"""What a table is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from babel.numbers import get_currency_precision
from sqlalchemy import select

from competition.calls.models import Call
from competition.entries.models import Entry
from competition.extensions import db
from competition.kernel.data.batches import batches

Kind = Literal["text", "integer", "number", "money", "boolean", "instant"]
Row = tuple[Any, ...]
BATCH = 200  # entries that are read at a time


@dataclass(frozen=True)
class Column:
    """A column: its name in the file, its type, its width in a spreadsheet in characters."""

    name: str
    kind: Kind = "text"
    width: int = 14


@dataclass(frozen=True)
class Scope:
    """The calls whose rows are exported: all of a programme, or one of them."""

    programme_id: UUID
    call_id: UUID | None = None


@dataclass(frozen=True)
class Batch:
    """Some entries of one call, in the table's order."""

    call: Call
    entry_ids: Sequence[UUID]


@dataclass(frozen=True)
class Table:
    """A table: ``rows`` gives its rows for some entries of a call.

    ``entries`` gives a call's entries in the table's own order; without it they come by code.
    """

    key: str
    columns: tuple[Column, ...]
    rows: Callable[[Batch], Iterator[Row]]
    states: tuple[str, ...] = ("submitted",)
    entries: Callable[[UUID], list[UUID]] | None = None

    def batches(self, scope: Scope) -> Iterator[tuple[Batch, int, int]]:
        """The scope's entries in batches, with how many entries are done and how many there are."""
        calls = _calls(scope)
        lists = [(call, self._entry_ids(call.id)) for call in calls]
        total, done = sum(len(ids) for _call, ids in lists), 0
        for call, ids in lists:
            for batch in batches(ids, BATCH):
                yield Batch(call, batch), done, total
                done += len(batch)

    def _entry_ids(self, call_id: UUID) -> list[UUID]:
        if self.entries is not None:
            return self.entries(call_id)
        query = select(Entry.id).where(Entry.call_id == call_id, Entry.state.in_(self.states)).order_by(Entry.code)
        return list(db.session.scalars(query))


def _calls(scope: Scope) -> list[Call]:
    """The calls of a scope, without those whose entries are sealed."""
    query = select(Call).where(Call.programme_id == scope.programme_id, Call.entries_opened_at.is_not(None))
    query = query.order_by(Call.code)
    if scope.call_id is not None:
        query = query.where(Call.id == scope.call_id)
    return list(db.session.scalars(query))


def whole_money(minor: int | None, currency: str) -> Decimal | None:
    """Minor units as an exact amount in whole units: 120000050 → 1200000.50."""
    return None if minor is None else Decimal(minor).scaleb(-get_currency_precision(currency))
