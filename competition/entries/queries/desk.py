"""What the entry form shows of an entry, its team and its call, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, select
from sqlalchemy.orm import joinedload

from competition.calls.models import Call, Programme
from competition.entries.lifecycle import LISTED, in_time
from competition.entries.models import Attachment, Entry, Membership, Team
from competition.extensions import db
from competition.kernel.data.query import Query
from competition.kernel.web.access import Actor


@dataclass(frozen=True, slots=True)
class Desk:
    """An entry on the desk of a member of its team. ``draft`` is what was saved last; limits are in bytes."""

    id: UUID
    code: str
    state: str
    version: int
    saved_at: datetime
    draft: dict[str, Any]
    team: str
    role: str
    call_id: UUID
    call: str
    call_version: int
    call_state: str
    title: dict[str, str]
    opens_at: datetime | None
    deadline_at: datetime | None
    grace_seconds: int
    resubmit: bool
    entry_max_files: int
    entry_max_bytes: int
    file_max_bytes: int
    zone: str

    def receives(self, at: datetime) -> bool:
        """As :func:`competition.entries.lifecycle.receives`."""
        return in_time(self.call_state, self.opens_at, self.deadline_at, self.grace_seconds, at)

    def editable(self, at: datetime) -> bool:
        """As :func:`competition.entries.lifecycle.editable`."""
        return self.receives(at) and (self.resubmit or self.state == "draft")

    def may_withdraw(self, at: datetime) -> bool:
        """Whether this person is offered to take the entry back."""
        return self.state == "submitted" and self.role == "lead" and self.receives(at)


def _statement() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Entry.id, Entry.code, Entry.state, Entry.version, Entry.saved_at, Entry.draft, Team.name.label("team"),
            Membership.role, Call.id.label("call_id"), Call.code.label("call"), Call.version.label("call_version"),
            Call.state.label("call_state"), Call.title, Call.opens_at, Call.deadline_at, Call.grace_seconds,
            Call.resubmit, Call.entry_max_files, Call.entry_max_bytes, Call.file_max_bytes, Programme.zone,
        )
        .join(Membership, Membership.team_id == Entry.team_id)
        .join(Team, Team.id == Entry.team_id)
        .join(Call, Call.id == Entry.call_id)
        .join(Programme, Programme.id == Call.programme_id)
        .where(Membership.user_id == bindparam("user", type_=Uuid), Entry.code == bindparam("code"))
    )


_DESK = Query(_statement, Desk)


def my_desk(actor: Actor, entry_code: str) -> Desk | None:
    """The entry's form, for the members of its team."""
    return _DESK.first(user=actor.user_id, code=entry_code)


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
    .where(Attachment.entry_id == bindparam("entry", type_=Uuid), Attachment.state.in_(LISTED))
    .order_by(Attachment.created_at, Attachment.id)
), FileLine)


def files(entry_id: UUID) -> list[FileLine]:
    """The files that the form lists, in the order in which they were added."""
    return _FILES.all(entry=entry_id)


def call_of(desk: Desk) -> Call:
    """The whole call, with its programme: what the form is laid out from."""
    return db.session.scalars(select(Call).options(joinedload(Call.programme)).where(Call.id == desk.call_id)).one()
