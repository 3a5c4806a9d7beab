"""Where the line runs between the entries that are in and those that are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, case, func, or_, select

from competition.entries.models import Entry
from competition.kernel.data.prepared import Prepared
from competition.results.models import Decision, Run, RunEntry


@dataclass(frozen=True, slots=True)
class Cut:
    """The line under the last entry that is in, in the order of ranks.

    Once entries are selected it stands under the last selected one; before that where the call's slots end,
    among entries that passed. ``place``: how many entries stand above it. ``passed``: how many of those passed, for
    only they take a slot. ``selected``: how many of those are selected; 0 before a selection. ``calibrated``: the
    calibrated score at which the slots end, which decides what is too close to call. ``close_in``, ``close_out``:
    entries too close to call that are in, and that are not.
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
        return outcome == "selected" if self.decided else passed and self.above(place)


class Held(NamedTuple):
    """The last place reached, and how many entries count down to it."""

    last: int | None
    reached: int


class Holder(NamedTuple):
    by_rank: int
    rank: int


class Near(NamedTuple):
    """An entry beside the line."""

    code: str
    by_rank: int
    rank: int | None
    official_value: float


def _one(value: Any) -> Any:
    return value


_RUN = bindparam("run", type_=Uuid)
_IN_RUN = RunEntry.run_id == _RUN
_DECIDED_HERE = (Decision.entry_id == RunEntry.entry_id) & (Decision.run_id == RunEntry.run_id)
_SELECTED = Prepared(lambda: (
    select(func.max(RunEntry.by_rank), func.count())
    .join(Decision, _DECIDED_HERE)
    .where(
        _IN_RUN, RunEntry.rank.is_not(None),
        Decision.call_id == bindparam("call"), Decision.outcome == "selected",  # by the index of a call's decisions
    )
), Held)
_PASSED_TO = Prepared(lambda: (
    select(func.max(RunEntry.by_rank), func.count())
    .where(_IN_RUN, RunEntry.passed, RunEntry.by_rank <= bindparam("place"))
), Held)
_HOLDERS = Prepared(lambda: (
    select(RunEntry.by_rank, RunEntry.rank).where(_IN_RUN, RunEntry.passed)
    .order_by(RunEntry.by_rank).limit(bindparam("slots"))
), Holder)
_NEXT_RANK = Prepared(lambda: (
    select(RunEntry.by_rank)
    .where(
        _IN_RUN, RunEntry.by_rank > bindparam("place"),
        or_(RunEntry.rank.is_(None), RunEntry.rank > bindparam("rank")),
    )
    .order_by(RunEntry.by_rank).limit(1)
), int)
_AROUND = Prepared(lambda: (
    select(Entry.code, RunEntry.by_rank, RunEntry.rank, RunEntry.official_value)
    .join(Entry, Entry.id == RunEntry.entry_id)
    .where(_IN_RUN, RunEntry.by_rank.between(bindparam("place"), bindparam("after")))
), Near)
_CALIBRATED = Prepared(
    lambda: select(RunEntry.calibrated).where(_IN_RUN, RunEntry.by_calibrated == bindparam("slots")), _one
)


def _close(inside: ColumnElement[bool]) -> Prepared[tuple[int, int]]:
    """How many are too close to call, and how many of those are in."""
    return Prepared(lambda: (
        select(func.count(), func.coalesce(func.sum(case((inside, 1), else_=0)), 0))
        .select_from(RunEntry).outerjoin(Decision, _DECIDED_HERE).where(_IN_RUN, RunEntry.close_call)
    ), lambda close, close_in: (close, int(close_in)))


_CLOSE_DECIDED = _close(Decision.outcome == "selected")
_CLOSE_OPEN = _close(and_(RunEntry.passed, RunEntry.by_rank <= bindparam("place")))


def cut(run: Run) -> Cut | None:
    """The line of a run; None when nobody is ranked well enough to be in."""
    slots = int(run.parameters.get("slots", 1))
    place, passed, selected = _place(run, slots)
    if place is None:
        return None
    named = {near.by_rank: near for near in _AROUND.all(run=run.id, place=place, after=place + 1)}
    last, following = named[place], named.get(place + 1)
    assert last.rank is not None
    if following is not None and following.rank is None:
        following = None
    close, close_in = (
        _CLOSE_DECIDED.only(run=run.id) if selected else _CLOSE_OPEN.only(run=run.id, place=place)
    )
    return Cut(
        slots=slots, place=place, passed=passed, selected=selected, code=last.code, rank=last.rank,
        score=last.official_value, next_code=following.code if following else "",
        next_rank=following.rank if following else None,
        next_score=following.official_value if following else None,
        calibrated=_CALIBRATED.first(run=run.id, slots=slots), close_in=close_in, close_out=close - close_in,
    )


def _place(run: Run, slots: int) -> tuple[int | None, int, int]:
    """The place of the last entry that is in, how many down to it passed, and how many are selected.

    A slot is for an entry that passed: one above that did not, for a floor on a criterion, takes none.
    """
    place, selected = _SELECTED.only(run=run.id, call=run.call_id)
    if place is not None:
        return place, _PASSED_TO.only(run=run.id, place=place).reached, selected
    held = _HOLDERS.all(run=run.id, slots=slots)
    if not held:
        return None, 0, 0
    last, passed = _PASSED_TO.only(run=run.id, place=_end_of_rank(run, held[-1]))
    return last, passed, 0


def _end_of_rank(run: Run, held: Holder) -> int:
    """The last place of those who share a rank with the entry that holds one: places run in the order of ranks."""
    following = _NEXT_RANK.first(run=run.id, place=held.by_rank, rank=held.rank)
    return run.n_entries if following is None else following - 1
