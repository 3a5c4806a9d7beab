"""Attachments: uploads to S3 (see :mod:`competition.kernel.files.uploads`), listing, downloading, removing."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.entries import fields, late_files
from competition.entries.call_window import CallWindow
from competition.entries.models import Attachment, Entry
from competition.entries.places import LATE_FILES
from competition.entries.queries import loading
from competition.entries.queries.entry_form import files_of, late_files_of
from competition.entries.routes.blueprints import team as bp
from competition.entries.service import attachments, opening
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.errors import Missing
from competition.kernel.files import storage, uploads
from competition.kernel.files.inspection import REASONS
from competition.kernel.web.access import Actor, Permission, current_actor, requires


@bp.post("/my/entries/<entry_code>/files")
@requires(Permission.ENTRY_EDIT, defer_write=True)
def file_create(entry: Entry) -> ResponseReturnValue:
    """Begin an upload: ``{filename, size, slot?}`` → ``{key, uploadId, partSize}``."""
    body, actor, now = uploads.body(), current_actor(), clock.now()
    plan = attachments.plan(
        entry=entry, name=uploads.file_name(body), size=uploads.whole(body.get("size")),
        slot=str(body.get("slot", "")), now=now,
    )
    entry_id = entry.id
    with uploads.begun(plan.key, plan.content_type) as upload_id:

        def add() -> str:
            again = _again(actor, entry_id)
            return attachments.add(entry=again, plan=plan, upload_id=upload_id, actor=actor, now=now).code

        code = transaction.attempt(add)
    return uploads.begun_answer(code, plan.part_size)


def _again(actor: Actor, entry_id: UUID) -> Entry:
    """The entry once more, inside the writing transaction, if it is still this person's."""
    entry = loading.entry_by_id(actor, entry_id)
    if entry is None:
        raise Missing("")
    return entry


@bp.post("/my/files/<file_code>/sign")
@requires(Permission.ATTACHMENT_EDIT, defer_write=True)
def file_sign(file: Attachment) -> ResponseReturnValue:
    return uploads.signed(_under_way(file))


@bp.post("/my/files/<file_code>/parts")
@requires(Permission.ATTACHMENT_EDIT, defer_write=True)
def file_parts(file: Attachment) -> ResponseReturnValue:
    return uploads.listed(_under_way(file))


def _under_way(file: Attachment) -> uploads.Upload:
    """The upload of a file until all of it has arrived; afterwards these addresses lead nowhere."""
    if file.state != "pending":
        raise Missing("")
    return attachments.upload_of(file)


@bp.post("/my/files/<file_code>/complete")
@requires(Permission.ATTACHMENT_EDIT, defer_write=True)
def file_complete(file: Attachment) -> ResponseReturnValue:
    """Put the parts together; may be sent again."""
    actor, now, file_id, entry_id, code = current_actor(), clock.now(), file.id, file.entry_id, file.code
    if file.state == "pending":
        arrived = uploads.assembled(attachments.upload_of(file))
        transaction.attempt(lambda: attachments.complete(
            file=db.session.get_one(Attachment, file_id), entry=_again(actor, entry_id), arrived=arrived, now=now,
        ))
    return {"key": code, "state": "uploaded"}


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
    return _list_or_page(entry, file, _("%(name)s is removed.", name=file.name))


@bp.post("/my/files/<file_code>/slot")
@requires(Permission.ATTACHMENT_EDIT)
def file_slot(file: Attachment) -> ResponseReturnValue:
    """Say what a file is for."""
    entry = _again(current_actor(), file.entry_id)
    attachments.move(file=file, entry=entry, slot=request.form.get("slot", ""), now=clock.now())
    return _list_or_page(entry, file, _("%(name)s is filed anew.", name=file.name))


def _list_or_page(entry: Entry, file: Attachment, message: str) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        db.session.flush()
        return _late_list(entry) if file.late else _list(entry)
    flash(message, "good")
    if file.late:
        return redirect(LATE_FILES.url(entry_code=entry.code), 303)
    return redirect(url_for(".edit", entry_code=entry.code, _anchor="files"), 303)


@bp.get("/my/entries/<entry_code>/files")
@requires(Permission.ENTRY_READ)
def file_list(entry: Entry) -> ResponseReturnValue:
    """The list of files as it is now; the page asks again while one is being checked."""
    return _list(entry)


def _list(entry: Entry) -> ResponseReturnValue:
    return render_template(
        "entries/_files.html", entry_code=entry.code, files=files_of(entry.id),
        slots=fields.slot_words(), reasons=REASONS,
        can_edit=CallWindow.of(entry.call).editable(entry.state, clock.now()),
    )


@bp.get("/my/entries/<entry_code>/late-files")
@requires(Permission.ENTRY_READ)
def late_file_list(entry: Entry) -> ResponseReturnValue:
    """The list of files that were added after the deadline, because the organizers asked for them."""
    return _late_list(entry)


def _late_list(entry: Entry) -> str:
    return render_template(
        "entries/_files.html", entry_code=entry.code, files=late_files_of(entry.id), slots=fields.slot_words(),
        reasons=REASONS, can_edit=late_files.are_wanted(entry.id, clock.now()), late=True,
    )


@bp.get("/my/files/<file_code>")
@requires(Permission.ATTACHMENT_READ)
def file_download(file: Attachment) -> ResponseReturnValue:
    """A short-lived address at the storage; the file always downloads, under the name that its team gave."""
    if file.key is None:
        raise Missing("")
    actor, now = current_actor(), clock.now()
    if loading.my_attachment(actor, file.code) is None:  # then an organizer takes it, and the log says so
        call_id, code = loading.call_of_entry(file.entry_id), file.code
        transaction.attempt(lambda: opening.record_reading(
            call_id=call_id, subject=code, file=True, actor=actor, now=now
        ))
    with uploads.reaching_storage():
        return redirect(storage.sign_get(file.key, filename=file.name, content_type=file.content_type), 303)
