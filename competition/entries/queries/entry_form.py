"""What the entry form shows of an entry, its team and its call, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Uuid, bindparam, select
from sqlalchemy.orm import joinedload

from competition.calls.models import Call, Programme
from competition.entries.lifecycle import LISTED
from competition.entries.models import Attachment, Entry, Membership, Team
from competition.entries.queries.entry_row import EntryRow, select_own
from competition.extensions import db
from competition.kernel.data.query import Query, one_of
from competition.kernel.web.access import Actor


@dataclass(frozen=True, slots=True)
class EntryForm(EntryRow):
    """An entry as its form shows it to a member of its team. Limits are in bytes."""

    saved_at: datetime
    team: str
    role: str
    call: str
    title: dict[str, str]
    entry_max_files: int
    entry_max_bytes: int
    file_max_bytes: int
    zone: str

    def may_withdraw(self, at: datetime) -> bool:
        """Whether this person is offered to take the entry back."""
        return self.state == "submitted" and self.role == "lead" and self.window.receives(at)


_FORM = Query(
    lambda: (
        select_own(
            Entry.saved_at, Team.name.label("team"), Membership.role, Call.code.label("call"), Call.title,
            Call.entry_max_files, Call.entry_max_bytes, Call.file_max_bytes, Programme.zone,
        )
        .join(Team, Team.id == Entry.team_id).join(Programme, Programme.id == Call.programme_id)
    ),
    EntryForm,
)


def entry_form(actor: Actor, entry_code: str) -> EntryForm | None:
    """The entry's form, for the members of its team."""
    return _FORM.first(user=actor.user_id, code=entry_code)


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file as the form lists it and a revision keeps it; ``size`` in bytes."""

    id: UUID
    code: str
    name: str
    content_type: str
    size: int
    slot: str
    state: str
    reason: str
    key: str | None
    sha256: str | None


_FILES = Query(lambda: (
    select(
        Attachment.id, Attachment.code, Attachment.name, Attachment.content_type, Attachment.size, Attachment.slot,
        Attachment.state, Attachment.reason, Attachment.key, Attachment.sha256,
    )
    .where(
        Attachment.entry_id == bindparam("entry", type_=Uuid), one_of(Attachment.state, LISTED),
        Attachment.late == bindparam("late", type_=Boolean),
    )
    .order_by(Attachment.created_at, Attachment.id)
), FileLine)


def files_of(entry_id: UUID) -> list[FileLine]:
    """The files that the form lists, in the order in which they were added."""
    return _FILES.all(entry=entry_id, late=False)


def late_files_of(entry_id: UUID) -> list[FileLine]:
    """The files that were added after the deadline, because the organizers asked for them."""
    return _FILES.all(entry=entry_id, late=True)


def call_of(entry: EntryRow) -> Call:
    """The whole call, with its programme: what the form is laid out from."""
    return db.session.scalars(select(Call).options(joinedload(Call.programme)).where(Call.id == entry.call_id)).one()
