"""Mails to judges with open work: reminders of those that the organizer ticked, and a new due date."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from competition.calls.models import Call, Stage
from competition.calls.queries import current_stage
from competition.extensions import db
from competition.judging.models import Seat
from competition.judging.queries.progress import reminders
from competition.kernel.data import audit
from competition.kernel.jobs import mail
from competition.kernel.web.access import Actor


def send(*, call: Call, numbers: set[int], actor: Actor, now: datetime) -> int:
    """Promise a mail to each ticked judge with open work; returns how many."""
    stage = current_stage(call.id)
    rows = reminders(call, stage.id, numbers)
    for row in rows:
        mail.send(
            "judging/remind", to=row.email, locale=row.locale, now=now, name=row.name, call=call, done=row.done,
            total=row.total, open=row.open, due_at=stage.due_at,
        )
    if rows:
        db.session.execute(update(Seat).where(Seat.id.in_([row.seat_id for row in rows])).values(reminded_at=now))
        audit.record(
            "judges.reminded", chain=call.id, subject=call.code, actor_id=actor.id, now=now,
            judges=[row.number for row in rows],
        )
    return len(rows)


def tell_due(call: Call, stage: Stage, now: datetime) -> None:
    """Promise a mail about the new due date of a stage to each judge with open work in it."""
    for row in reminders(call, stage.id):
        mail.send(
            "judging/extended", to=row.email, locale=row.locale, now=now, name=row.name, call=call, due_at=stage.due_at,
        )
