"""Reads of aggregation runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from competition.accounts.models import User
from competition.calls.lifecycle import SCORED_STAGES
from competition.calls.models import Stage
from competition.extensions import db
from competition.kernel.data.models import OutboxJob
from competition.kernel.data.query import Query
from competition.results.models import Run, RunEntry


@dataclass(frozen=True, slots=True)
class RunView:
    """One line of a call's run history, with the state of its job."""

    id: UUID
    number: int
    run_state: str
    created_at: datetime
    finished_at: datetime | None
    requested_by: str
    result_digest: str
    inputs_digest: str
    method: dict[str, Any]
    summary: dict[str, Any]
    n_sheets: int
    job_state: str | None
    job_error: str | None

    @property
    def state(self) -> str:
        """The state of the run; ``failed`` also when its job was given up."""
        return "failed" if self.job_state == "dead" else self.run_state

    @property
    def error(self) -> str:
        """What a failed run says; empty for others."""
        return self.summary.get("error") or (self.job_error if self.job_state == "dead" else "") or ""


# Built once: building such a statement costs as much as running it.
_DECIDING = (
    select(Stage.id).where(Stage.call_id == bindparam("call"), Stage.kind.in_(SCORED_STAGES))
    .order_by(Stage.position.desc()).limit(1).scalar_subquery()
)
_DONE = select(Run).where(Run.state == "done").order_by(Run.number.desc()).limit(1)
_LATEST = _DONE.where(Run.stage_id == _DECIDING)
_LATEST_OF = _DONE.where(Run.stage_id == bindparam("stage"))
_WAITING = (
    select(Run).join(OutboxJob, OutboxJob.id == Run.job_id)
    .where(Run.stage_id == bindparam("stage"), Run.state == "queued", OutboxJob.state != "dead").limit(1)
)


_HISTORY = Query(lambda: (
    select(
        Run.id, Run.number, Run.state.label("run_state"), Run.created_at, Run.finished_at,
        func.coalesce(User.name, "").label("requested_by"), func.coalesce(Run.result_digest, "").label("result_digest"),
        func.coalesce(Run.inputs_digest, "").label("inputs_digest"), Run.method, Run.summary, Run.n_sheets,
        OutboxJob.state.label("job_state"), OutboxJob.error.label("job_error"),
    )
    .outerjoin(User, User.id == Run.requested_by).outerjoin(OutboxJob, OutboxJob.id == Run.job_id)
    .where(Run.stage_id == bindparam("stage")).order_by(Run.number.desc()).limit(bindparam("most"))
), RunView)


def latest_run(call_id: UUID) -> Run | None:
    """The newest run of the stage that decides a call; only runs that are done."""
    return db.session.scalars(_LATEST, {"call": call_id}).first()


def latest_run_of(stage_id: UUID) -> Run | None:
    """The newest run of a stage that is done."""
    return db.session.scalars(_LATEST_OF, {"stage": stage_id}).first()


def waiting_run(stage_id: UUID) -> Run | None:
    """The run of a stage that is on its way, if one is."""
    return db.session.scalars(_WAITING, {"stage": stage_id}).first()


def run_history(stage_id: UUID, most: int = 20) -> list[RunView]:
    """The newest runs of a stage, newest first."""
    return _HISTORY.all(stage=stage_id, most=most)


def ranked_ids(run_id: UUID) -> list[UUID]:
    """All entries of a run, best official rank first, those without a rank last."""
    query = select(RunEntry.entry_id).where(RunEntry.run_id == run_id).order_by(RunEntry.by_rank)
    return list(db.session.scalars(query))
