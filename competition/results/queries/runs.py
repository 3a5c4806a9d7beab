"""Reads of aggregation runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from competition.accounts.models import User
from competition.extensions import db
from competition.kernel.models import OutboxJob
from competition.results.models import Run, RunEntry


@dataclass(frozen=True, slots=True)
class RunView:
    """One line of a call's run history; ``state`` is ``failed`` also when its job was given up."""

    id: UUID
    number: int
    state: str
    created_at: datetime
    finished_at: datetime | None
    requested_by: str
    result_digest: str
    inputs_digest: str
    method: dict[str, Any]
    error: str
    n_sheets: int


# Built once: putting such statements together costs as much as running them.
_LATEST = (
    select(Run).where(Run.call_id == bindparam("call"), Run.state == "done")
    .order_by(Run.number.desc(), Run.created_at.desc()).limit(1)
)
_WAITING = (
    select(Run).join(OutboxJob, OutboxJob.id == Run.job_id)
    .where(Run.call_id == bindparam("call"), Run.state == "queued", OutboxJob.state != "dead").limit(1)
)
_HISTORY = (
    select(
        Run.id, Run.number, Run.state, Run.created_at, Run.finished_at, User.name, Run.result_digest,
        Run.inputs_digest, Run.method, Run.summary, Run.n_sheets, OutboxJob.state.label("job"), OutboxJob.error,
    )
    .outerjoin(User, User.id == Run.requested_by).outerjoin(OutboxJob, OutboxJob.id == Run.job_id)
    .where(Run.call_id == bindparam("call")).order_by(Run.number.desc()).limit(bindparam("most"))
)


def latest_run(call_id: UUID) -> Run | None:
    """The newest run of a call that is done."""
    return db.session.scalars(_LATEST, {"call": call_id}).first()


def waiting_run(call_id: UUID) -> Run | None:
    """The run that is on its way, if one is."""
    return db.session.scalars(_WAITING, {"call": call_id}).first()


def run_history(call_id: UUID, most: int = 20) -> list[RunView]:
    """The newest runs of a call, newest first."""
    rows = db.session.execute(_HISTORY, {"call": call_id, "most": most})
    return [
        RunView(
            id=row.id, number=row.number, state="failed" if row.job == "dead" else row.state,
            created_at=row.created_at, finished_at=row.finished_at, requested_by=row.name or "",
            result_digest=row.result_digest or "", inputs_digest=row.inputs_digest or "", method=row.method,
            error=row.summary.get("error") or (row.error if row.job == "dead" else "") or "", n_sheets=row.n_sheets,
        )
        for row in rows
    ]


def ranked_ids(run_id: UUID) -> list[UUID]:
    """All entries of a run, best official rank first, those without a rank last."""
    query = select(RunEntry.entry_id).where(RunEntry.run_id == run_id).order_by(RunEntry.by_rank)
    return list(db.session.scalars(query))
