"""Reads behind the public pages: published results without anything about a single judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.calls.models import Call, CallChange
from competition.entries.models import Entry, Team
from competition.extensions import db
from competition.results.models import Decision, Publication, Run, RunEntry

SHOWN_STATES = ("notice", "piloting", "archived")


@dataclass(frozen=True, slots=True)
class PublicCall:
    """One published result in the public list."""

    code: str
    title: dict[str, str]
    owner: dict[str, str]
    state: str
    published_at: datetime
    notice_until: datetime
    zone: str
    selected: int
    entries: int


@dataclass(frozen=True, slots=True)
class Winner:
    """A selected or reserve entry: named once published."""

    code: str
    team: str
    native_name: str
    country: str
    outcome: str
    rank: int | None
    tied: bool
    official: float | None
    calibrated: float | None
    standard_error: float | None
    rank_lo: int | None
    rank_hi: int | None
    n_judges: int
    award_minor: int


@dataclass(frozen=True, slots=True)
class PublicResult:
    """Everything that the public page of one call's result shows."""

    call: Call
    run_number: int
    run_digest: str
    inputs_digest: str
    digest: str
    number: int
    note: dict[str, str]
    method: dict[str, Any]
    rubric: list[dict[str, Any]]
    aggregated_at: datetime | None
    published_at: datetime
    notice_until: datetime
    facts: dict[str, Any]
    selected: list[Winner]
    reserve: list[Winner]
    others: list[str]
    changes: list[CallChange]


OTHERS_MOST = 2000


def published_calls() -> list[PublicCall]:
    """Calls with a public result, newest first."""
    rows = db.session.execute(
        select(Call, Publication).join(Publication, Publication.call_id == Call.id)
        .where(Call.state.in_(SHOWN_STATES)).options(joinedload(Call.programme))
        .order_by(Publication.published_at.desc()).limit(200)
    )
    return [
        PublicCall(call.code, call.title, call.owner, call.state, publication.published_at, publication.notice_until,
                   call.programme.zone, publication.facts["selected"], publication.facts["entries"])
        for call, publication in rows
    ]


def result(call_code: str) -> PublicResult | None:
    """A call's public result; None while there is none."""
    row = db.session.execute(
        select(Call, Publication, Run).join(Publication, Publication.call_id == Call.id)
        .join(Run, Run.id == Publication.run_id).options(joinedload(Call.programme))
        .where(Call.code == call_code, Call.state.in_(SHOWN_STATES))
    ).one_or_none()
    if row is None:
        return None
    call, publication, run = row
    named = _named(call, run)
    return PublicResult(
        call=call, run_number=run.number, run_digest=run.result_digest or "", inputs_digest=run.inputs_digest or "",
        digest=publication.digest, number=publication.number, note=publication.note, method=run.method,
        rubric=run.summary["rubric"], aggregated_at=run.finished_at, published_at=publication.published_at,
        notice_until=publication.notice_until, facts=publication.facts,
        selected=[w for w in named if w.outcome == "selected"], reserve=[w for w in named if w.outcome == "reserve"],
        others=_others(call), changes=_changes(call),
    )


def _named(call: Call, run: Run) -> list[Winner]:
    rows: Any = db.session.execute(
        select(
            Entry.code, Team.name, Team.native_name, Team.country, Decision.outcome, RunEntry.rank, RunEntry.tied,
            RunEntry.official_value, RunEntry.calibrated, RunEntry.standard_error, RunEntry.rank_lo, RunEntry.rank_hi,
            RunEntry.n_judges, Decision.award_minor,
        )
        .select_from(Decision).join(Entry, Entry.id == Decision.entry_id).join(Team, Team.id == Entry.team_id)
        .join(RunEntry, (RunEntry.entry_id == Entry.id) & (RunEntry.run_id == run.id))
        .where(Decision.call_id == call.id, Decision.state == "published",
               Decision.outcome.in_(("selected", "reserve")))
        .order_by(RunEntry.by_rank)
    )
    return [Winner(*row) for row in rows]


def _others(call: Call) -> list[str]:
    """Codes of entries that were not selected: their teams stay unnamed."""
    return list(db.session.scalars(
        select(Entry.code).join(Decision, Decision.entry_id == Entry.id)
        .where(Decision.call_id == call.id, Decision.state == "published", Decision.outcome == "not_selected")
        .order_by(Entry.code).limit(OTHERS_MOST)
    ))


def _changes(call: Call) -> list[CallChange]:
    query = select(CallChange).where(CallChange.call_id == call.id).order_by(CallChange.at.desc()).limit(50)
    return list(db.session.scalars(query))
