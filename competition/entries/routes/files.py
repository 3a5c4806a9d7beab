"""Attachments: signing what a browser sends to S3, listing, downloading, removing.

Every body is JSON of a few hundred bytes; the files themselves go straight to the storage. Addresses and
bodies are those of ``static/src/lib/multipart.js``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import ceil
from typing import Any
from uuid import UUID

import structlog
from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.entries import fields, inspection
from competition.entries.lifecycle import editable
from competition.entries.models import Attachment, Entry
from competition.entries.queries import loading
from competition.entries.routes.blueprints import team as bp
from competition.entries.service import attachments, submission
from competition.extensions import db
from competition.kernel import clock, storage, transaction
from competition.kernel.access import Actor, Permission, current_actor, requires
from competition.kernel.errors import Busy, DomainError, Missing, RuleBroken

log = structlog.get_logger()
BASE64_SHA256 = re.compile(r"[A-Za-z0-9+/]{43}=")


@contextmanager
def _storage() -> Iterator[None]:
    """The storage being away is a reason to try again, not a crash."""
    try:
        yield
    except storage.StorageError as error:
        log.warning("storage.unreachable", error=str(error))
        raise Busy(_("The file storage does not answer. Nothing is lost: try again in a moment.")) from error


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


@bp.post("/my/entries/<entry_code>/files")
@requires(Permission.ENTRY_EDIT, defer_write=True)
def file_create(entry: Entry) -> ResponseReturnValue:
    """Begin an upload: ``{filename, size, slot?}`` → ``{key, uploadId, partSize}``."""
    body, actor, now = _body(), current_actor(), clock.now()
    plan = attachments.plan(
        entry=entry, name=str(body.get("filename", "")), size=_whole(body.get("size")),
        slot=str(body.get("slot", "")), part_size=current_app.config["SETTINGS"].upload_part_bytes, now=now,
    )
    entry_id = entry.id
    with _storage():
        upload_id = storage.start_multipart(plan.key, plan.content_type, checked=True)

    def add() -> str:
        again = _again(actor, entry_id)
        return attachments.add(entry=again, plan=plan, upload_id=upload_id, actor=actor, now=now).code

    try:
        code = transaction.attempt(add)
    except DomainError:
        with suppress(*storage.StorageError):
            storage.abort_multipart(plan.key, upload_id)
        raise
    return {"key": code, "uploadId": code, "partSize": plan.part_size}, 201


def _again(actor: Actor, entry_id: UUID) -> Entry:
    """The entry once more, inside the writing transaction, if it is still this person's."""
    entry = loading.entry_by_id(actor, entry_id)
    if entry is None:
        raise Missing("")
    return entry


@bp.post("/my/files/<file_code>/sign")
@requires(Permission.ATTACHMENT_EDIT, defer_write=True)
def file_sign(file: Attachment) -> ResponseReturnValue:
    """An address for one part: ``{partNumber, checksum}`` → ``{url, headers}``.

    The part's exact length and its SHA-256 are in the signature, so nothing else can be sent there.
    """
    body = _body()
    number, checksum = _whole(body.get("partNumber")), str(body.get("checksum", ""))
    length = attachments.part_length(file, number)
    if not BASE64_SHA256.fullmatch(checksum):
        raise RuleBroken(_("The part has no checksum. Reload the page and choose the file again."))
    with _storage():
        url = storage.sign_part(file.incoming_key, file.upload_id, number, length, checksum)
    return {"url": url, "headers": {"x-amz-checksum-sha256": checksum}, "size": length}


@bp.post("/my/files/<file_code>/parts")
@requires(Permission.ATTACHMENT_EDIT, defer_write=True)
def file_parts(file: Attachment) -> ResponseReturnValue:
    """What has arrived already, for going on after a reload."""
    if file.state != "pending":
        raise Missing("")
    with _storage():
        parts = storage.list_parts(file.incoming_key, file.upload_id)
    if parts is None:
        raise Missing("")
    return {"parts": [{"PartNumber": part.number, "ETag": part.etag, "Size": part.size} for part in parts]}


