"""Remind judges of open work: only those who have some, and only those the organizer ticked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from competition.calls.models import Call
from competition.calls.queries import current_stage
from competition.extensions import db
from competition.judging.models import Seat
from competition.judging.queries.progress import reminders
from competition.kernel.data import audit
from competition.kernel.jobs import mail
from competition.kernel.web.access import Actor


def send(*, call: Call, numbers: set[int], actor: Actor, now: datetime) -> int:
    """Promise a mail to each ticked judge with open work; returns how many."""
    rows = reminders(call, numbers)
    due = current_stage(call.id).due_at
    for row in rows:
        mail.send(
            "judging/remind", to=row.email, locale=row.locale, now=now, name=row.name, call=call, done=row.done,
            total=row.total, open=row.open, due_at=due,
        )
    if rows:
        db.session.execute(update(Seat).where(Seat.id.in_([row.seat_id for row in rows])).values(reminded_at=now))
        audit.record(
            "judges.reminded", chain=call.id, subject=call.code, actor_id=actor.id, now=now,
            judges=[row.number for row in rows],
        )
    return len(rows)
