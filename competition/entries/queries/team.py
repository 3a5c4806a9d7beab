"""Reads for a team's own pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from competition.accounts import invitations
from competition.accounts.models import User
from competition.calls.lifecycle import RESULT_PUBLIC, phase
from competition.calls.models import Call, Programme
from competition.entries.call_window import CallWindow
from competition.entries.models import Attachment, Entry, Membership, Revision, Team
from competition.extensions import db


@dataclass(frozen=True, slots=True)
class MyTeam:
    id: UUID
    code: str
    name: str
    role: str
    members: int


@dataclass(frozen=True, slots=True)
class MyEntry:
    """One line of "my entries". ``changed`` tells that the draft differs from what was received."""

    code: str
    state: str
    team_id: UUID
    call_code: str
    call_title: dict[str, str]
    zone: str
    deadline_at: datetime | None
    phase: str
    open: bool
    resubmit: bool
    saved_at: datetime
    revision: int | None
    received_at: datetime | None
    id: UUID

    @property
    def result_public(self) -> bool:
        return self.phase in RESULT_PUBLIC

    @property
    def changed(self) -> bool:
        return self.state == "submitted" and self.received_at is not None and self.saved_at > self.received_at


def my_teams(user_id: UUID) -> list[MyTeam]:
    """The teams of a person with the number of their members, by name."""
    mine, everyone = Membership.__table__.alias("mine"), Membership.__table__.alias("everyone")
    query = (
        select(Team.id, Team.code, Team.name, mine.c.role, func.count(everyone.c.user_id))
        .join(mine, mine.c.team_id == Team.id).join(everyone, everyone.c.team_id == Team.id)
        .where(mine.c.user_id == user_id).group_by(Team.id, Team.code, Team.name, mine.c.role)
        .order_by(Team.name, Team.id)
    )
    return [MyTeam(*row) for row in db.session.execute(query)]


def my_entries(user_id: UUID, now: datetime) -> list[MyEntry]:
    """Every entry of a person's teams; those that can still be changed first, the nearest deadline on top."""
    query = (
        select(Entry.code, Entry.state, Entry.team_id, Entry.saved_at, Call, Programme.zone, Revision.number,
               Revision.received_at, Entry.id)
        .join(Membership, Membership.team_id == Entry.team_id).join(Call, Call.id == Entry.call_id)
        .join(Programme, Programme.id == Call.programme_id)
        .outerjoin(Revision, Revision.id == Entry.revision_id)
        .where(Membership.user_id == user_id)
    )
    rows = [
        MyEntry(row.code, row.state, row.team_id, row.Call.code, row.Call.title, row.zone, row.Call.deadline_at,
                phase(row.Call, now), CallWindow.of(row.Call).receives(now), row.Call.resubmit, row.saved_at,
                row.number, row.received_at, row.id)
        for row in db.session.execute(query)
    ]

    def order(row: MyEntry) -> tuple[bool, float, str]:
        at = row.deadline_at.timestamp() if row.deadline_at else 0.0
        return (not row.open, at if row.open else -at, row.code)

    return sorted(rows, key=order)


@dataclass(frozen=True, slots=True)
class Member:
    id: UUID
    name: str
    email: str
    role: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    id: UUID
    email: str
    expires_at: datetime


def members(team_id: UUID) -> list[Member]:
    """The lead first, then by name."""
    query = (
        select(User.id, User.name, User.email, Membership.role, Membership.joined_at)
        .join(Membership, Membership.user_id == User.id).where(Membership.team_id == team_id)
        .order_by(Membership.role, User.name, User.id)
    )
    return [Member(*row) for row in db.session.execute(query)]


def invited(team_id: UUID, now: datetime) -> list[Invited]:
    """Invitations that can still be accepted."""
    return [
        Invited(row.id, row.email, row.expires_at) for row in invitations.of_scope("team", team_id)
        if row.state == "open" and row.expires_at > now
    ]


def role_of(user_id: UUID, team_id: UUID) -> str | None:
    return db.session.scalar(
        select(Membership.role).where(Membership.user_id == user_id, Membership.team_id == team_id)
    )


def name_of(user_id: UUID | None) -> str:
    return (db.session.scalar(select(User.name).where(User.id == user_id)) or "") if user_id else ""


def entry_code_of(team_id: UUID, call_id: UUID) -> str | None:
    return db.session.scalar(select(Entry.code).where(Entry.team_id == team_id, Entry.call_id == call_id))


def team_by_code(user_id: UUID, code: str) -> Team | None:
    query = select(Team).join(Membership, Membership.team_id == Team.id)
    return db.session.scalar(query.where(Membership.user_id == user_id, Team.code == code))


def revisions(entry_id: UUID) -> list[Revision]:
    """Every received revision, the newest first."""
    query = select(Revision).where(Revision.entry_id == entry_id).order_by(Revision.number.desc())
    return list(db.session.scalars(query))


def revision(entry_id: UUID, number: int) -> Revision | None:
    return db.session.scalar(select(Revision).where(Revision.entry_id == entry_id, Revision.number == number))


def file_states(records: list[dict[str, Any]]) -> dict[str, tuple[str, str, str]]:
    """For the files of a revision: ``{attachment id: (code, state, reason)}`` as they are now."""
    ids = [UUID(item["attachment"]) for item in records]
    if not ids:
        return {}
    query = select(Attachment.id, Attachment.code, Attachment.state, Attachment.reason, Attachment.key)
    return {
        str(row.id): (row.code, "ready" if row.key else row.state, row.reason)
        for row in db.session.execute(query.where(Attachment.id.in_(ids)))
    }