@bp.post("/my/files/<file_code>/complete")
@requires(Permission.ATTACHMENT_EDIT, defer_write=True)
def file_complete(file: Attachment) -> ResponseReturnValue:
    """Put the parts together: ``{parts: [{PartNumber, ChecksumSHA256}], sha256}``. May be sent again."""
    body, actor, now = _body(), current_actor(), clock.now()
    file_id, entry_id, code = file.id, file.entry_id, file.code
    if file.state == "pending":
        size = _assemble(file, _checksums(body.get("parts")))
        sha256 = body.get("sha256")
        transaction.attempt(lambda: attachments.complete(
            file=db.session.get_one(Attachment, file_id), entry=_again(actor, entry_id), stored_size=size,
            sha256=sha256 if isinstance(sha256, str) else None, now=now,
        ))
    return {"key": code, "state": "uploaded"}


def _checksums(parts: Any) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict) and BASE64_SHA256.fullmatch(str(part.get("ChecksumSHA256", ""))):
            found[_whole(part.get("PartNumber"))] = part["ChecksumSHA256"]
    return found


def _assemble(file: Attachment, checksums: dict[int, str]) -> int:
    """Have S3 put the parts together, or find that it has; returns the size it then reports."""
    with _storage():
        parts = storage.list_parts(file.incoming_key, file.upload_id)
    if parts is not None:
        expected = {number: attachments.part_length(file, number)
                    for number in range(1, ceil(file.size / file.part_size) + 1)}
        if {part.number: part.size for part in parts} != expected:
            raise RuleBroken(_("Some parts have not arrived. Choose the same file again to go on."))
        whole = [storage.Part(p.number, p.size, p.etag, p.sha256 or checksums.get(p.number)) for p in parts]
        try:
            storage.finish_multipart(file.incoming_key, file.upload_id, whole)
        except storage.StorageError as error:
            log.warning("storage.complete_failed", error=str(error))
            raise RuleBroken(_("The storage could not put the parts together. Choose the same file again.")) from error
    with _storage():
        stored = storage.head(file.incoming_key)
    if stored is None:
        raise RuleBroken(_("This upload is over. Reload the page and choose the file again."))
    return stored.size


@bp.post("/my/files/<file_code>/abort")
@requires(Permission.ATTACHMENT_EDIT)
def file_abort(file: Attachment) -> ResponseReturnValue:
    """Give up an upload; a file that has arrived stays until it is removed from the list."""
    if file.state == "pending":
        entry = _again(current_actor(), file.entry_id)
        attachments.delete(file=file, entry=entry, actor=current_actor(), now=clock.now())
    return {}


@bp.post("/my/files/<file_code>/delete")
@requires(Permission.ATTACHMENT_EDIT)
def file_delete(file: Attachment) -> ResponseReturnValue:
    entry = _again(current_actor(), file.entry_id)
    attachments.delete(file=file, entry=entry, actor=current_actor(), now=clock.now())
    return _list_or_page(entry, _("%(name)s is removed.", name=file.name))


@bp.post("/my/files/<file_code>/slot")
@requires(Permission.ATTACHMENT_EDIT)
def file_slot(file: Attachment) -> ResponseReturnValue:
    """Say what a file is for."""
    entry = _again(current_actor(), file.entry_id)
    attachments.move(file=file, entry=entry, slot=request.form.get("slot", ""), now=clock.now())
    return _list_or_page(entry, _("%(name)s is filed anew.", name=file.name))


def _list_or_page(entry: Entry, message: str) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        db.session.flush()
        return _list(entry)
    flash(message, "good")
    return redirect(url_for(".edit", entry_code=entry.code, _anchor="files"), 303)


@bp.get("/my/entries/<entry_code>/files")
@requires(Permission.ENTRY_READ)
def file_list(entry: Entry) -> ResponseReturnValue:
    """The list of files as it is now; the page asks again while one is being checked."""
    return _list(entry)


def _list(entry: Entry) -> ResponseReturnValue:
    return render_template(
        "entries/_files.html", entry=entry, call=entry.call, files=submission.files_of(entry.id),
        slots=fields.slot_words(), reasons=inspection.REASONS, can_edit=editable(entry, entry.call, clock.now()),
    )


@bp.get("/my/files/<file_code>")
@requires(Permission.ATTACHMENT_READ)
def file_download(file: Attachment) -> ResponseReturnValue:
    """A short-lived address at the storage; the file always downloads, under the name that its team gave."""
    if file.key is None:
        raise Missing("")
    with _storage():
        return redirect(storage.sign_get(file.key, filename=file.name, content_type=file.content_type), 303)
