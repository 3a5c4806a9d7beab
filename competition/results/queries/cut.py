"""Where the line runs between the entries that are in and those that are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select

from competition.entries.models import Entry
from competition.extensions import db
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


# Built once: composing a statement costs more than it costs the database to answer it.
_IN_RUN = RunEntry.run_id == bindparam("run")
_DECIDED_HERE = (Decision.entry_id == RunEntry.entry_id) & (Decision.run_id == RunEntry.run_id)
_SELECTED = (
    select(func.max(RunEntry.by_rank), func.count())
    .join(Decision, _DECIDED_HERE)
    .where(
        _IN_RUN, RunEntry.rank.is_not(None),
        Decision.call_id == bindparam("call"), Decision.outcome == "selected",  # by the index of a call's decisions
    )
)
_PASSED_TO = (
    select(func.max(RunEntry.by_rank), func.count())
    .where(_IN_RUN, RunEntry.passed, RunEntry.by_rank <= bindparam("place"))
)
_HOLDERS = (
    select(RunEntry.by_rank, RunEntry.rank).where(_IN_RUN, RunEntry.passed)
    .order_by(RunEntry.by_rank).limit(bindparam("slots"))
)
_NEXT_RANK = (
    select(RunEntry.by_rank)
    .where(
        _IN_RUN, RunEntry.by_rank > bindparam("place"),
        or_(RunEntry.rank.is_(None), RunEntry.rank > bindparam("rank")),
    )
    .order_by(RunEntry.by_rank).limit(1)
)
_AROUND = (
    select(Entry.code, RunEntry.by_rank, RunEntry.rank, RunEntry.official_value)
    .join(Entry, Entry.id == RunEntry.entry_id)
    .where(_IN_RUN, RunEntry.by_rank.between(bindparam("place"), bindparam("after")))
)
_CALIBRATED = select(RunEntry.calibrated).where(_IN_RUN, RunEntry.by_calibrated == bindparam("slots"))


def _close(inside: ColumnElement[bool]) -> Any:
    """How many are too close to call, and how many of those are in."""
    return (
        select(func.count(), func.coalesce(func.sum(case((inside, 1), else_=0)), 0))
        .select_from(RunEntry).outerjoin(Decision, _DECIDED_HERE).where(_IN_RUN, RunEntry.close_call)
    )


_CLOSE_DECIDED = _close(Decision.outcome == "selected")
_CLOSE_OPEN = _close(and_(RunEntry.passed, RunEntry.by_rank <= bindparam("place")))


def cut(run: Run) -> Cut | None:
    """The line of a run; None when nobody is ranked well enough to be in."""
    slots = int(run.parameters.get("slots", 1))
    place, passed, selected = _place(run, slots)
    if place is None:
        return None
    given = {"run": run.id, "place": place}
    around = db.session.execute(_AROUND, given | {"after": place + 1})
    named = {row.by_rank: row for row in around}
    last, following = named[place], named.get(place + 1)
    if following is not None and following.rank is None:
        following = None
    close, close_in = db.session.execute(_CLOSE_DECIDED if selected else _CLOSE_OPEN, given).one()
    calibrated = db.session.scalar(_CALIBRATED, {"run": run.id, "slots": slots})
    return Cut(
        slots=slots, place=place, passed=passed, selected=selected, code=last.code, rank=last.rank,
        score=last.official_value, next_code=following.code if following else "",
        next_rank=following.rank if following else None,
        next_score=following.official_value if following else None, calibrated=calibrated, close_in=int(close_in),
        close_out=close - int(close_in),
    )


def _place(run: Run, slots: int) -> tuple[int | None, int, int]:
    """The place of the last entry that is in, how many down to it passed, and how many are selected.

    A slot is for an entry that passed: one above that did not, for a floor on a criterion, takes none.
    """
    place, selected = db.session.execute(_SELECTED, {"run": run.id, "call": run.call_id}).one()
    if place is not None:
        _last, above = _passed_to(run.id, place)
        return place, above, selected
    held = db.session.execute(_HOLDERS, {"run": run.id, "slots": slots}).all()
    if not held:
        return None, 0, 0
    last, passed = _passed_to(run.id, _end_of_rank(run, held[-1].by_rank, held[-1].rank))
    return last, passed, 0


def _passed_to(run_id: UUID, place: int) -> tuple[int | None, int]:
    """The last that passed down to ``place``, and how many did."""
    last, count = db.session.execute(_PASSED_TO, {"run": run_id, "place": place}).one()
    return last, count


def _end_of_rank(run: Run, place: int, rank: int) -> int:
    """The last place of those who share a rank with the entry at ``place``: places run in the order of ranks."""
    following = db.session.scalar(_NEXT_RANK, {"run": run.id, "place": place, "rank": rank})
    return run.n_entries if following is None else following - 1
