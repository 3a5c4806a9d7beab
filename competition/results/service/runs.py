"""Commands on aggregation runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, insert, select

from competition.calls import queries as calls
from competition.calls.models import Call
from competition.extensions import db
from competition.judging.service import conflicts
from competition.kernel.data import audit
from competition.kernel.data.batches import batches
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import OutboxJob
from competition.kernel.errors import IllegalMove
from competition.kernel.jobs import outbox
from competition.kernel.web.access import Actor
from competition.results.decision_source import source
from competition.results.lifecycle import RUN
from competition.results.models import Run, RunAnalysis, RunEntry, RunJudge

BATCH = 1000  # rows of one INSERT


@dataclass(frozen=True)
class AggregateArguments:
    """The run to compute."""

    run: UUID


AGGREGATE = outbox.Kind("results.aggregate", AggregateArguments)


@dataclass(frozen=True)
class RunResult:
    """The result of an aggregation: facts of the run, one row per entry and per judge.

    ``entries`` and ``judges`` are column → value, ready to be stored, without ``run_id``. ``analysis`` is the document
    that stands beside the run and is not under its digest.
    """

    inputs_digest: str
    result_digest: str
    libraries: dict[str, str]
    n_entries: int
    n_judges: int
    n_sheets: int
    summary: dict[str, Any]
    entries: Sequence[dict[str, Any]] = field(repr=False)
    judges: Sequence[dict[str, Any]] = field(repr=False)
    analysis: dict[str, Any] = field(repr=False)


def request_run(*, call: Call, actor: Actor, now: datetime) -> Run:
    """Ask for an aggregation of the call's deciding stage, under the rules the call has now.

    Raises
    ------
    IllegalMove
        When the call is neither being judged nor corrected, or an aggregation is already on its way.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    if not source().being_decided(call):
        raise IllegalMove(
            _("Scores can only be aggregated while the call is being judged or its result is being corrected.")
        )
    stage = calls.deciding_stage(call.id)
    if _waiting(stage.id):
        raise IllegalMove(_("An aggregation is already on its way. Wait until it ends."))
    conflicts.bar_call(call.id, now)
    last = db.session.scalar(select(func.max(Run.number)).where(Run.stage_id == stage.id)) or 0
    run = Run(
        id=new_id(), call_id=call.id, stage_id=stage.id, number=last + 1, state="queued",
        method=method_of(call), parameters=parameters_of(call), libraries={}, summary={}, requested_by=actor.id,
        created_at=now,
    )
    job = outbox.add(AGGREGATE, AggregateArguments(run=run.id), key=str(run.id), now=now, owner_id=actor.id)
    db.session.flush()
    run.job_id = job
    db.session.add(run)
    audit.record("results.run_requested", chain=call.id, subject=call.code, actor_id=actor.id, now=now,
                 run=run.number, method=run.method, parameters=run.parameters)
    return run


def _waiting(stage_id: UUID) -> bool:
    queued = select(Run.id).join(OutboxJob, OutboxJob.id == Run.job_id).where(
        Run.stage_id == stage_id, Run.state == "queued", OutboxJob.state != "dead"
    )
    return db.session.scalar(queued.limit(1)) is not None


def method_of(call: Call) -> dict[str, Any]:
    """The official rule as the call states it."""
    return {
        "method": call.method, "quorum": call.quorum, "trim_from": call.trim_from, "pass_mark": call.pass_mark,
        "floor_percent": call.floor_percent, "tie_break": list(call.tie_break),
    }


def parameters_of(call: Call) -> dict[str, Any]:
    """The parameters of the calibration."""
    return {
        "slots": call.slots, "level": "auto", "seed": 0, "draws": 1000, "group_by": call.group_by,
        "band": call.band_percent, "lottery": call.lottery,
    }


def finish_run(*, run_id: UUID, outcome: RunResult, now: datetime) -> Run:
    """Store the result of a run."""
    run = db.session.get_one(Run, run_id)
    RUN.advance(run, "finish")
    run.inputs_digest, run.result_digest = outcome.inputs_digest, outcome.result_digest
    run.libraries, run.summary, run.finished_at = outcome.libraries, outcome.summary, now
    run.n_entries, run.n_judges, run.n_sheets = outcome.n_entries, outcome.n_judges, outcome.n_sheets
    db.session.flush()
    for rows in batches(outcome.entries, BATCH):
        db.session.execute(insert(RunEntry), [{"run_id": run.id, **row} for row in rows])
    for rows in batches(outcome.judges, BATCH):
        db.session.execute(insert(RunJudge), [{"run_id": run.id, **row} for row in rows])
    db.session.add(RunAnalysis(run_id=run.id, document=outcome.analysis))
    audit.record("results.run_finished", chain=run.call_id, subject=str(run.id), actor_id=run.requested_by, now=now,
                 run=run.number, inputs=outcome.inputs_digest, result=outcome.result_digest)
    return run


def fail_run(*, run_id: UUID, reason: str, now: datetime) -> Run:
    """Store why a run has no result."""
    run = db.session.get_one(Run, run_id)
    RUN.advance(run, "fail")
    run.summary, run.finished_at = {"error": reason}, now
    audit.record("results.run_failed", chain=run.call_id, subject=str(run.id), actor_id=run.requested_by, now=now,
                 run=run.number, reason=reason)
    return run
