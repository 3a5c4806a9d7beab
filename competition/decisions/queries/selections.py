"""Reads behind the selection: which calls are ready, which entries can be selected, the latest selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from competition.calls.lifecycle import CORRECTABLE, SCORED_STAGES
from competition.calls.models import Call, Programme, Stage
from competition.decisions.models import Decision, Selection
from competition.decisions.queries.money import awarded
from competition.entries.models import Entry, Team
from competition.extensions import db
from competition.kernel.data.models import OutboxJob
from competition.results.models import Run, RunEntry

SEARCHED = 50  # newest selections that are searched for one of the present calls


@dataclass(frozen=True, slots=True)
class ReadyCall:
    """A call to decide, with its latest run and how far its decisions are.

    ``correcting``: its result is public already and the next version of it is being made.
    """

    id: UUID
    code: str
    title: dict[str, str]
    slots: int
    budget_minor: int
    award_cap_minor: int | None
    pass_mark: int | None
    run_id: UUID | None
    run_number: int | None
    run_digest: str | None
    calibrated: bool
    passed: int
    pending: int
    applied: int
    correcting: bool

    @property
    def ready(self) -> bool:
        """Whether a selection may decide it: aggregated, and nothing applied yet."""
        return self.run_id is not None and not self.applied


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that passed: quorum, gates, floors and pass mark. Scores in points."""

    entry_id: UUID
    code: str
    team_id: UUID
    team: str
    call_id: UUID
    quote_minor: int | None
    official: float
    calibrated: float | None
    standard_error: float | None
    by_rank: int


def ready_calls(programme_id: UUID) -> list[ReadyCall]:
    """The programme's calls that are being judged or corrected, by code."""
    deciding = (
        select(Stage.id).where(Stage.call_id == Call.id, Stage.kind.in_(SCORED_STAGES))
        .order_by(Stage.position.desc()).limit(1).correlate(Call).scalar_subquery()
    )
    newest = (
        select(Run.stage_id, func.max(Run.number).label("number")).where(Run.state == "done")
        .group_by(Run.stage_id).subquery()
    )
    counts = (
        select(Decision.call_id, func.sum(case((Decision.state == "pending", 1), else_=0)).label("pending"),
               func.sum(case((Decision.state == "applied", 1), else_=0)).label("applied"))
        .group_by(Decision.call_id).subquery()
    )
    rows = db.session.execute(
        select(Call, Run.id, Run.number, Run.result_digest, Run.summary, counts.c.pending, counts.c.applied)
        .select_from(Call).outerjoin(newest, newest.c.stage_id == deciding)
        .outerjoin(Run, (Run.stage_id == newest.c.stage_id) & (Run.number == newest.c.number) & (Run.state == "done"))
        .outerjoin(counts, counts.c.call_id == Call.id)
        .where(Call.programme_id == programme_id, _to_decide(counts.c.pending + counts.c.applied)).order_by(Call.code)
    )
    return [
        ReadyCall(
            call.id, call.code, call.title, call.slots, call.budget_minor, call.award_cap_minor, call.pass_mark,
            run_id, number, run_digest, bool((summary or {}).get("calibration")), (summary or {}).get("passed", 0),
            int(pending or 0), int(applied or 0), call.state != "judging",
        )
        for call, run_id, number, run_digest, summary, pending, applied in rows
    ]


def _to_decide(open_decisions: ColumnElement[int]) -> ColumnElement[bool]:
    """A call that is being judged, or whose published result is being corrected."""
    return or_(Call.state == "judging", and_(Call.state.in_(CORRECTABLE), open_decisions > 0))


def candidates(run_ids: Sequence[UUID]) -> list[Candidate]:
    """Entries of these runs that passed, by call and official rank."""
    rows: Any = db.session.execute(
        select(Entry.id, Entry.code, Entry.team_id, Team.name, Entry.call_id, Entry.quote_minor,
               RunEntry.official_value, RunEntry.calibrated, RunEntry.standard_error, RunEntry.by_rank)
        .select_from(RunEntry).join(Entry, Entry.id == RunEntry.entry_id).join(Team, Team.id == Entry.team_id)
        .join(Call, Call.id == Entry.call_id)
        .where(RunEntry.run_id.in_(run_ids), RunEntry.passed, Entry.state == "submitted")
        .order_by(Call.code, RunEntry.by_rank)
    )
    return [Candidate(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ShownSelection:
    """A selection on the page, and whether its proposals can still be applied.

    ``outdated``: codes of its calls whose scores were aggregated again since. ``settled``: codes of its calls whose
    decisions were applied or published since. ``budget_now_minor``: what the next selection of the same calls could
    spend.
    """

    selection: Selection
    outdated: Sequence[str]
    settled: Sequence[str]
    budget_now_minor: int

    @property
    def decided(self) -> bool:
        """Whether all its calls are settled: then the selection is only a record."""
        return len(self.settled) == len(self.selection.parameters["calls"])

    @property
    def fits(self) -> bool:
        """Whether the same selection would be made again: neither scores nor budget changed since."""
        return not self.outdated and self.budget_now_minor == self.selection.budget_minor


def selection_to_show(programme: Programme, calls: Sequence[ReadyCall]) -> ShownSelection | None:
    """The newest selection that contains one of these calls; where there is none, the newest with a solution.

    The latter stays readable once all its calls are settled: its proof and prices are part of the record.
    """
    open_calls = {call.code: call for call in calls}
    query = (
        select(Selection).where(Selection.programme_id == programme.id, Selection.state != "queued")
        .order_by(Selection.created_at.desc(), Selection.id.desc()).limit(SEARCHED)
    )
    newest_solved: Selection | None = None
    for selection in db.session.scalars(query):
        newest_solved = newest_solved or (selection if selection.state == "done" else None)
        codes = selection.parameters["calls"]
        if not open_calls.keys().isdisjoint(codes):
            call_ids = tuple(db.session.scalars(select(Call.id).where(Call.code.in_(codes))))
            return ShownSelection(
                selection, outdated=_outdated(selection, open_calls), settled=[c for c in codes if c not in open_calls],
                budget_now_minor=max(0, programme.budget_minor - awarded(programme.id, except_calls=call_ids)),
            )
    if newest_solved is None:
        return None
    return ShownSelection(
        newest_solved, outdated=(), settled=newest_solved.parameters["calls"],
        budget_now_minor=newest_solved.budget_minor,
    )


def _outdated(selection: Selection, open_calls: Mapping[str, ReadyCall]) -> list[str]:
    runs_used = {call["code"]: call["run"] for call in selection.facts.get("calls", [])}
    return [code for code, run in runs_used.items() if code in open_calls and open_calls[code].run_number != run]


def basis_of(call: Call) -> str | None:
    """Which score the newest selection of a call was made by; None where nobody selected."""
    query = (
        select(Selection).where(Selection.programme_id == call.programme_id, Selection.state == "done")
        .order_by(Selection.created_at.desc(), Selection.id.desc()).limit(SEARCHED)
    )
    matching = (s.parameters for s in db.session.scalars(query) if call.code in s.parameters["calls"])
    return next((str(parameters["basis"]) for parameters in matching), None)


def waiting_selection(programme_id: UUID) -> Selection | None:
    """The selection that is on its way, if one is."""
    query = (
        select(Selection).join(OutboxJob, OutboxJob.id == Selection.job_id)
        .where(Selection.programme_id == programme_id, Selection.state == "queued", OutboxJob.state != "dead")
    )
    return db.session.scalars(query.limit(1)).first()
