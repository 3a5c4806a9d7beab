"""Commands on a programme's calendar of holidays and make-up days."""

from __future__ import annotations

from datetime import date, datetime

from competition.calls.models import Programme
from competition.decisions.models import CalendarDay
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.errors import Missing
from competition.kernel.web.access import Actor


def set_day(*, programme: Programme, day: date, working: bool, label: str, actor: Actor, now: datetime) -> None:
    """Mark a day as holiday or as make-up working day; a day that is marked already changes."""
    marked = db.session.get(CalendarDay, (programme.id, day))
    if marked is None:
        marked = CalendarDay(programme_id=programme.id, day=day, working=working, label=label)
        db.session.add(marked)
    marked.working, marked.label = working, label
    audit.record("calendar.day_set", chain=programme.id, subject=programme.code, actor_id=actor.id, now=now,
                 day=day, working=working, label=label)


def remove_day(*, programme: Programme, day: date, actor: Actor, now: datetime) -> None:
    """Let a day follow the week again. Raises :class:`Missing` when it was not marked."""
    marked = db.session.get(CalendarDay, (programme.id, day))
    if marked is None:
        raise Missing("")
    db.session.delete(marked)
    audit.record("calendar.day_removed", chain=programme.id, subject=programme.code, actor_id=actor.id, now=now,
                 day=day)
