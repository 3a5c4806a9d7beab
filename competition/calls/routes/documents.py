"""An organizer's documents: signed parts for the browser, nothing of the bytes for us."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls import queries_organizer, service
from competition.calls.forms import EmptyForm
from competition.calls.models import Call, CallDocument
from competition.calls.routes.blueprints import organizer as bp
from competition.calls.routes.organizer import sections
from competition.calls.service.documents import CLOSED, MAX_BYTES, MAX_DOCUMENTS, TYPES, check_document
from competition.extensions import db
from competition.kernel import clock, storage, transaction
from competition.kernel.access import Permission, current_actor, requires
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.ids import new_token

PART_BYTES = 8 * 1024 * 1024
Found = tuple[Call, CallDocument]


@bp.get("/calls/<call_code>/documents")
@requires(Permission.CALL_MANAGE)
def documents(call: Call) -> ResponseReturnValue:
    return render_template(
        "calls/editor/documents.html", call=call, programme=call.programme, part="documents",
        part_label=_("Documents"), sections=sections(call, clock.now()), most_bytes=MAX_BYTES,
        most=MAX_DOCUMENTS, types=",".join(TYPES), closed=call.state in CLOSED,
        documents=queries_organizer.call_documents(call.id),
    )


@bp.get("/calls/<call_code>/documents/<document_code>")
@requires(Permission.CALL_DOCUMENT)
def document(found: Found) -> ResponseReturnValue:
    """A document as organizers get it, also in a draft."""
    row = found[1]
    if row.state != "ready":
        raise Missing("")
    return redirect(storage.sign_get(row.key, filename=row.name, content_type=row.content_type), 302)


@bp.post("/calls/<call_code>/documents")
@requires(Permission.CALL_MANAGE, defer_write=True)
def begin_document(call: Call) -> ResponseReturnValue:
    """Begin an upload: a key that only we choose, and the way to send parts to it."""
    sent = _sent()
    name, size = str(sent.get("filename", "")), sent.get("size")
    if not name or not isinstance(size, int) or isinstance(size, bool):
        raise RuleBroken(_("The file’s name and size are missing. Choose the file again."))
    kind = check_document(call, name=name, size=size)
    key = f"calls/{call.id}/{new_token()}"
    upload_id = storage.start_multipart(key, kind)
    with transaction.write():
        row = service.begin_document(
            call=db.session.get_one(Call, call.id), name=name, size=size, content_type=kind, key=key,
            upload_id=upload_id, actor=current_actor(), now=clock.now(),
        )
        code = row.code
    return jsonify(uploadId=code, key=code, partSize=PART_BYTES)


@bp.post("/calls/<call_code>/documents/<document_code>/parts")
@requires(Permission.CALL_DOCUMENT, defer_write=True)
def document_parts(found: Found) -> ResponseReturnValue:
    row = _uploading(found)
    parts = _arrived(row)
    return jsonify(parts=[{"PartNumber": part.number, "ETag": part.etag, "Size": part.size} for part in parts])


@bp.post("/calls/<call_code>/documents/<document_code>/sign")
@requires(Permission.CALL_DOCUMENT, defer_write=True)
def sign_document(found: Found) -> ResponseReturnValue:
    row, sent = _uploading(found), _sent()
    number, size = sent.get("partNumber"), sent.get("size")
    count = max(1, -(-row.size // PART_BYTES))
    if not isinstance(number, int) or not isinstance(size, int) or not 1 <= number <= count:
        raise RuleBroken(_("This part does not belong to the file. Choose the file again."))
    expected = min(PART_BYTES, row.size - (number - 1) * PART_BYTES)
    if size != expected:
        raise RuleBroken(_("This part has a wrong length. Choose the file again."))
    return jsonify(url=storage.sign_part(row.key, row.upload_id or "", number, size))


@bp.post("/calls/<call_code>/documents/<document_code>/complete")
@requires(Permission.CALL_DOCUMENT, defer_write=True)
def complete_document(found: Found) -> ResponseReturnValue:
    """All parts are with S3: join them, and let a worker look at what is there."""
    row = _uploading(found)
    parts = _arrived(row)
    if sum(part.size for part in parts) != row.size:
        raise RuleBroken(_("Some parts have not arrived. Send the file again."))
    document_id, key, upload_id = row.id, row.key, row.upload_id or ""
    storage.finish_multipart(key, upload_id, parts)
    with transaction.write():
        service.document_arrived(document=db.session.get_one(CallDocument, document_id), actor=current_actor(),
                                 now=clock.now())
    return jsonify(state="pending")


@bp.post("/calls/<call_code>/documents/<document_code>/abort")
@requires(Permission.CALL_DOCUMENT, defer_write=True)
def abort_document(found: Found) -> ResponseReturnValue:
    row = _uploading(found)
    document_id, key, upload_id = row.id, row.key, row.upload_id or ""
    with transaction.write():
        service.abandon_document(document=db.session.get_one(CallDocument, document_id))
    storage.abort_multipart(key, upload_id)
    return jsonify(state="gone")


@bp.post("/calls/<call_code>/documents/<document_code>/remove")
@requires(Permission.CALL_DOCUMENT)
def remove_document(found: Found) -> ResponseReturnValue:
    call, row = found
    if not EmptyForm().validate_on_submit():
        raise IllegalMove(_("This form has expired. Send it again."))
    service.remove_document(call=call, document=row, actor=current_actor(), now=clock.now())
    flash(_("Document removed."), "good")
    return redirect(url_for("calls_organizer.documents", call_code=call.code), 303)


def _uploading(found: Found) -> CallDocument:
    """The document while its upload is under way; afterwards these addresses lead nowhere."""
    row = found[1]
    if row.state != "pending" or row.upload_id is None:
        raise Missing("")
    return row


def _arrived(row: CallDocument) -> list[storage.Part]:
    """The parts that S3 has; an upload that it no longer knows is missing, and the browser begins anew."""
    parts = storage.list_parts(row.key, row.upload_id or "")
    if parts is None:
        raise Missing("")
    return parts


def _sent() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {}


