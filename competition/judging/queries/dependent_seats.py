"""Seats of judges who are not independent in the call: their tasks don't open and their scores don't count."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from competition.calls import independence
from competition.calls.models import Call
from competition.extensions import db
from competition.judging.models import Seat


def dependent_seats(call_id: UUID) -> list[UUID]:
    """The accepted seats of people with a role in the programme or a team in the call.

    No command lets that come about; it is found all the same, whatever brought it into the database.
    """
    query = select(Seat.id).join(Call, Call.id == Seat.call_id).where(
        Seat.call_id == call_id, Seat.state == "accepted",
        independence.tied(independence.SEAT, Seat.user_id, Call.programme_id, Call.id),
    )
    return list(db.session.scalars(query.order_by(Seat.number)))
