"""Documents of a call: the browser sends them to the object store by signed addresses."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.lifecycle import SETTLED
from competition.calls.models import Call, CallDocument
from competition.calls.queries import organizer
from competition.calls.routes.blueprints import organizer as bp
from competition.calls.routes.organizer import section_links
from competition.calls.sections import section_label
from competition.calls.service.documents import (
    MAX_BYTES,
    MAX_DOCUMENTS,
    OFFERED,
    REFUSALS,
    abandon_document,
    begin_document,
    check_document,
    document_arrived,
    remove_document,
    upload_of,
)
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.errors import IllegalMove, Missing
from competition.kernel.files import storage, uploads
from competition.kernel.web.access import Permission, current_actor, requires
from competition.kernel.web.forms import TokenForm

CallAndDocument = tuple[Call, CallDocument]


@bp.get("/calls/<call_code>/documents")
@requires(Permission.CALL_READ)
def documents(call: Call) -> ResponseReturnValue:
    return render_template(
        "calls/editor/documents.html", call=call, programme=call.programme, part="documents",
        part_label=section_label("documents"), sections=section_links(call, clock.now()), most_bytes=MAX_BYTES,
        most=MAX_DOCUMENTS, types=",".join(f".{ending}" for ending in OFFERED), closed=call.state in SETTLED,
        documents=organizer.call_documents(call.id), refusals=REFUSALS,
    )


@bp.get("/calls/<call_code>/documents/<document_code>")
@requires(Permission.CALL_DOCUMENT_READ)
def file_download(pair: CallAndDocument) -> ResponseReturnValue:
    """A document as organizers get it, also in a draft."""
    row = pair[1]
    if row.state != "ready":
        raise Missing("")
    return redirect(storage.sign_get(row.key, filename=row.name, content_type=row.content_type), 302)


@bp.post("/calls/<call_code>/documents")
@requires(Permission.CALL_MANAGE, defer_write=True)
def file_create(call: Call) -> ResponseReturnValue:
    """Begin an upload, ``{filename, size}`` → ``{key, uploadId, partSize}``: a key that only we choose."""
    body = uploads.body()
    name, size = uploads.file_name(body), uploads.whole(body.get("size"))
    content_type = check_document(call, name=name, size=size)
    key, part = uploads.new_key(), uploads.part_size(size)
    call_id, actor, now = call.id, current_actor(), clock.now()
    with uploads.begun(key, content_type) as upload_id:
        code = transaction.attempt(lambda: begin_document(
            call=db.session.get_one(Call, call_id), name=name, content_type=content_type,
            upload=uploads.Upload(key, upload_id, size, part), actor=actor, now=now,
        ).code)
    return uploads.begun_answer(code, part)


@bp.post("/calls/<call_code>/documents/<document_code>/parts")
@requires(Permission.CALL_DOCUMENT, defer_write=True)
def file_parts(pair: CallAndDocument) -> ResponseReturnValue:
    return uploads.listed(_under_way(pair))


@bp.post("/calls/<call_code>/documents/<document_code>/sign")
@requires(Permission.CALL_DOCUMENT, defer_write=True)
def file_sign(pair: CallAndDocument) -> ResponseReturnValue:
    return uploads.signed(_under_way(pair))


@bp.post("/calls/<call_code>/documents/<document_code>/complete")
@requires(Permission.CALL_DOCUMENT, defer_write=True)
def file_complete(pair: CallAndDocument) -> ResponseReturnValue:
    """Assemble the parts and queue the verification; a repeated request changes nothing."""
    row, actor, now = pair[1], current_actor(), clock.now()
    document_id, code, upload = row.id, row.code, upload_of(row)
    if upload is not None:
        arrived = uploads.assembled(upload)
        transaction.attempt(lambda: document_arrived(
            document=db.session.get_one(CallDocument, document_id), arrived=arrived, actor=actor, now=now,
        ))
    return {"key": code, "state": "pending"}


@bp.post("/calls/<call_code>/documents/<document_code>/abort")
@requires(Permission.CALL_DOCUMENT)
def file_abort(pair: CallAndDocument) -> ResponseReturnValue:
    abandon_document(document=pair[1], actor=current_actor(), now=clock.now())
    return {}


@bp.post("/calls/<call_code>/documents/<document_code>/remove")
@requires(Permission.CALL_DOCUMENT)
def file_delete(pair: CallAndDocument) -> ResponseReturnValue:
    call, row = pair
    if not TokenForm().validate_on_submit():
        raise IllegalMove(_("This form has expired. Send it again."))
    remove_document(call=call, document=row, actor=current_actor(), now=clock.now())
    flash(_("Document removed."), "good")
    return redirect(url_for("calls_organizer.documents", call_code=call.code), 303)


def _under_way(pair: CallAndDocument) -> uploads.Upload:
    """The document's unfinished upload; raises Missing when it is complete."""
    upload = upload_of(pair[1])
    if upload is None:
        raise Missing("")
    return upload
