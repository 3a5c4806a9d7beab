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
from competition.calls.models import Call, Stage
from competition.calls.stages import is_scored, quorum, stage_name
from competition.extensions import db
from competition.judging.queries import sealing
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
from competition.results.queries.runs import latest_run_of
from competition.results.queries.stored_lines import lines_digest

BATCH = 1000  # rows of one INSERT
HUNDRED = 100


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


def request_run(*, call: Call, actor: Actor, now: datetime, stage: Stage | None = None) -> Run:
    """Ask for an aggregation of a scored stage, by default the deciding one, under the rules the call has now.

    Raises
    ------
    IllegalMove
        When the call is neither being judged nor corrected, its scores are sealed, an aggregation is already on its
        way, or the stage before, whose score counts in this one, has none.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    if not source().being_decided(call):
        raise IllegalMove(
            _("Scores can only be aggregated while the call is being judged or its result is being corrected.")
        )
    stages = calls.stages(call.id)
    stage = stage or calls.deciding_stage(call.id)
    sealing.check_unsealed(stage)
    if _waiting(stage.id):
        raise IllegalMove(_("An aggregation is already on its way. Wait until it ends."))
    conflicts.bar_call(call.id, now)
    last = db.session.scalar(select(func.max(Run.number)).where(Run.stage_id == stage.id)) or 0
    run = Run(
        id=new_id(), call_id=call.id, stage_id=stage.id, number=last + 1, state="queued",
        method=method_of(call, stage, stages), parameters=parameters_of(call, stage, stages), libraries={},
        summary={}, requested_by=actor.id, created_at=now,
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


def method_of(call: Call, stage: Stage, stages: Sequence[Stage]) -> dict[str, Any]:
    """The official rule of a stage as the call states it. The pass mark is for the stage that decides.

    Raises
    ------
    IllegalMove
        When the score of the stage before counts and that stage has no run, or none that has read all its scores.
    """
    decides = not any(is_scored(later) for later in stages if later.position > stage.position)
    return {
        "method": call.method, "quorum": quorum(stage, call), "trim_from": call.trim_from,
        "pass_mark": call.pass_mark if decides else None,
        "floor_percent": call.floor_percent, "tie_break": list(call.tie_break), **_carry(stage, stages),
    }


def _carry(stage: Stage, stages: Sequence[Stage]) -> dict[str, Any]:
    """What carries over from the stage before, with the run whose scores count; nothing where none does."""
    before = [earlier for earlier in stages if is_scored(earlier) and earlier.position < stage.position]
    if stage.carry == "nothing" or not before:
        return {}
    name = stage_name(before[-1], stages)
    run = latest_run_of(before[-1].id)
    if run is None or run.result_digest is None:
        raise IllegalMove(_("The score of “%(stage)s” counts in this one. Aggregate that stage first.", stage=name))
    from competition.judging.queries.snapshot import digest_now  # with NumPy, which only this needs

    if digest_now(before[-1].id) != run.inputs_digest:
        raise IllegalMove(_("Scores of “%(stage)s” have changed since they were aggregated, and they count in this "
                            "stage. Aggregate that stage again first.", stage=name))
    return {"carry": {
        "how": stage.carry, "percent": stage.carry_percent, "position": before[-1].position, "kind": before[-1].kind,
        "run": str(run.id), "number": run.number, "digest": run.result_digest,
        "most": 2 * HUNDRED if stage.carry == "sum" else HUNDRED,
    }}


def parameters_of(call: Call, stage: Stage, stages: Sequence[Stage]) -> dict[str, Any]:
    """The parameters of the calibration. ``slots``: the places of the next stage where their number is a rule.

    Lots are drawn between the entries of the last stage only.
    """
    goes_on = stage.advance == "top" and stage.advance_top is not None and stage.id != stages[-1].id
    return {
        "slots": stage.advance_top if goes_on else call.slots, "level": "auto", "seed": 0, "draws": 1000,
        "group_by": call.group_by, "band": call.band_percent, "lottery": call.lottery and stage.id == stages[-1].id,
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
    db.session.flush()
    audit.record("results.run_finished", chain=run.call_id, subject=str(run.id), actor_id=run.requested_by, now=now,
                 run=run.number, inputs=outcome.inputs_digest, result=outcome.result_digest,
                 lines=lines_digest(run.id))
    return run


def fail_run(*, run_id: UUID, reason: str, now: datetime) -> Run:
    """Store why a run has no result."""
    run = db.session.get_one(Run, run_id)
    RUN.advance(run, "fail")
    run.summary, run.finished_at = {"error": reason}, now
    audit.record("results.run_failed", chain=run.call_id, subject=str(run.id), actor_id=run.requested_by, now=now,
                 run=run.number, reason=reason)
    return run
