"""Reads of a panel for its organizer, and of a judge's own open invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from competition.accounts.models import Invitation, User
from competition.calls.models import Call, Organizer
from competition.calls.queries import current_stage
from competition.calls.roles import MANAGERS
from competition.calls.stages import panel_min, quorum
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, Seat
from competition.judging.queries.dependent_seats import dependent_seats
from competition.kernel.web.access import Actor


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat as the organizer's panel page lists it."""

    id: UUID
    number: int
    name: str
    email: str
    organisation: str
    languages: list[str]
    expertise: list[str]
    capacity: int
    state: str
    answered_at: datetime | None
    removed_reason: str
    assigned: int
    done: int
    conflicts: int
    expires_at: datetime | None
    dependent: bool


@dataclass(frozen=True, slots=True)
class PanelView:
    """A panel and what its rules say of it; warnings are keys of the page."""

    seats: tuple[SeatRow, ...]
    accepted: int
    invited: int
    capacity: int
    warnings: tuple[str, ...]


def panel(call: Call) -> PanelView:
    """Every seat of a call with its work, in four queries."""
    seats = db.session.execute(
        select(Seat, Invitation.expires_at).outerjoin(Invitation, Invitation.id == Seat.invitation_id)
        .where(Seat.call_id == call.id).order_by(Seat.number)
    ).all()
    work: dict[tuple[UUID, str], int] = {
        (row.seat_id, row.progress): row.n for row in db.session.execute(
            select(Assignment.seat_id, Assignment.progress, func.count().label("n"))
            .join(Seat, Seat.id == Assignment.seat_id).where(Seat.call_id == call.id, Assignment.progress != "out")
            .group_by(Assignment.seat_id, Assignment.progress)
        )
    }
    barred: dict[UUID, int] = {
        row.seat_id: row.n for row in db.session.execute(
            select(Conflict.seat_id, func.count().label("n")).join(Seat, Seat.id == Conflict.seat_id)
            .where(Seat.call_id == call.id).group_by(Conflict.seat_id)
        )
    }
    dependent = set(dependent_seats(call.id))
    rows = tuple(
        SeatRow(
            seat.id, seat.number, seat.name, seat.email, seat.organisation, seat.languages, seat.expertise,
            seat.capacity, seat.state, seat.answered_at, seat.removed_reason,
            sum(work.get((seat.id, key), 0) for key in ("waiting", "draft", "submitted")),
            work.get((seat.id, "submitted"), 0), barred.get(seat.id, 0),
            expires_at if seat.state == "invited" else None, seat.id in dependent,
        )
        for seat, expires_at in seats
    )
    accepted = [row for row in rows if row.state == "accepted"]
    invited = sum(row.state == "invited" for row in rows)
    return PanelView(
        rows, len(accepted), invited, sum(row.capacity for row in accepted), _warnings(call, len(accepted)),
    )


def _warnings(call: Call, accepted: int) -> tuple[str, ...]:
    warnings, stage = [], current_stage(call.id)
    if accepted < panel_min(stage, call):
        warnings.append("small")
    if accepted and accepted % 2 == 0:
        warnings.append("even")
    if accepted < quorum(stage, call):
        warnings.append("quorum")
    return tuple(warnings)


def address_of(call_code: str, number: int) -> str:
    """Where the mail of a seat goes; nothing where there is no such seat."""
    return db.session.scalar(
        select(Seat.email).join(Call, Call.id == Seat.call_id).where(Call.code == call_code, Seat.number == number)
    ) or ""


def seat_of(call_id: UUID, number: int) -> Seat | None:
    return db.session.scalar(select(Seat).where(Seat.call_id == call_id, Seat.number == number))


def own_invited_seat(actor: Actor, call_code: str) -> Seat | None:
    """The open offer of a seat on this call's panel to the person who is signed in."""
    return db.session.scalar(
        select(Seat).join(Call, Call.id == Seat.call_id)
        .where(Call.code == call_code, Seat.email == actor.email, Seat.state == "invited")
    )


@dataclass(frozen=True, slots=True)
class OfferView:
    call_code: str
    call_title: dict[str, str]
    number: int
    due_at: datetime | None


def open_offers(email: str, now: datetime) -> list[OfferView]:
    """Seats that were offered to an address and not yet answered."""
    query = (
        select(Call.code, Call.title, Seat.number, Invitation.expires_at)
        .join(Seat, Seat.call_id == Call.id).join(Invitation, Invitation.id == Seat.invitation_id)
        .where(Seat.email == email, Seat.state == "invited", Invitation.state == "open", Invitation.expires_at > now)
        .order_by(Call.code)
    )
    return [OfferView(*row) for row in db.session.execute(query)]


def organizers_of(programme_id: UUID) -> list[tuple[str, str]]:
    """``(email, locale)`` of those who run a programme, its leads and organizers."""
    query = (
        select(User.email, User.locale).join(Organizer, Organizer.user_id == User.id)
        .where(Organizer.programme_id == programme_id, Organizer.role.in_(sorted(MANAGERS))).order_by(User.email)
    )
    return [(row.email, row.locale) for row in db.session.execute(query)]
