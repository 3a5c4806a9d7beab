"""Calendar files (iCalendar, RFC 5545) of defences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from icalendar import Calendar, Event

from competition.calls.models import Call
from competition.judging.queries.defence import SlotView
from competition.kernel.text.i18n import text_in


@dataclass(frozen=True, slots=True)
class Appointment:
    """One event. ``uid`` stays the same when it moves; a higher ``sequence`` replaces what a calendar has."""

    uid: str
    title: str
    place: str
    description: str
    starts_at: datetime
    ends_at: datetime
    sequence: int


def calendar_text(appointments: Iterable[Appointment], *, now: datetime) -> str:
    """A calendar of the appointments, in UTC: every calendar program shows them in its own zone."""
    calendar = Calendar()
    calendar.add("prodid", "-//Opencall//Defences//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for one in appointments:
        event = Event()
        event.add("uid", one.uid)
        event.add("dtstamp", now)
        event.add("dtstart", one.starts_at)
        event.add("dtend", one.ends_at)
        event.add("sequence", one.sequence)
        event.add("summary", one.title)
        event.add("location", one.place)
        event.add("description", one.description)
        calendar.add_component(event)
    return calendar.to_ical().decode()

def appointments(call: Call, slots: Iterable[SlotView], sequence: int) -> list[Appointment]:
    """The slots as events of a calendar, named in the language that is set."""
    return [
        Appointment(
            uid=f"{slot.stage_id}.{slot.entry_id}@opencall", sequence=sequence, place=slot.place,
            title=_("Defence of entry %(entry)s", entry=slot.entry_code), starts_at=slot.starts_at,
            ends_at=slot.ends_at, description=f"{call.code} · {text_in(call.title)}",
        )
        for slot in slots
    ]
