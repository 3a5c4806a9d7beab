"""Commands that count: submitting and withdrawing an entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import bindparam, insert, update

from competition.entries import answers as shape
from competition.entries import fields
from competition.entries.answers import Terms
from competition.entries.call_window import CallWindow
from competition.entries.completeness import Problem, problems, required
from competition.entries.lifecycle import COUNTED, ENTRY
from competition.entries.models import Entry, Revision, Team
from competition.entries.queries.call_form import terms_by_id
from competition.entries.queries.entry_form import FileLine, files_of
from competition.entries.queries.entry_row import hold_entry
from competition.entries.queries.submission import EntryToSubmit
from competition.entries.service import drafts
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id
from competition.kernel.data.query import write
from competition.kernel.errors import DomainError, IllegalMove
from competition.kernel.jobs import outbox
from competition.kernel.web import idempotency
from competition.kernel.web.access import Actor


@dataclass(frozen=True)
class ReceiptArguments:
    """The revision that was received."""

    revision: UUID


@dataclass(frozen=True)
class WithdrawnArguments:
    """The entry that was withdrawn, and the name of the person who did it."""

    entry: UUID
    by: str


RECEIPT = outbox.Kind("entry.receipt", ReceiptArguments)
WITHDRAWN = outbox.Kind("entry.withdrawn", WithdrawnArguments)


class Incomplete(DomainError):
    """Something required is missing or wrong; ``problems`` says what and where."""

    def __init__(self, faults: list[Problem]) -> None:
        super().__init__(_("The entry can’t be submitted yet."))
        self.problems = faults


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submission: the revision made, or that it came too late."""

    revision: int | None
    late: bool


def profile_of(team: Team) -> dict[str, str]:
    """A team's profile as a revision keeps it."""
    return {name: getattr(team, name) for name in fields.PROFILE}


def entry_problems(
    draft: Mapping[str, Any], terms: Terms, profile: Mapping[str, str], files: list[FileLine],
) -> list[Problem]:
    """Everything that keeps an entry from being submitted."""
    faults = problems(shape.complete_shape(draft), terms)
    for name in fields.PROFILE_REQUIRED:
        if not profile[name]:
            faults.append(required("profile", f"{fields.LABELS['profile']}: {fields.PROFILE[name]}"))
    for file in files:
        text = _file_problem(file)
        if text:
            faults.append(Problem("files", file.name, text))
    return faults


def _file_problem(file: FileLine) -> str:
    if file.state == "pending":
        return _("This file has not arrived completely. Choose it again to go on, or remove it.")
    if file.state == "rejected":
        return _("This file was refused. Remove it, or send it again after correcting it.")
    if file.state == "uploaded" and file.sha256 is None:
        return _("This file is still being checked. That takes a few seconds; reload the page.")
    return ""


def file_records(files: list[FileLine]) -> list[dict[str, Any]]:
    """Files as a revision records them."""
    return [
        {"attachment": str(file.id), "slot": file.slot, "name": file.name, "size": file.size,
         "content_type": file.content_type, "sha256": file.sha256}
        for file in files if file.state in COUNTED
    ]


def submit(
    *, entry: EntryToSubmit, version: int, key: str, actor: Actor, received_at: datetime, now: datetime,
) -> Outcome:
    """Receive an entry as an immutable revision, once per ``key``, if it arrived in time.

    A late answer is not stored under the idempotency key: the same form, sent again after the deadline was moved,
    is received.

    Parameters
    ----------
    entry
        Its row is locked in the present writing transaction.
    version
        The version that was looked over; another one is refused, so nobody signs what they did not see.
    received_at
        When the request arrived; it alone decides the deadline.

    Raises
    ------
    StaleVersion, IllegalMove, Incomplete
        When it was saved since, its state forbids it, or something is missing.
    """
    def once(key: str) -> dict[str, Any]:
        return idempotency.once(
            "entry.submit", actor_id=actor.id, key=key, body={"entry": entry.code, "version": version}, now=now,
            effect=lambda: _receive(entry, version, actor, received_at, now),
        )

    answer = once(key)
    if key and answer["late"] and entry.window.receives(received_at):
        answer = once(f"{key[:40]}@{entry.call_version}")
    return Outcome(answer["revision"], answer["late"])


