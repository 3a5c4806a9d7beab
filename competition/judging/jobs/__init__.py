"""Background work of judging: planning and applying assignments, and making the judges' copies of files."""

from __future__ import annotations

import io
import tempfile
from uuid import UUID

import structlog
from sqlalchemy import select

from competition.entries.models import Attachment
from competition.extensions import db
from competition.judging.jobs import defence, eligibility
from competition.judging.models import JudgeCopy
from competition.judging.service import files, planning
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.files import storage
from competition.kernel.jobs import outbox

log = structlog.get_logger()
__all__ = ["apply_assignment", "copy_files", "defence", "eligibility", "give_up", "plan_assignment"]


@outbox.handler(planning.ASSIGN)
def plan_assignment(job: outbox.Job, arguments: planning.AssignArguments) -> outbox.Effects:
    """Compute an assignment plan from one consistent reading; store it when done."""
    plan_id = arguments.plan
    job.progress(0, 3, "reading")
    inputs = planning.read(plan_id)
    job.progress(1, 3, "computing")
    outcome = planning.compute(inputs)
    job.progress(2, 3, "storing")

    def effects() -> None:
        planning.store(plan_id=plan_id, inputs=inputs, outcome=outcome)

    return effects


@outbox.handler(planning.APPLY)
def apply_assignment(_job: outbox.Job, arguments: planning.ApplyArguments) -> outbox.Effects:
    """Turn a large plan into assignments."""

    def effects() -> dict[str, int]:
        return planning.apply_now(plan_id=arguments.plan, actor_id=arguments.actor, now=clock.now())

    return effects


@outbox.handler(files.COPY)
def copy_files(job: outbox.Job, arguments: files.CopyArguments) -> outbox.Effects:
    """Rewrite files for judges. A second run writes the same keys, and only the first one's word counts."""
    with transaction.reading():  # rewriting may take minutes
        rows = db.session.execute(
            select(Attachment.id, Attachment.key, Attachment.content_type, JudgeCopy.key.label("target"))
            .join(JudgeCopy, JudgeCopy.attachment_id == Attachment.id)
            .where(Attachment.id.in_(arguments.attachments), JudgeCopy.state == "pending", Attachment.key.is_not(None))
            .order_by(Attachment.id)
        ).all()
    copies: list[tuple[UUID, str, int, str]] = []
    for done, row in enumerate(rows):
        job.progress(done, len(rows))
        copies.append((row.id, *_copy(row.key, row.target, row.content_type, as_is=arguments.as_is)))

    def effects() -> None:
        for copy_id, state, size, reason in copies:
            files.settle(copy_id=copy_id, state=state, size=size, reason=reason, now=clock.now())

    return effects


@outbox.burial(files.COPY)
def give_up(arguments: files.CopyArguments) -> None:
    """The job is dead: its files wait for an organizer rather than for ever."""
    for copy_id in arguments.attachments:
        files.settle(copy_id=copy_id, state="waiting", reason="failed", now=clock.now())


def _copy(source: str, target: str, content_type: str, *, as_is: bool) -> tuple[str, int, str]:
    """Make one copy; returns its state, size in bytes and, when it has to wait, why."""
    from competition import redaction  # with pikepdf: where files are rewritten, not where that is asked for

    if as_is:
        storage.copy(source, target, content_type=content_type)
        stored = storage.head(target)
        return "ready", stored.size if stored is not None else 0, ""
    if content_type not in redaction.WRITERS:
        return "waiting", 0, "type"
    with tempfile.TemporaryFile() as original, tempfile.TemporaryFile() as rewritten:
        for chunk in storage.chunks(source):
            original.write(chunk)
        original.seek(0)
        try:
            redaction.rewrite_isolated(content_type, original, rewritten)
        except redaction.Withheld as error:
            return "waiting", 0, error.reason
        except RuntimeError:  # a file that we read wrongly: its batch goes on without it
            log.exception("copy.failed", key=source)
            return "waiting", 0, "failed"
        size = rewritten.seek(0, io.SEEK_END)
        rewritten.seek(0)
        storage.put_stream(target, rewritten, content_type=content_type)
    return "ready", size, ""
