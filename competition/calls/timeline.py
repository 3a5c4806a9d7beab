"""The life of a call as every page shows it: one row of steps, the one that is happening, its next date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from competition.calls.lifecycle import Dated, phase
from competition.calls.phases import ENTERED, PHASES
from competition.calls.stages import KINDS, Identified, stage_names
from competition.kernel.text.i18n import day


class Scheduled(Dated, Protocol):
    """The dates of a call that the steps show."""

    published_at: datetime | None
    notice_at: datetime | None
    pilot_at: datetime | None
    pilot_days: int | None


def pilot_ends_at(call: Scheduled) -> datetime | None:
    """The end of the pilots of a call, planned from their start and their length."""
    if call.pilot_at is None or call.pilot_days is None:
        return None
    return call.pilot_at + timedelta(days=call.pilot_days)


class Reviewed(Identified, Protocol):
    """A stage with the dates that its step shows."""

    due_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``sentence`` explains it to somebody who has never seen a call; ``date`` is when it ends or happens.

    The step of a stage has no date here: it is the date of the stage.
    """

    label: Any
    sentence: Any
    date: Callable[[Scheduled], datetime | None] = lambda _call: None


# In the order of a call's life. Which step is happening in which phase: PHASES, and the state of the stages.
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
        _l("Eligibility"), _l("Where a call asks for it, the organizer first checks who may take part, by its rules."),
    ),
    "desk_review": Step(
        _l("Desk review"), _l("Judges without a conflict of interest score every entry, without seeing names."),
    ),
    "defence": Step(
        _l("Defence"), _l("In some calls the best entries then show the panel what works."),
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


def steps(call: Scheduled, stages: Sequence[Reviewed], zone: str, now: datetime) -> list[dict[str, Any]]:
    """Steps for the ``stepper`` macro: ``{key, label, state: done|here|next, date}``.

    Between "entries" and "notice" stand the stages that the call has, each in its own state.
    """
    current = phase(call, now)
    first, last = [key for key in STEPS if key not in KINDS][:2], [key for key in STEPS if key not in KINDS][2:]
    here = PHASES[current].step
    entered = current in ENTERED
    decided = here in last or current == "archived"
    shown = [_step(call, key, zone, "here" if key == here else "done" if entered or (key, here) == _FIRST else "next")
             for key in first]
    for stage, name in zip(stages, stage_names(stages), strict=True):
        places = {"open": "here", "discussing": "here", "closed": "done"}
        state = "done" if decided else places.get(stage.state, "next")
        shown.append({"key": stage.kind, "label": name, "state": state,
                      "date": _day(stage.closed_at or stage.due_at, zone)})
    place = last.index(here) if here in last else len(last) if current == "archived" else -1
    return [*shown, *(
        _step(call, key, zone, "here" if position == place else "done" if position < place else "next")
        for position, key in enumerate(last)
    )]


_FIRST = ("published", "entries")  # a call that takes entries is published


def _step(call: Scheduled, key: str, zone: str, state: str) -> dict[str, Any]:
    return {"key": key, "label": str(STEPS[key].label), "state": state, "date": _day(STEPS[key].date(call), zone)}


def _day(at: datetime | None, zone: str) -> Markup:
    return day(at, zone) if at else Markup("")