def _receive(entry: EntryToSubmit, version: int, actor: Actor, received_at: datetime, now: datetime) -> dict[str, Any]:
    if not entry.window.receives(received_at):
        audit.record("entry.refused", chain=entry.call_id, subject=entry.id, actor_id=actor.id, now=now,
                     received_at=received_at, deadline_at=entry.deadline_at, grace_seconds=entry.grace_seconds)
        return {"revision": None, "late": True}
    if entry.version != version:
        raise drafts.stale(entry, shape.complete_shape(entry.draft))
    files = files_of(entry.id)
    faults = entry_problems(entry.draft, terms_by_id(entry.call_id, entry.call_version), entry.profile, files)
    if faults:
        raise Incomplete(faults)
    if not entry.resubmit and entry.state != "draft":
        raise IllegalMove(_("This call takes each entry once, and this one was received."))
    revision = _revision(entry, files, actor, received_at)
    if entry.state == "submitted" and entry.digest == revision["digest"]:
        return {"revision": entry.number, "late": False}
    state = ENTRY.after(entry.state, "submit" if entry.state == "draft" else "resubmit")
    event = audit.record(
        "entry.submitted", chain=entry.call_id, subject=revision["id"], actor_id=actor.id, now=now, entry=entry.code,
        revision=revision["number"], digest=revision["digest"], received_at=received_at,
        deadline_at=revision["deadline_at"], grace_seconds=revision["grace_seconds"], decision="accepted",
    )
    write(_INSERT_REVISION, **revision, log_seq=event.seq, log_hash=event.hash)
    write(_UPDATE_ENTRY, entry=entry.id, new_state=state, revision=revision["id"], quote=revision["quote_minor"])
    outbox.add(RECEIPT, ReceiptArguments(revision=revision["id"]), key=str(revision["id"]), now=now)
    return {"revision": revision["number"], "late": False}


# Core statements, because every submission before a deadline runs them and mapped objects cost more.
_entries: Any = Entry.__table__
_INSERT_REVISION = insert(Revision.__table__)  # type: ignore[arg-type]  # typed as any FROM, is a Table
_UPDATE_ENTRY = (
    update(_entries).where(_entries.c.id == bindparam("entry"))
    .values(state=bindparam("new_state"), revision_id=bindparam("revision"), quote_minor=bindparam("quote"))
)


def _revision(entry: EntryToSubmit, files: list[FileLine], actor: Actor, received_at: datetime) -> dict[str, Any]:
    """The revision's row, without its place in the log."""
    answers = shape.final(entry.draft, entry.profile)
    records = file_records(files)
    return {
        "id": new_id(), "entry_id": entry.id, "number": 1 + (entry.number or 0), "answers": answers, "files": records,
        "digest": shape.digest(answers, records), "quote_minor": answers["quote_minor"], "received_at": received_at,
        "deadline_at": entry.deadline_at or received_at, "grace_seconds": entry.grace_seconds,
        "submitted_by": actor.id,
    }


def withdraw(*, entry: Entry, actor: Actor, received_at: datetime, now: datetime) -> None:
    """Take a received entry back, until the deadline; its revisions stay on record.

    Raises
    ------
    IllegalMove
        When it was not submitted, or the deadline has passed.
    """
    hold_entry(entry.id)
    call = entry.call
    db.session.refresh(call, [field.name for field in dataclass_fields(CallWindow)])
    db.session.refresh(entry, ["state", "revision_id"])
    if not CallWindow.of(call).receives(received_at):
        raise IllegalMove(_("The deadline has passed: a received entry can’t be withdrawn here any more. "
                            "Write to the contact of the call."))
    ENTRY.advance(entry, "withdraw")
    entry.quote_minor = None
    audit.record("entry.withdrawn", chain=call.id, subject=entry.id, actor_id=actor.id, now=now, entry=entry.code)
    outbox.add(WITHDRAWN, WithdrawnArguments(entry=entry.id, by=actor.name),
               key=f"{entry.id}:{entry.revision_id}:{now.isoformat()}", now=now)
