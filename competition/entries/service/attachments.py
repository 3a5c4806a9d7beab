"""Commands on attachments. Bytes never come here: browsers send them to S3, a worker looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from competition.calls.models import Call
from competition.entries import attachment_kinds, fields, late_files
from competition.entries.call_window import CallWindow
from competition.entries.lifecycle import ATTACHMENT, COUNTED
from competition.entries.models import Attachment, Entry
from competition.entries.queries.entry_row import hold_entry
from competition.entries.queries.loading import was_received
from competition.entries.service.drafts import why_closed
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.files import malware, uploads
from competition.kernel.files.file_names import extension
from competition.kernel.files.file_types import TYPES
from competition.kernel.jobs import outbox
from competition.kernel.text.i18n import file_size
from competition.kernel.text.lists import row
from competition.kernel.web.access import Actor


@dataclass(frozen=True, kw_only=True)
class VerifyArguments(malware.ScanArguments):
    """The file whose stored bytes are verified."""

    attachment: UUID


VERIFY = outbox.Kind("attachment.verify", VerifyArguments)


@dataclass(frozen=True, slots=True)
class Plan:
    """An upload that is about to begin: how it is listed, where its bytes go."""

    name: str
    slot: str
    content_type: str
    size: int
    part_size: int
    key: str
    late: bool


def plan(*, entry: Entry, name: str, size: int, slot: str, now: datetime) -> Plan:
    """Check a file by its name and size before the storage is asked; the limits are checked again by :func:`add`.

    Raises
    ------
    IllegalMove
        When the entry takes no changes.
    RuleBroken
        For a kind of file that is not taken, an empty or too large one, or no room in the entry.
    """
    late = _check_open(entry, now)
    ending = extension(name)
    if ending not in attachment_kinds.NEUTRAL_NAMES:
        raise RuleBroken(_("%(name)s: this kind of file is not taken. Send one of: %(kinds)s.", name=name,
                           kinds=row(attachment_kinds.NEUTRAL_NAMES)))
    if size < 1:
        raise RuleBroken(_("%(name)s is empty.", name=name))
    if size > entry.call.file_max_bytes:
        raise RuleBroken(_("%(name)s has %(size)s. One file may have %(most)s; make it smaller or split it.",
                           name=name, size=file_size(size), most=file_size(entry.call.file_max_bytes)))
    _room(entry.id, entry.call, size, late)
    return Plan(
        name=name, slot=slot if slot in fields.SLOTS else attachment_kinds.usual_slot(ending),
        content_type=TYPES[ending].content_type, size=size, part_size=uploads.part_size(size), key=uploads.new_key(),
        late=late,
    )


def add(*, entry: Entry, plan: Plan, upload_id: str, actor: Actor, now: datetime) -> Attachment:
    """List a file whose upload has begun, if the entry still has room for it.

    The entry's row is locked while its files are counted, so two uploads never share the last place.
    """
    hold_entry(entry.id)
    db.session.refresh(entry, ["state"])  # what was read before the entry was held may be over
    if _check_open(entry, now) != plan.late:
        raise IllegalMove(_("Files can’t be changed any more. %(why)s", why=why_closed(entry.call, now)))
    _room(entry.id, entry.call, plan.size, plan.late)
    file = Attachment(
        id=new_id(), entry_id=entry.id, code=new_code(12), slot=plan.slot, name=plan.name,
        content_type=plan.content_type, size=plan.size, state="pending", incoming_key=plan.key, upload_id=upload_id,
        part_size=plan.part_size, created_at=now, created_by=actor.id, late=plan.late,
    )
    db.session.add(file)
    uploads.expire_later("attachment", file.id, now=now)
    return file


def _check_open(entry: Entry, now: datetime) -> bool:
    """Whether a file that is added or changed now is late, that is one that was asked for after the deadline."""
    if CallWindow.of(entry.call).editable(entry.state, now):
        return False
    if late_files.are_wanted(entry.id, now):
        return True
    raise IllegalMove(_("Files can’t be changed any more. %(why)s", why=why_closed(entry.call, now)))


def _check_change(file: Attachment, entry: Entry, now: datetime) -> None:
    """Refuse a change of a file that can stand in a revision once only late files are taken."""
    db.session.refresh(entry, ["state"])
    if _check_open(entry, now) and not file.late:
        raise IllegalMove(_("Files can’t be changed any more. %(why)s", why=why_closed(entry.call, now)))


def _room(entry_id: UUID, call: Call, size: int, late: bool) -> None:
    """Late files have the same room again: an entry that was full at the deadline can still add what is asked for."""
    counted = select(func.count(), func.coalesce(func.sum(Attachment.size), 0)).where(
        Attachment.entry_id == entry_id, Attachment.state.in_(COUNTED), Attachment.late.is_(late),
    )
    count, total = db.session.execute(counted).one()
    if count >= call.entry_max_files:
        raise RuleBroken(_("An entry has at most %(most)s files. Remove one first.", most=call.entry_max_files))
    if total + size > call.entry_max_bytes:
        raise RuleBroken(_("The files of an entry have at most %(most)s together; %(left)s are left. Remove one first.",
                           most=file_size(call.entry_max_bytes), left=file_size(max(0, call.entry_max_bytes - total))))


def upload_of(file: Attachment) -> uploads.Upload:
    return uploads.Upload(file.incoming_key, file.upload_id, file.size, file.part_size)


def hold(file: Attachment) -> None:
    """Hold the file's entry until the end of the transaction, and read the file as it is now.

    A submission holds the entry too, so of it and a removal the second sees what the first did: no revision names
    bytes that were thrown away.
    """
    hold_entry(file.entry_id)
    db.session.refresh(file)


def complete(*, file: Attachment, entry: Entry, arrived: uploads.Arrived, now: datetime) -> None:
    """Every byte has arrived: have a worker look at them. Saying so twice changes nothing.

    With the digest that the browser computed the entry can be submitted before the worker is done.
    """
    hold(file)
    if file.state != "pending":
        return
    _check_change(file, entry, now)
    ATTACHMENT.advance(file, "complete")
    if arrived.size != file.size:
        reject(file=file, reason="size", now=now)
        return
    file.sha256 = arrived.sha256
    outbox.add(VERIFY, VerifyArguments(attachment=file.id), key=str(file.id), now=now)


def accept(*, file: Attachment, sha256: str, key: str, now: datetime) -> None:
    """The bytes are what the name says; ``key`` holds their immutable copy."""
    ATTACHMENT.advance(file, "accept")
    file.sha256, file.key, file.checked_at = sha256, key, now
    _discard(file, [file.incoming_key], now)


def reject(*, file: Attachment, reason: str, now: datetime) -> None:
    """The bytes are refused for a reason of :data:`competition.kernel.files.inspection.REASONS`."""
    ATTACHMENT.advance(file, "reject")
    file.reason, file.checked_at = reason, now
    _discard(file, [file.incoming_key], now)


def delete(*, file: Attachment, entry: Entry, actor: Actor, now: datetime) -> None:
    """Take a file out of the draft. A revision that holds it keeps it, bytes and all."""
    hold(file)
    _check_change(file, entry, now)
    before = ATTACHMENT.advance(file, "delete")
    if not was_received(file):
        keys = [key for key in (file.incoming_key, file.key) if key]
        file.key = None
        _discard(file, keys, now, abort=before == "pending")
    audit.record("attachment.deleted", chain=entry.call_id, subject=file.id, actor_id=actor.id, now=now)


def expire(*, file: Attachment, now: datetime) -> None:
    """Give up on an upload that was not finished within a day, and give its place back."""
    hold(file)
    if file.state != "pending":
        return
    ATTACHMENT.advance(file, "delete")
    file.reason = "expired"
    _discard(file, [file.incoming_key], now, abort=True)


def move(*, file: Attachment, entry: Entry, slot: str, now: datetime) -> None:
    """Say what a file is: proposal, video, supplement or commitment."""
    _check_change(file, entry, now)
    if slot not in fields.SLOTS:
        raise RuleBroken(_("Choose one of the answers offered."))
    file.slot = slot


def _discard(file: Attachment, keys: list[str], now: datetime, *, abort: bool = False) -> None:
    uploads.discard(f"attachment:{file.id}:{file.state}", keys=keys, unfinished=upload_of(file) if abort else None,
                    now=now)
