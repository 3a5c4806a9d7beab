"""The life of a call as every page shows it: one row of steps, the one that is happening, its next date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from competition.calls.lifecycle import Dated, phase
from competition.calls.phases import PHASES
from competition.kernel.text.i18n import day


class Scheduled(Dated, Protocol):
    """The dates of a call that the steps show."""

    published_at: datetime | None
    shortlist_at: datetime | None
    defence_at: datetime | None
    notice_at: datetime | None
    pilot_at: datetime | None
    pilot_days: int | None


def pilot_ends_at(call: Scheduled) -> datetime | None:
    """The end of the pilots of a call, planned from their start and their length."""
    if call.pilot_at is None or call.pilot_days is None:
        return None
    return call.pilot_at + timedelta(days=call.pilot_days)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``sentence`` explains it to somebody who has never seen a call; ``date`` is when it ends or happens."""

    label: Any
    sentence: Any
    date: Callable[[Scheduled], datetime | None]


# In the order of a call's life. Which step is happening in which phase: PHASES.
STEPS: dict[str, Step] = {
    "published": Step(
        _l("Published"), _l("An owner describes a problem, with data, a site, a budget and targets."),
        lambda call: call.published_at,
    ),
    "entries": Step(
        _l("Entries"), _l("Teams from anywhere answer with a plan, until a deadline set by one clock."),
        lambda call: call.deadline_at,
    ),
    "eligibility": Step(
        _l("Eligibility"), _l("The organizer checks who may take part, by the rules of the call."), lambda _call: None,
    ),
    "desk_review": Step(
        _l("Desk review"), _l("Judges without a conflict of interest score every entry, without seeing names."),
        lambda call: call.shortlist_at,
    ),
    "defence": Step(
        _l("Defence"), _l("The best entries show on site what works."), lambda call: call.defence_at,
    ),
    "notice": Step(
        _l("Public notice"), _l("The proposed selection is public; anybody may object under their own name."),
        lambda call: call.notice_at,
    ),
    "pilot": Step(
        _l("Pilot"), _l("Selected teams try their plan in real places, paid by milestone."), lambda call: call.pilot_at,
    ),
    "accepted": Step(
        _l("Accepted"), _l("Each pilot is measured against the targets that the call began with."), pilot_ends_at,
    ),
}


def explained() -> list[tuple[str, str, str]]:
    """Every step as ``(key, label, sentence)``."""
    return [(key, str(step.label), str(step.sentence)) for key, step in STEPS.items()]


def steps(call: Scheduled, zone: str, now: datetime) -> list[dict[str, Any]]:
    """Steps for the ``stepper`` macro: ``{key, label, state: done|here|next, date}``.

    The defence is shown only for calls that have one.
    """
    keys = [key for key in STEPS if key != "defence" or call.defence_at is not None]
    current = _current_step(call, now)
    place = keys.index(current) if current in keys else -1
    if phase(call, now) == "archived":
        place = len(keys)
    shown = []
    for position, key in enumerate(keys):
        state = "here" if position == place else "done" if position < place else "next"
        at = STEPS[key].date(call)
        date = day(at, zone) if at else Markup("")
        shown.append({"key": key, "label": str(STEPS[key].label), "state": state, "date": date})
    return shown


def _current_step(call: Scheduled, now: datetime) -> str:
    current = PHASES[phase(call, now)].step
    if current == "desk_review" and call.defence_at is not None and call.shortlist_at is not None:
        return "defence" if now > call.shortlist_at else current
    return current
