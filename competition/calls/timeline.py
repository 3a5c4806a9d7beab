"""The life of a call as every page shows it: one row of steps, the one that is happening, its next date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from flask_babel import gettext as _
from markupsafe import Markup

from competition.calls.lifecycle import Dated, phase
from competition.kernel.text.i18n import day

ORDER = ("published", "entries", "eligibility", "desk_review", "defence", "notice", "pilot", "accepted")
# Which step is happening in which phase; a cancelled call stands nowhere.
HERE = {
    "upcoming": "published", "open": "entries", "closed": "eligibility", "judging": "desk_review",
    "notice": "notice", "piloting": "pilot",
}


class Lived(Dated, Protocol):
    """What the stepper needs to know of a call."""

    published_at: datetime | None
    shortlist_at: datetime | None
    defence_at: datetime | None
    notice_at: datetime | None
    pilot_at: datetime | None
    pilot_days: int | None


def labels() -> dict[str, str]:
    return {
        "published": _("Published"), "entries": _("Entries"), "eligibility": _("Eligibility"),
        "desk_review": _("Desk review"), "defence": _("Defence"), "notice": _("Public notice"),
        "pilot": _("Pilot"), "accepted": _("Accepted"),
    }


def explained() -> list[tuple[str, str, str]]:
    """What happens when, for somebody who has never seen a call: ``(key, label, sentence)``."""
    words = labels()
    said = {
        "published": _("An owner describes a problem, with data, a site, a budget and targets."),
        "entries": _("Teams from anywhere answer with a plan, until a deadline set by one clock."),
        "eligibility": _("The organizer checks who may take part, by the rules of the call."),
        "desk_review": _("Judges without a conflict of interest score every entry, without seeing names."),
        "defence": _("The best entries show on site what works."),
        "notice": _("The proposed selection is public; anybody may object under their own name."),
        "pilot": _("Selected teams try their plan in real places, paid by milestone."),
        "accepted": _("Each pilot is measured against the targets that the call began with."),
    }
    return [(key, words[key], said[key]) for key in ORDER]


def steps(call: Lived, zone: str, now: datetime) -> list[dict[str, Any]]:
    """Steps for the ``stepper`` macro: ``{key, label, state: done|here|next, date}``.

    The defence is shown only for calls that have one. ``date`` is when the step ends or happens.
    """
    words = labels()
    dates = {
        "published": call.published_at, "entries": call.deadline_at, "desk_review": call.shortlist_at,
        "defence": call.defence_at, "notice": call.notice_at, "pilot": call.pilot_at, "accepted": _end(call),
    }
    keys = [key for key in ORDER if key != "defence" or call.defence_at is not None]
    current = _here(call, now)
    place = keys.index(current) if current in keys else -1
    if phase(call, now) == "archived":
        place = len(keys)
    shown = []
    for position, key in enumerate(keys):
        state = "here" if position == place else "done" if position < place else "next"
        at = dates.get(key)
        shown.append({"key": key, "label": words[key], "state": state, "date": day(at, zone) if at else Markup("")})
    return shown


def _here(call: Lived, now: datetime) -> str:
    current = HERE.get(phase(call, now), "")
    if current == "desk_review" and call.defence_at is not None and call.shortlist_at is not None:
        return "defence" if now > call.shortlist_at else current
    return current


def _end(call: Lived) -> datetime | None:
    if call.pilot_at is None or call.pilot_days is None:
        return None
    return call.pilot_at + timedelta(days=call.pilot_days)
