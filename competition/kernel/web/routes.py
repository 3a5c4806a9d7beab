"""Pages of the platform itself: health, readiness, job progress, the demo's mailbox, the audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from competition.extensions import db, limiter
from competition.kernel import clock
from competition.kernel.data.models import MailMessage, OutboxJob
from competition.kernel.files import storage
from competition.kernel.jobs import queue
from competition.kernel.web.access import Actor, Permission, grant, requires

bp = Blueprint("kernel", __name__)
MAILBOX_SIZE = 100


def _load_job(actor: Actor, job_id: UUID) -> OutboxJob | None:
    job = db.session.get(OutboxJob, job_id)
    return job if job is not None and job.owner_id is not None and job.owner_id == actor.user_id else None


grant(Permission.JOB_READ, load=_load_job)
grant(Permission.DEMO_MAILBOX, allow=lambda _actor, _target: bool(current_app.config["SETTINGS"].demo), anonymous=True)


@bp.get("/healthz")
@limiter.exempt
@requires(Permission.PUBLIC)
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@bp.get("/readyz")
@limiter.exempt
@requires(Permission.PUBLIC)
def readyz() -> ResponseReturnValue:
    """Everything that a request or a job needs is there."""
    checks = {"database": _database(), "redis": _redis(), "storage": storage.reachable(), "worker": _worker()}
    ready = all(checks.values())
    answer: dict[str, Any] = {"status": "ok" if ready else "unready", "checks": checks}
    if checks["database"]:
        answer["dead_jobs"] = _dead_jobs()
    return answer, 200 if ready else 503


def _dead_jobs() -> dict[str, int]:
    """How many jobs of each kind have used up their attempts; the site answers all the same."""
    query = select(OutboxJob.kind, func.count()).where(OutboxJob.state == "dead").group_by(OutboxJob.kind)
    return {row[0]: row[1] for row in db.session.execute(query)}


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _redis() -> bool:
    try:
        return bool(queue.redis().ping())
    except RedisError:
        return False


def _worker() -> bool:
    return queue.workers_seen(clock.now(), timedelta(minutes=1)) > 0


@bp.get("/jobs/<uuid:job_id>")
@requires(Permission.JOB_READ)
def job(job: OutboxJob) -> ResponseReturnValue:
    """Progress of a job for the person who asked for it; polled by ``progress.js``."""
    return {
        "state": job.state, "done": job.progress_done, "total": job.progress_total,
        "note": job.progress_note, "result": job.result,
    }


@bp.get("/dev/mail")
@requires(Permission.DEMO_MAILBOX)
def mailbox() -> ResponseReturnValue:
    """The demo's mailbox: every message that would have been sent. Absent in production."""
    query = select(MailMessage).order_by(MailMessage.created_at.desc()).limit(MAILBOX_SIZE)
    to = request.args.get("to", "").strip().lower()
    if to:
        query = query.where(MailMessage.to == to)
    return render_template("kernel/mailbox.html", messages=list(db.session.scalars(query)), to=to)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
