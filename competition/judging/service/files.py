"""Commands on the judges' copies of files: promise them, approve or withhold what cannot be rewritten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import insert, select

from competition.calls.models import Call
from competition.entries.models import Attachment, Entry, Revision
from competition.extensions import db
from competition.judging.models import JudgeCopy
from competition.judging.queries.shown import shown_files
from competition.kernel.data import audit
from competition.kernel.data.batches import batches
from competition.kernel.data.ids import new_token
from competition.kernel.errors import IllegalMove, Missing
from competition.kernel.jobs import outbox
from competition.kernel.web.access import Actor

BATCH = 200  # files of one job
QUERY_BATCH = 500  # ids of one query


@dataclass(frozen=True)
class CopyArguments:
    """The attachments to copy for judges; ``as_is``: without rewriting them, because an organizer has allowed it."""

    attachments: Sequence[UUID]
    as_is: bool = False


COPY = outbox.Kind("judging.copy", CopyArguments)


def prepare(*, entry_ids: Iterable[UUID], now: datetime) -> int:
    """Promise a judges' copy of each file that has none yet; returns how many. Asking again adds nothing."""
    wanted: dict[UUID, UUID] = {}
    ids = list(entry_ids)
    for batch in batches(ids, QUERY_BATCH):
        query = (
            select(Entry.id, Revision.files).join(Revision, Revision.id == Entry.revision_id)
            .where(Entry.id.in_(batch))
        )
        for row in db.session.execute(query):
            wanted |= {UUID(file["attachment"]): row.id for file in shown_files(row.files)}
    promised: set[UUID] = set()
    for batch in batches(list(wanted), QUERY_BATCH):
        promised.update(db.session.scalars(select(JudgeCopy.attachment_id).where(JudgeCopy.attachment_id.in_(batch))))
    missing = {attachment: entry for attachment, entry in wanted.items() if attachment not in promised}
    if not missing:
        return 0
    db.session.execute(insert(JudgeCopy), [
        {"attachment_id": attachment, "entry_id": entry, "state": "pending", "key": f"judges/{new_token()}",
         "size": 0, "reason": ""}
        for attachment, entry in missing.items()
    ])
    listed = sorted(missing, key=str)
    for batch in batches(listed, BATCH):
        outbox.add(COPY, CopyArguments(attachments=batch), key=str(batch[0]), now=now)
    return len(missing)


def settle(*, copy_id: UUID, state: str, size: int = 0, reason: str = "", now: datetime) -> None:
    """Write down what became of a copy; one that an organizer has decided on meanwhile is left alone."""
    copy = db.session.get_one(JudgeCopy, copy_id)
    if copy.state == "pending":
        copy.state, copy.size, copy.reason, copy.made_at = state, size, reason, now


def decide(*, call: Call, attachment_code: str, show: bool, actor: Actor, now: datetime) -> None:
    """An organizer has looked at a file that cannot be rewritten: judges get it as it is, or not at all.

    Raises
    ------
    Missing
        When the call has no such file.
    IllegalMove
        When the file is not waiting for a decision.
    """
    row = db.session.execute(
        select(JudgeCopy, Attachment.code, Entry.code).join(Attachment, Attachment.id == JudgeCopy.attachment_id)
        .join(Entry, Entry.id == JudgeCopy.entry_id)
        .where(Attachment.code == attachment_code, Entry.call_id == call.id).with_for_update(of=JudgeCopy)
    ).one_or_none()
    if row is None:
        raise Missing("")
    copy, code, entry_code = row
    if copy.state not in {"waiting", "withheld"}:
        raise IllegalMove(_("This file needs no decision."))
    copy.approved_by = actor.id
    if show:
        copy.state = "pending"
        outbox.add(COPY, CopyArguments(attachments=[copy.attachment_id], as_is=True),
                   key=f"{copy.attachment_id}:{now.isoformat()}", now=now)
    else:
        copy.state = "withheld"
    audit.record(
        "file.shown" if show else "file.withheld", chain=call.id, subject=code, actor_id=actor.id, now=now,
        entry=entry_code,
    )
