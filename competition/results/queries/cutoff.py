"""The cutoff: where the line runs between the entries that are in and those that are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, and_, bindparam, func, or_, select

from competition.entries.models import Entry
from competition.extensions import db
from competition.kernel.data.query import Query
from competition.results.decision_source import SELECTED, source
from competition.results.models import Run, RunEntry


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The line under the last entry that is in, in the order of ranks.

    Once entries are selected, the line is under the last selected one. Before that it is where the call's slots end,
    counted over entries that passed.

    ``place``: how many entries are above the line. ``passed``: how many of those passed, because only they take a
    slot. ``selected``: how many of those are selected; 0 before a selection. ``calibrated``: the calibrated score at
    which the slots end, which decides what is too close to call. ``close_in``, ``close_out``: entries too close to call
    that are in, and that are not.
    """

    slots: int
    place: int
    passed: int
    selected: int
    code: str
    rank: int
    score: float
    next_code: str
    next_rank: int | None
    next_score: float | None
    calibrated: float | None
    close_in: int
    close_out: int

    @property
    def decided(self) -> bool:
        """Whether entries are selected in this run."""
        return self.selected > 0

    @property
    def tied(self) -> bool:
        """Whether more entries share a rank than slots are left for."""
        return not self.decided and self.passed > self.slots

    def above(self, place: int) -> bool:
        """Whether an entry at this place of the ranking stands above the line."""
        return place <= self.place

    def inside(self, place: int, outcome: str, *, passed: bool = True) -> bool:
        """Whether an entry is in: selected once that is decided, before that above the line if it passed."""
        return outcome == SELECTED if self.decided else passed and self.above(place)


@dataclass(frozen=True, slots=True)
class Count:
    """Some entries of the ranking: the last of their places, and how many they are."""

    last: int | None
    number: int


@dataclass(frozen=True, slots=True)
class Place:
    """An entry's place in the order of ranks, and its rank, which others may share."""

    by_rank: int
    rank: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entry beside the line."""

    code: str
    by_rank: int
    rank: int | None
    official_value: float


@dataclass(frozen=True, slots=True)
class CloseCalls:
    """Entries that are too close to call, and how many of them are in."""

    number: int
    inside: int


_RUN = bindparam("run", type_=Uuid)
_IN_RUN = RunEntry.run_id == _RUN
_COUNT = (func.max(RunEntry.by_rank).label("last"), func.count().label("number"))


def _selected() -> Select[*tuple[Any, ...]]:
    decisions = source()
    return (
        select(*_COUNT)
        .join(decisions.table, decisions.of_line())
        .where(
            _IN_RUN, RunEntry.rank.is_not(None),
            # With the call, the database uses the index on the outcomes of a call.
            decisions.table.call_id == bindparam("call"), decisions.table.outcome == SELECTED,
        )
    )


_SELECTED = Query(_selected, Count)
_PASSED_TO = Query(lambda: (
    select(*_COUNT)
    .where(_IN_RUN, RunEntry.passed, RunEntry.by_rank <= bindparam("place"))
), Count)
_HOLDERS = (
    select(RunEntry.by_rank, RunEntry.rank).where(_IN_RUN, RunEntry.passed)
    .order_by(RunEntry.by_rank).limit(bindparam("slots")).subquery()
)
_LAST_HOLDER = Query(lambda: select(_HOLDERS).order_by(_HOLDERS.c.by_rank.desc()).limit(1), Place)
_NEXT_RANK = (
    select(RunEntry.by_rank)
    .where(
        _IN_RUN, RunEntry.by_rank > bindparam("place"),
        or_(RunEntry.rank.is_(None), RunEntry.rank > bindparam("rank")),
    )
    .order_by(RunEntry.by_rank).limit(1)
)
_NEIGHBOURS = Query(lambda: (
    select(Entry.code, RunEntry.by_rank, RunEntry.rank, RunEntry.official_value)
    .join(Entry, Entry.id == RunEntry.entry_id)
    .where(_IN_RUN, RunEntry.by_rank.between(bindparam("place"), bindparam("after")))
), Neighbour)
_CALIBRATED = select(RunEntry.calibrated).where(_IN_RUN, RunEntry.by_calibrated == bindparam("slots"))


def _close_calls(inside: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    decisions = source()
    return (
        select(func.count().label("number"), func.count().filter(inside).label("inside"))
        .select_from(RunEntry).outerjoin(decisions.table, decisions.of_line()).where(_IN_RUN, RunEntry.close_call)
    )


_CLOSE_DECIDED = Query(lambda: _close_calls(source().table.outcome == SELECTED), CloseCalls)
_CLOSE_OPEN = Query(lambda: _close_calls(and_(RunEntry.passed, RunEntry.by_rank <= bindparam("place"))), CloseCalls)


def cutoff(run: Run) -> Cutoff | None:
    """The line of a run; None when nobody is ranked well enough to be in."""
    slots = int(run.parameters.get("slots", 1))
    place, passed, selected = _place(run, slots)
    if place is None:
        return None
    beside = {entry.by_rank: entry for entry in _NEIGHBOURS.all(run=run.id, place=place, after=place + 1)}
    last, following = beside[place], beside.get(place + 1)
    assert last.rank is not None
    if following is not None and following.rank is None:
        following = None
    close = _CLOSE_DECIDED.one(run=run.id) if selected else _CLOSE_OPEN.one(run=run.id, place=place)
    return Cutoff(
        slots=slots, place=place, passed=passed, selected=selected, code=last.code, rank=last.rank,
        score=last.official_value, next_code=following.code if following else "",
        next_rank=following.rank if following else None,
        next_score=following.official_value if following else None,
        calibrated=db.session.connection().scalar(_CALIBRATED, {"run": run.id, "slots": slots}),
        close_in=close.inside, close_out=close.number - close.inside,
    )


def _place(run: Run, slots: int) -> tuple[int | None, int, int]:
    """The place of the last entry that is in, how many down to it passed, and how many are selected.

    A slot is for an entry that passed: one above that did not, for a floor on a criterion, takes none.
    """
    selected = _SELECTED.one(run=run.id, call=run.call_id)
    if selected.last is not None:
        return selected.last, _PASSED_TO.one(run=run.id, place=selected.last).number, selected.number
    holder = _LAST_HOLDER.first(run=run.id, slots=slots)
    if holder is None:
        return None, 0, 0
    passed = _PASSED_TO.one(run=run.id, place=_end_of_rank(run, holder))
    return passed.last, passed.number, 0


def _end_of_rank(run: Run, entry: Place) -> int:
    """The last place of the entries that share this entry's rank: places run in the order of ranks."""
    next_place: int | None = db.session.connection().scalar(
        _NEXT_RANK, {"run": run.id, "place": entry.by_rank, "rank": entry.rank}
    )
    return run.n_entries if next_place is None else next_place - 1
