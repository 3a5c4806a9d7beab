"""Documents that a call offers: from the organizer's browser straight to S3, checked by a worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from competition.calls.lifecycle import SETTLED
from competition.calls.models import Call, CallDocument
from competition.calls.service.change_log import log_change
from competition.calls.service.edit_checks import locked
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.files import inspection, malware, uploads
from competition.kernel.files.file_names import extension
from competition.kernel.files.file_types import TYPES
from competition.kernel.files.verification import Finding
from competition.kernel.jobs import outbox
from competition.kernel.text.every_language import in_every_language
from competition.kernel.text.lists import row
from competition.kernel.web.access import Actor

MAX_BYTES = 20 * 10**6
MAX_DOCUMENTS = 20
# What a call may offer for download, by ending.
OFFERED = ("pdf", "docx", "xlsx", "pptx", "txt", "csv", "json", "zip", "png", "jpg", "jpeg")
# Why a document that arrived is not offered.
REFUSALS: dict[str, Any] = {
    **inspection.REASONS, "late": _l("It arrived after the documents of this call were fixed."),
}


@dataclass(frozen=True, kw_only=True)
class CheckArguments(malware.ScanArguments):
    """The document whose stored bytes are checked."""

    document: UUID


CHECK = outbox.Kind("calls.check_document", CheckArguments)


def check_document(call: Call, *, name: str, size: int) -> str:
    """The media type under which a document will be offered.

    Raises
    ------
    RuleBroken
        When its kind, its size or the number of documents is not allowed.
    """
    if call.state in SETTLED:
        raise IllegalMove(_("Documents of this call cannot change any more."))
    ending = extension(name)
    if ending not in OFFERED:
        raise RuleBroken(_("This kind of file is not offered. Use one of: %(kinds)s.", kinds=row(OFFERED)))
    if not 0 < size <= MAX_BYTES:
        raise RuleBroken(_("A document has at most 20 MB. Make it smaller, or split it."))
    return TYPES[ending].content_type


def begin_document(
    *, call: Call, name: str, content_type: str, upload: uploads.Upload, actor: Actor, now: datetime,
) -> CallDocument:
    """Record an upload that was started in the object store."""
    if locked(call).state in SETTLED:
        raise IllegalMove(_("Documents of this call cannot change any more."))
    count = select(func.count()).select_from(CallDocument).where(
        CallDocument.call_id == call.id, CallDocument.state != "rejected"
    )
    if (db.session.scalar(count) or 0) >= MAX_DOCUMENTS:
        raise RuleBroken(_("A call offers at most %(most)s documents. Remove one first.", most=MAX_DOCUMENTS))
    document = CallDocument(
        id=new_id(), call_id=call.id, code=new_code(12), name=name,
        size=upload.size, content_type=content_type, key=upload.key, upload_id=upload.upload_id,
        part_size=upload.part_size, state="pending", created_at=now, reason="",
    )
    db.session.add(document)
    audit.record("document.added", chain=call.id, subject=document.code, actor_id=actor.id, now=now, name=document.name,
                 size=upload.size)
    uploads.expire_later("document", document.id, now=now)
    return document


def upload_of(document: CallDocument) -> uploads.Upload | None:
    """The document's upload while it is under way."""
    if document.state != "pending" or document.upload_id is None:
        return None
    return uploads.Upload(document.key, document.upload_id, document.size, document.part_size)


def document_arrived(*, document: CallDocument, arrived: uploads.Arrived, actor: Actor, now: datetime) -> None:
    """All parts have arrived: a worker verifies the document, then it is offered. A second call changes nothing."""
    if upload_of(document) is None:
        return
    document.upload_id, document.sha256 = None, arrived.sha256
    outbox.add(CHECK, CheckArguments(document=document.id), key=document.code, now=now, owner_id=actor.id)


def accept_document(*, document: CallDocument, finding: Finding, now: datetime) -> None:
    """Offer a document whose bytes are what its name says; from now on its key is that of the checked copy."""
    uploads.discard(f"document:{document.code}:incoming", keys=[document.key], now=now)
    document.state, document.sha256, document.key = "ready", finding.sha256, finding.key
    audit.record("document.checked", chain=document.call_id, subject=document.code, actor_id=None, now=now,
                 sha256=finding.sha256, size=finding.size)


def reject_document(*, document: CallDocument, reason: str, finding: Finding, now: datetime) -> None:
    """Refuse a document for a reason of :data:`REFUSALS`, and drop its bytes."""
    document.state, document.reason = "rejected", reason
    audit.record("document.rejected", chain=document.call_id, subject=document.code, actor_id=None, now=now,
                 reason=reason, found=finding.size)
    uploads.discard(f"document:{document.code}", keys=[document.key, finding.key], now=now)


def abandon_document(*, document: CallDocument, actor: Actor | None, now: datetime) -> None:
    """Delete an upload that was not completed: by a person or, without ``actor``, after a day.

    A document that has arrived is left alone.
    """
    upload = upload_of(document)
    if upload is None:
        return
    audit.record("document.abandoned", chain=document.call_id, subject=document.code,
                 actor_id=actor.id if actor else None, now=now, name=document.name)
    uploads.discard(f"document:{document.code}", keys=[document.key], unfinished=upload, now=now)
    db.session.delete(document)


def remove_document(*, call: Call, document: CallDocument, actor: Actor, now: datetime) -> None:
    """Stop offering a document; on a public call the change log says so."""
    locked(call)
    if call.state in SETTLED:
        raise IllegalMove(_("Documents of this call cannot change any more."))
    if call.state != "draft" and document.state == "ready":
        log_change(call, removed_line(document.name), ["documents"], actor_id=actor.id, now=now)
    audit.record("document.removed", chain=call.id, subject=document.code, actor_id=actor.id, now=now,
                 name=document.name)
    uploads.discard(f"document:{document.code}", keys=[document.key], unfinished=upload_of(document), now=now)
    db.session.delete(document)


def removed_line(name: str) -> dict[str, str]:
    """The public line about a removed document, in every language of the platform."""
    return in_every_language(lambda: _("Document removed: %(name)s", name=name))
