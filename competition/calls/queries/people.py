"""Reads of who has which role in a programme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, or_, select

from competition.accounts.models import Invitation, SecondFactor, User
from competition.calls import independence
from competition.calls.models import Organizer, Programme
from competition.calls.queries import organizer_programme
from competition.calls.roles import ROLES
from competition.extensions import db
from competition.kernel.data.models import AuditEvent
from competition.kernel.web.access import Actor

CHANGES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """A person with a role; ``tied`` when another part of theirs excludes it."""

    id: UUID
    name: str
    email: str
    role: str
    since: datetime
    is_operator: bool
    locked: bool
    second_factor: bool
    tied: bool


@dataclass(frozen=True, slots=True)
class RoleOffer:
    """An open invitation to a role."""

    id: UUID
    email: str
    role: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RoleChange:
    """An event of the programme's log about a role; ``who`` did it, None for the command line."""

    at: datetime
    action: str
    data: dict[str, Any]
    who: str | None
    whom: str | None


def operated_programme(actor: Actor, programme_code: str) -> Programme | None:
    """A programme for whoever has a role in it, and for operators, who see to it that there is somebody to lead it."""
    if not actor.is_operator:
        return organizer_programme(actor, programme_code)
    return db.session.scalar(select(Programme).where(Programme.code == programme_code))


def leads_of(programme_id: UUID) -> list[tuple[str, str]]:
    """``(email, locale)`` of a programme's leads."""
    query = (
        select(User.email, User.locale).join(Organizer, Organizer.user_id == User.id)
        .where(Organizer.programme_id == programme_id, Organizer.role == "lead").order_by(User.email)
    )
    return [(row.email, row.locale) for row in db.session.execute(query)]


def leads_beside(user_id: UUID) -> list[tuple[str, str]]:
    """``(email, locale)`` of the leads of all programmes in which this person has a role."""
    own = select(Organizer.programme_id).where(Organizer.user_id == user_id)
    query = (
        select(User.email, User.locale).distinct().join(Organizer, Organizer.user_id == User.id)
        .where(Organizer.programme_id.in_(own), Organizer.role == "lead", User.id != user_id).order_by(User.email)
    )
    return [(row.email, row.locale) for row in db.session.execute(query)]


def role_holders(programme_id: UUID) -> list[RoleHolder]:
    """Everybody with a role in a programme, leads first."""
    place = case({role: at for at, role in enumerate(ROLES)}, value=Organizer.role)
    query = (
        select(
            User.id, User.name, User.email, Organizer.role, Organizer.since, User.is_operator,
            User.locked_at.is_not(None), SecondFactor.confirmed_at.is_not(None),
            independence.tied(independence.ROLE, User.id, Organizer.programme_id),
        )
        .join(Organizer, Organizer.user_id == User.id)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .where(Organizer.programme_id == programme_id).order_by(place, User.name, User.id)
    )
    return [RoleHolder(*row) for row in db.session.execute(query)]


def role_offers(programme_id: UUID, now: datetime) -> list[RoleOffer]:
    query = select(Invitation).where(
        Invitation.kind == "organizer", Invitation.scope_id == programme_id, Invitation.state == "open",
        Invitation.expires_at > now,
    )
    return [RoleOffer(row.id, row.email, row.data["role"], row.expires_at)
            for row in db.session.scalars(query.order_by(Invitation.created_at))]


def role_changes(programme_id: UUID) -> list[RoleChange]:
    """The newest changes of roles."""
    query = (
        select(AuditEvent.at, AuditEvent.action, AuditEvent.data, AuditEvent.subject, User.name)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(AuditEvent.chain == str(programme_id), AuditEvent.action.like("role.%"))
        .order_by(AuditEvent.seq.desc()).limit(CHANGES_SHOWN)
    )
    rows = list(db.session.execute(query))
    people = {str(row.id): row.name for row in db.session.execute(
        select(User.id, User.name).where(User.id.in_([UUID(row.subject) for row in rows]))
    )}
    return [RoleChange(row.at, row.action, row.data, row.name, people.get(row.subject)) for row in rows]


def operators_and(words: str) -> list[User]:
    """Operators, and the people whose name or address contains ``words``, at most fifty; locked accounts, too."""
    fits: list[ColumnElement[bool]] = [User.is_operator.is_(True), User.locked_at.is_not(None)]
    if words:
        fits += [User.email.contains(words.casefold(), autoescape=True), User.name.icontains(words, autoescape=True)]
    query = select(User).where(or_(*fits)).order_by(User.is_operator.desc(), User.name, User.id)
    return list(db.session.scalars(query.limit(50)))


def every_programme() -> list[Programme]:
    """All programmes, the newest first."""
    return list(db.session.scalars(select(Programme).order_by(Programme.created_at.desc(), Programme.id)))
