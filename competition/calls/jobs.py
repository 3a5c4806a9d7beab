"""Jobs of calls: verify documents, give up unfinished uploads."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _

from competition.calls.lifecycle import SETTLED
from competition.calls.models import Call, CallDocument
from competition.calls.service import documents
from competition.calls.service.change_log import log_change
from competition.calls.service.edit_checks import locked
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.files import uploads
from competition.kernel.files.verification import ArrivedFile, Finding, verify
from competition.kernel.text.every_language import in_every_language


def _waiting(arguments: documents.CheckArguments) -> ArrivedFile | None:
    document = db.session.get(CallDocument, arguments.document)
    if document is None or document.state != "pending":
        return None
    return ArrivedFile(document.name, document.size, document.sha256, document.key)


def _settle(arguments: documents.CheckArguments, finding: Finding) -> None:
    document = db.session.get(CallDocument, arguments.document)
    if document is None or document.state != "pending":
        return
    now = clock.now()
    call = locked(db.session.get_one(Call, document.call_id))
    reason = finding.reason or ("late" if call.state in SETTLED else "")
    if reason:
        documents.reject_document(document=document, reason=reason, finding=finding, now=now)
    else:
        documents.accept_document(document=document, finding=finding, now=now)
        _announce(call, document)


verify(documents.CHECK, load=_waiting, settle=_settle)


def _announce(call: Call, document: CallDocument) -> None:
    """Add the new document to the change log of a public call."""
    if call.state == "draft":
        return
    line = in_every_language(lambda: _("Document added: %(name)s", name=document.name))
    log_change(call, line, ["documents"], actor_id=None, now=clock.now())


@uploads.unfinished("document")
def give_up(document_id: UUID, now: datetime) -> None:
    document = db.session.get(CallDocument, document_id)
    if document is not None:
        documents.abandon_document(document=document, actor=None, now=now)
