"""Flags of judges, for the judge who raised them and for the organizers of the call; a judge's own notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, Flag, PrivateNote, Seat

SHOWN = 200  # flags of one call on its page


@dataclass(frozen=True, slots=True)
class FlagView:
    """One flag with the judge and the entry that it is about."""

    code: str
    kind: str
    text: str
    raised_at: datetime
    answer: str
    answered_at: datetime | None
    seat_number: int
    entry_code: str
    assignment_code: str


_QUERY = (
    select(
        Flag.code, Flag.kind, Flag.text, Flag.raised_at, Flag.answer, Flag.answered_at, Seat.number,
        Entry.code.label("entry_code"), Assignment.code.label("assignment_code"),
    )
    .join(Assignment, Assignment.id == Flag.assignment_id).join(Seat, Seat.id == Assignment.seat_id)
    .join(Entry, Entry.id == Assignment.entry_id)
)


def of_call(call_id: UUID) -> list[FlagView]:
    """The flags of a call: those that wait for an answer first, then the newest."""
    query = _QUERY.where(Seat.call_id == call_id)
    ordered = query.order_by(Flag.answered_at.is_not(None), Flag.raised_at.desc(), Flag.id).limit(SHOWN)
    return [FlagView(*row) for row in db.session.execute(ordered)]


def of_task(assignment_id: UUID) -> list[FlagView]:
    """The flags that a judge raised about an entry, newest first."""
    query = _QUERY.where(Flag.assignment_id == assignment_id).order_by(Flag.raised_at.desc(), Flag.id)
    return [FlagView(*row) for row in db.session.execute(query)]


def note_of(assignment_id: UUID) -> str:
    """The judge's own note; empty when there is none."""
    text = db.session.scalar(select(PrivateNote.text).where(PrivateNote.assignment_id == assignment_id))
    return text or ""
