"""What workers do for entries: look into files, write receipts, sweep what was left behind."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.accounts.models import User
from competition.calls.models import Call
from competition.entries import file_inspection, filetypes
from competition.entries.file_names import extension
from competition.entries.models import Attachment, Entry, Membership, Revision
from competition.entries.service import attachments, submission
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.files import malware, storage, uploads
from competition.kernel.jobs import mail, outbox


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at the stored bytes gave: a digest, or a reason to refuse them."""

    sha256: str
    reason: str


def _nothing() -> None:
    return None


@outbox.handler(attachments.VERIFY)
def verify(job: outbox.Job, arguments: attachments.VerifyArguments) -> outbox.Effects:
    """Hash what is stored, look whether it is what it says, have it scanned, copy it where nobody can write.

    Until then nobody gets it; while the scanner gives no word the file waits.
    """
    file_id = arguments.attachment
    with transaction.reading():  # the bytes may take minutes
        file = db.session.get(Attachment, file_id)
        if file is None or file.state != "uploaded":
            return _nothing
        db.session.expunge(file)
    try:
        finding = _look(job, file)
    except malware.Unscanned as error:
        return malware.later(job, attachments.VERIFY, arguments, error)
    key = attachments.final_key(file)
    if not finding.reason:
        storage.copy(file.incoming_key, key, content_type=file.content_type)
        copied = storage.head(key)
        if copied is None or copied.size != file.size:
            raise RuntimeError("the copy is not complete")

    def effects() -> None:
        stored = db.session.get_one(Attachment, file_id)
        attachments.hold(stored)
        if stored.state != "uploaded":
            return
        now = clock.now()
        if finding.reason:
            attachments.reject(file=stored, reason=finding.reason, now=now)
            _tell_rejected(stored)
        else:
            attachments.accept(file=stored, sha256=finding.sha256, key=key, now=now)

    return effects


def _look(job: outbox.Job, file: Attachment) -> Finding:
    found = storage.head(file.incoming_key)
    if found is None:
        if job.attempt < outbox.MAX_ATTEMPTS:
            raise RuntimeError("the bytes are not there yet")
        return Finding("", "lost")
    if found.size != file.size:
        return Finding("", "size")
    kind = filetypes.TYPES[extension(file.name)]
    seen = file_inspection.Seen.for_type(kind)
    hasher, done = hashlib.sha256(), 0
    for chunk in storage.chunks(file.incoming_key):
        hasher.update(chunk)
        seen.feed(chunk)
        done += len(chunk)
        job.progress(done, file.size)
    seen.end()
    digest = hasher.hexdigest()
    if done != file.size:
        return Finding(digest, "size")
    if file.sha256 is not None and file.sha256 != digest:
        return Finding(digest, "digest")
    reason = file_inspection.verdict(
        kind, seen, lambda: io.BufferedReader(storage.Reader(file.incoming_key, file.size), 256 * 1024)
    )
    if not reason and malware.wanted():  # last: what unpacks to far more than it holds never gets to the scanner
        reason = malware.reason(storage.chunks(file.incoming_key))
    return Finding(digest, reason)


def _tell_rejected(file: Attachment) -> None:
    person = db.session.get(User, file.created_by) if file.created_by else None
    entry = db.session.get_one(Entry, file.entry_id)
    if person is not None:
        mail.send(
            "entries/file_rejected", to=person.email, lang=person.locale, now=clock.now(), name=file.name,
            reason=file_inspection.REASONS[file.reason], entry_code=entry.code,
        )


@uploads.unfinished("attachment")
def give_up(file_id: UUID, now: datetime) -> None:
    file = db.session.get(Attachment, file_id)
    if file is not None:
        attachments.expire(file=file, now=now)


@outbox.handler(submission.RECEIPT)
def receipt(_job: outbox.Job, arguments: submission.ReceiptArguments) -> outbox.Effects:
    """Write to every member, in their language, that a revision was received."""

    def effects() -> None:
        revision = db.session.get_one(Revision, arguments.revision)
        entry = _with_call(revision.entry_id)
        _to_members(entry, "entries/receipt", revision=revision)

    return effects


@outbox.handler(submission.WITHDRAWN)
def withdrawn(_job: outbox.Job, arguments: submission.WithdrawnArguments) -> outbox.Effects:
    """Write to every member that their entry was taken back, and by whom."""

    def effects() -> None:
        _to_members(_with_call(arguments.entry), "entries/withdrawn", by=arguments.by)

    return effects


def _with_call(entry_id: UUID) -> Entry:
    query = select(Entry).where(Entry.id == entry_id).options(
        joinedload(Entry.call).joinedload(Call.programme), joinedload(Entry.team)
    )
    return db.session.scalars(query).one()


def _to_members(entry: Entry, template: str, **context: Any) -> None:
    members = select(User).join(Membership, Membership.user_id == User.id).where(Membership.team_id == entry.team_id)
    for person in db.session.scalars(members.order_by(User.id)):
        mail.send(template, to=person.email, lang=person.locale, now=clock.now(), entry=entry, call=entry.call,
                  team=entry.team, person=person, **context)
