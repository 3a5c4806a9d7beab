"""Jobs of entries: verify files, mail receipts, give up unfinished uploads."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.accounts.models import User
from competition.calls.models import Call, CallChange
from competition.entries.models import Attachment, Entry, Revision
from competition.entries.service import attachments, call_news, submission
from competition.entries.service.team_mail import mail_members
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.files import uploads
from competition.kernel.files.inspection import REASONS
from competition.kernel.files.verification import ArrivedFile, Finding, verify
from competition.kernel.jobs import mail, outbox


def _waiting(arguments: attachments.VerifyArguments) -> ArrivedFile | None:
    file = db.session.get(Attachment, arguments.attachment)
    if file is None or file.state != "uploaded":
        return None
    return ArrivedFile(file.name, file.size, file.sha256, file.incoming_key)


def _settle(arguments: attachments.VerifyArguments, finding: Finding) -> None:
    file = db.session.get_one(Attachment, arguments.attachment)
    attachments.hold(file)
    if file.state != "uploaded":
        return
    now = clock.now()
    if finding.reason:
        attachments.reject(file=file, reason=finding.reason, now=now)
        _mail_rejection(file)
    else:
        attachments.accept(file=file, sha256=finding.sha256, key=finding.key, now=now)


verify(attachments.VERIFY, load=_waiting, settle=_settle)


def _mail_rejection(file: Attachment) -> None:
    person = db.session.get(User, file.created_by) if file.created_by else None
    entry = db.session.get_one(Entry, file.entry_id)
    if person is not None:
        mail.send(
            "entries/file_rejected", to=person.email, locale=person.locale, now=clock.now(), name=file.name,
            reason=REASONS[file.reason], entry_code=entry.code,
        )


@outbox.handler(call_news.TELL)
def tell_change(_job: outbox.Job, arguments: call_news.TellArguments) -> outbox.Effects:
    """Write to the members of each team what changed in the call of their entry."""

    def effects() -> dict[str, int]:
        change = db.session.get_one(CallChange, arguments.change)
        entries = select(Entry).where(Entry.id.in_(arguments.entries), Entry.state.in_(call_news.CONCERNED))
        entries = entries.options(joinedload(Entry.team), joinedload(Entry.call)).order_by(Entry.code)
        concerned = db.session.scalars(entries).all()
        for entry in concerned:
            mail_members(entry, "entries/call_changed", now=clock.now(), change=change)
        return {"entries": len(concerned)}

    return effects


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
        mail_members(entry, "entries/receipt", now=clock.now(), revision=revision)

    return effects


@outbox.handler(submission.WITHDRAWN)
def withdrawn(_job: outbox.Job, arguments: submission.WithdrawnArguments) -> outbox.Effects:
    """Write to every member that their entry was taken back, and by whom."""

    def effects() -> None:
        mail_members(_with_call(arguments.entry), "entries/withdrawn", now=clock.now(), by=arguments.by)

    return effects


def _with_call(entry_id: UUID) -> Entry:
    query = select(Entry).where(Entry.id == entry_id).options(
        joinedload(Entry.call).joinedload(Call.programme), joinedload(Entry.team)
    )
    return db.session.scalars(query).one()
