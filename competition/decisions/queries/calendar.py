"""Reads of the days on which a programme's calendar differs from the week."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from competition.decisions.models import CalendarDay
from competition.extensions import db


def calendar_days(programme_id: UUID) -> list[CalendarDay]:
    """The marked days of a programme's calendar, in order."""
    query = select(CalendarDay).where(CalendarDay.programme_id == programme_id).order_by(CalendarDay.day)
    return list(db.session.scalars(query))


def calendar(programme_id: UUID) -> dict[date, bool]:
    """Day → whether offices are open, for the days that differ from the week."""
    return {marked.day: marked.working for marked in calendar_days(programme_id)}
