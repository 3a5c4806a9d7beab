"""Reads of the decisions of a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from competition.calls.lifecycle import CORRECTABLE
from competition.calls.models import Call
from competition.decisions.lifecycle import OPEN_STATES
from competition.decisions.models import Decision
from competition.entries.models import Entry, Team
from competition.extensions import db
from competition.kernel.data.query import Query
from competition.results.models import Run, RunEntry
from competition.results.queries.runs import latest_run
from competition.results.queries.staleness import changed_since


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


def outdated_run(call: Call) -> Run | None:
    """The run that a call is being decided on, when something changed since; None when all is well."""
    run = latest_run(call.id)
    return run if run is not None and being_decided(call) and changed_since(run) else None


def decided_on(call_id: UUID) -> set[UUID]:
    """The runs on which a call's decisions stand."""
    return set(db.session.scalars(select(Decision.run_id).where(Decision.call_id == call_id).distinct()))
