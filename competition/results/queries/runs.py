"""Reads of aggregation runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from competition.accounts.models import User
from competition.extensions import db
from competition.kernel.data.models import OutboxJob
from competition.kernel.data.prepared import Prepared
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


def _view(
    id: UUID, number: int, state: str, created_at: datetime, finished_at: datetime | None, name: str | None,
    result: str | None, inputs: str | None, method: dict[str, Any], summary: dict[str, Any], n_sheets: int,
    job: str | None, error: str | None,
) -> RunView:
    return RunView(
        id=id, number=number, state="failed" if job == "dead" else state, created_at=created_at,
        finished_at=finished_at, requested_by=name or "", result_digest=result or "", inputs_digest=inputs or "",
        method=method, error=summary.get("error") or (error if job == "dead" else "") or "", n_sheets=n_sheets,
    )


_HISTORY = Prepared(lambda: (
    select(
        Run.id, Run.number, Run.state, Run.created_at, Run.finished_at, User.name, Run.result_digest,
        Run.inputs_digest, Run.method, Run.summary, Run.n_sheets, OutboxJob.state.label("job"), OutboxJob.error,
    )
    .outerjoin(User, User.id == Run.requested_by).outerjoin(OutboxJob, OutboxJob.id == Run.job_id)
    .where(Run.call_id == bindparam("call")).order_by(Run.number.desc()).limit(bindparam("most"))
), _view)


def latest_run(call_id: UUID) -> Run | None:
    """The newest run of a call that is done."""
    return db.session.scalars(_LATEST, {"call": call_id}).first()


def waiting_run(call_id: UUID) -> Run | None:
    """The run that is on its way, if one is."""
    return db.session.scalars(_WAITING, {"call": call_id}).first()


def run_history(call_id: UUID, most: int = 20) -> list[RunView]:
    """The newest runs of a call, newest first."""
    return _HISTORY.all(call=call_id, most=most)


def ranked_ids(run_id: UUID) -> list[UUID]:
    """All entries of a run, best official rank first, those without a rank last."""
    query = select(RunEntry.entry_id).where(RunEntry.run_id == run_id).order_by(RunEntry.by_rank)
    return list(db.session.scalars(query))
