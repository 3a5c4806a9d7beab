"""Reads of decisions, of what is awarded, and of the programme's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, func, select

from competition.calls.models import Call, Programme
from competition.entries.models import Entry, Team
from competition.extensions import db
from competition.kernel.data.query import Query
from competition.results.lifecycle import CORRECTABLE, OPEN_STATES
from competition.results.models import CalendarDay, Decision, RunEntry


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision with its entry; money in minor units."""

    id: UUID
    run_id: UUID
    entry_id: UUID
    team_id: UUID
    code: str
    team: str
    quote_minor: int
    state: str
    proposed: str
    proposed_award_minor: int
    outcome: str
    award_minor: int
    value: float | None
    band: str
    reason: str
    decided_at: datetime
    version: int
    rank: int | None
    official: float | None
    calibrated: float | None
    passed: bool
    tied: bool

    @property
    def adjusted(self) -> bool:
        return self.outcome != self.proposed or self.award_minor != self.proposed_award_minor


def decisions(call_id: UUID, *, outcomes: tuple[str, ...] = (), most: int | None = None) -> list[DecisionView]:
    """A call's decisions, best official rank first.

    Parameters
    ----------
    outcomes
        Only these; all when empty.
    """
    query = _views().where(Decision.call_id == call_id).order_by(RunEntry.by_rank)
    if outcomes:
        query = query.where(Decision.outcome.in_(outcomes))
    if most is not None:
        query = query.limit(most)
    return [DecisionView(**row._mapping) for row in db.session.execute(query)]


def decision(call_id: UUID, entry_code: str) -> DecisionView | None:
    """The decision on one entry of a call."""
    row = db.session.execute(_views().where(Decision.call_id == call_id, Entry.code == entry_code)).one_or_none()
    return None if row is None else DecisionView(**row._mapping)


def _views() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Decision.id, Decision.run_id, Decision.entry_id, Entry.team_id, Entry.code,
            Team.name.label("team"), func.coalesce(Entry.quote_minor, 0).label("quote_minor"), Decision.state,
            Decision.proposed, Decision.proposed_award_minor, Decision.outcome, Decision.award_minor, Decision.value,
            Decision.band, Decision.reason, Decision.decided_at, Decision.version, RunEntry.rank,
            RunEntry.official_value.label("official"), RunEntry.calibrated, RunEntry.passed, RunEntry.tied,
        )
        .join(Entry, Entry.id == Decision.entry_id).join(Team, Team.id == Entry.team_id)
        .join(RunEntry, (RunEntry.run_id == Decision.run_id) & (RunEntry.entry_id == Decision.entry_id))
    )


@dataclass(frozen=True, slots=True)
class DecisionCount:
    """How many decisions of a call have this state and outcome."""

    state: str
    outcome: str
    number: int


_COUNTS = Query(lambda: (
    select(Decision.state, Decision.outcome, func.count().label("number"))
    .where(Decision.call_id == bindparam("call")).group_by(Decision.state, Decision.outcome)
), DecisionCount)


def decision_counts(call_id: UUID) -> dict[tuple[str, str], int]:
    """``(state, outcome)`` → how many decisions of a call."""
    return {(count.state, count.outcome): count.number for count in _COUNTS.all(call=call_id)}


def outcome_codes(call_id: UUID, outcome: str) -> list[str]:
    """Codes of the entries with an outcome, in code order."""
    query = select(Entry.code).join(Decision, Decision.entry_id == Entry.id)
    return list(db.session.scalars(
        query.where(Decision.call_id == call_id, Decision.outcome == outcome).order_by(Entry.code)
    ))


def being_decided(call: Call) -> bool:
    """Whether decisions of a call may be made now: it is being judged, or its published result is corrected."""
    if call.state == "judging":
        return True
    open_rows = select(Decision.id).where(Decision.call_id == call.id, Decision.state.in_(OPEN_STATES)).limit(1)
    return call.state in CORRECTABLE and db.session.scalar(open_rows) is not None


def decided_on(call_id: UUID) -> set[UUID]:
    """The runs on which a call's decisions stand."""
    return set(db.session.scalars(select(Decision.run_id).where(Decision.call_id == call_id).distinct()))


def awarded(programme_id: UUID, *, except_calls: tuple[UUID, ...] = ()) -> int:
    """What the programme's selected entries get together, in minor units."""
    query = (
        select(func.coalesce(func.sum(Decision.award_minor), 0)).join(Call, Call.id == Decision.call_id)
        .where(Call.programme_id == programme_id, Decision.outcome == "selected", Call.state != "cancelled")
    )
    if except_calls:
        query = query.where(Decision.call_id.not_in(except_calls))
    return int(db.session.scalar(query) or 0)


@dataclass(frozen=True, slots=True)
class Money:
    """A budget and what of it is spoken for, in minor units: by applied and published decisions, by pending ones."""

    budget_minor: int
    awarded_minor: int
    pending_minor: int

    @property
    def left_minor(self) -> int:
        return max(0, self.budget_minor - self.awarded_minor - self.pending_minor)


def programme_money(programme_id: UUID) -> Money:
    """The programme's budget and what its calls have awarded of it."""
    pending = case((Decision.state == "pending", Decision.award_minor), else_=0)
    spent, waiting = db.session.execute(
        select(func.coalesce(func.sum(Decision.award_minor), 0), func.coalesce(func.sum(pending), 0))
        .join(Call, Call.id == Decision.call_id)
        .where(Call.programme_id == programme_id, Decision.outcome == "selected", Call.state != "cancelled")
    ).one()
    budget = db.session.scalar(select(Programme.budget_minor).where(Programme.id == programme_id)) or 0
    return Money(int(budget), int(spent) - int(waiting), int(waiting))


def call_money(call: Call) -> Money:
    """The same of one call; without a budget of its own it has what the programme's other calls leave."""
    pending = case((Decision.state == "pending", Decision.award_minor), else_=0)
    spent, waiting = db.session.execute(
        select(func.coalesce(func.sum(Decision.award_minor), 0), func.coalesce(func.sum(pending), 0))
        .where(Decision.call_id == call.id, Decision.outcome == "selected")
    ).one()
    budget = call.budget_minor or max(
        0, call.programme.budget_minor - awarded(call.programme_id, except_calls=(call.id,))
    )
    return Money(budget, int(spent) - int(waiting), int(waiting))


def most_awards(programme_id: UUID) -> int:
    """The greatest number of selected entries that one team has in a programme."""
    return max(awards_by_team(programme_id).values(), default=0)


def awards_by_team(programme_id: UUID, *, except_calls: tuple[UUID, ...] = ()) -> dict[UUID, int]:
    """Team → how many of its entries are selected in a programme."""
    query = (
        select(Entry.team_id, func.count()).join(Decision, Decision.entry_id == Entry.id)
        .join(Call, Call.id == Decision.call_id)
        .where(Call.programme_id == programme_id, Decision.outcome == "selected", Call.state != "cancelled")
        .group_by(Entry.team_id)
    )
    if except_calls:
        query = query.where(Decision.call_id.not_in(except_calls))
    return dict(db.session.execute(query).all())  # a Result would pass for a mapping


def calendar_days(programme_id: UUID) -> list[CalendarDay]:
    """The marked days of a programme's calendar, in order."""
    query = select(CalendarDay).where(CalendarDay.programme_id == programme_id).order_by(CalendarDay.day)
    return list(db.session.scalars(query))


def calendar(programme_id: UUID) -> dict[date, bool]:
    """Day → whether offices are open, for the days that differ from the week."""
    return {row.day: row.working for row in calendar_days(programme_id)}
