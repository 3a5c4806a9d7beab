"""What a worker does for calls: check a document that arrived, give up one that did not."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _

from competition.calls.lifecycle import SETTLED
from competition.calls.models import Call, CallChange, CallDocument
from competition.calls.service import documents
from competition.calls.service.edit_checks import locked
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import audit, transaction
from competition.kernel.data.ids import new_id
from competition.kernel.files import malware, storage, uploads
from competition.kernel.jobs import outbox
from competition.kernel.text.every_language import in_every_language


@outbox.handler(documents.CHECK)
def check_document(job: outbox.Job, arguments: documents.CheckArguments) -> outbox.Effects:
    """Digest and length of what is really stored; a document of another length, or with malware, is rejected."""
    document_id = arguments.document
    with transaction.reading():  # the bytes may take minutes
        document = db.session.get(CallDocument, document_id)
        if document is None or document.state != "pending":
            return dict
        promised, key = document.size, document.key
    digest, size = ("", -1) if storage.head(key) is None else storage.sha256(key)
    try:
        malign = malware.reason(storage.chunks(key)) if size == promised and malware.wanted() else ""
    except malware.Unscanned as error:
        return malware.later(job, documents.CHECK, arguments, error)

    def effects() -> None:
        stored = db.session.get(CallDocument, document_id)
        if stored is None or stored.state != "pending":
            return
        now = clock.now()
        call = locked(db.session.get_one(Call, stored.call_id))
        reason = (
            "size" if size != promised else "digest" if stored.sha256 not in {None, digest}
            else malign or ("late" if call.state in SETTLED else "")
        )
        if reason:
            stored.state, stored.reason = "rejected", reason
            audit.record("document.rejected", chain=stored.call_id, subject=stored.code, actor_id=None, now=now,
                         reason=reason, found=size)
            uploads.discard(f"document:{stored.code}", keys=[key], now=now)
            return
        stored.state, stored.sha256 = "ready", digest
        audit.record("document.checked", chain=stored.call_id, subject=stored.code, actor_id=None, now=now,
                     sha256=digest, size=size)
        _announce(call, stored)

    return effects


def _announce(call: Call, document: CallDocument) -> None:
    """A public call's change log says that it offers one more document."""
    if call.state == "draft":
        return
    line = in_every_language(lambda: _("Document added: %(name)s", name=document.name))
    db.session.add(CallChange(
        id=new_id(), call_id=call.id, at=clock.now(), actor_id=None, summary=line, fields=["documents"],
    ))


@uploads.unfinished("document")
def give_up(document_id: UUID, now: datetime) -> None:
    document = db.session.get(CallDocument, document_id)
    if document is not None:
        documents.abandon_document(document=document, actor=None, now=now)
