"""Commands on a programme's calendar of holidays and make-up days."""

from __future__ import annotations

from datetime import date, datetime

from competition.calls.models import Programme
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.errors import Missing
from competition.kernel.web.access import Actor
from competition.results.models import CalendarDay


def set_day(*, programme: Programme, day: date, working: bool, label: str, actor: Actor, now: datetime) -> None:
    """Mark a day as holiday or as make-up working day; a day that is marked already changes."""
    row = db.session.get(CalendarDay, (programme.id, day))
    if row is None:
        row = CalendarDay(programme_id=programme.id, day=day, working=working, label=label)
        db.session.add(row)
    row.working, row.label = working, label
    audit.record("calendar.day_set", chain=programme.id, subject=programme.code, actor_id=actor.id, now=now,
                 day=day, working=working, label=label)


def remove_day(*, programme: Programme, day: date, actor: Actor, now: datetime) -> None:
    """Let a day follow the week again. Raises :class:`Missing` when it was not marked."""
    row = db.session.get(CalendarDay, (programme.id, day))
    if row is None:
        raise Missing("")
    db.session.delete(row)
    audit.record("calendar.day_removed", chain=programme.id, subject=programme.code, actor_id=actor.id, now=now,
                 day=day)
