"""What readers are told in each phase of a call, and the order of the phases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from competition.calls.stages import Identified, stage_names


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a call.

    Parameters
    ----------
    label
        The words on the pill of a call.
    happening, following
        One sentence each: what is happening to the call now, and what comes next. Where it depends on the stages of
        the call, :func:`sentences` says it.
    step
        The step of :data:`competition.calls.timeline.STEPS` that is happening; empty where there is none, or where
        the stages of the call say it.
    rank
        The place in public lists, lower first.
    calls_label
        The words beside a number of calls in this phase, where they are not ``label``.
    """

    label: Any
    happening: Any
    following: Any
    step: str = ""
    rank: int = 5
    calls_label: Any = None


# In the order of a call's life. Sections and dates of a call can be edited "until" a phase, in this order.
PHASES: dict[str, Phase] = {
    "draft": Phase(
        _l("Draft"), _l("This call is a draft."),
        _l("Only organizers see it. Publish it when nothing is missing."),
    ),
    "upcoming": Phase(
        _l("Opens soon"), _l("This call is published, but entries are not open yet."),
        _l("Read it now, bring your team together, and come back when it opens."), step="published", rank=1,
    ),
    "open": Phase(
        _l("Open for entries"), _l("Entries are open."),
        _l("Submit before the deadline. You can change your entry until then."), step="entries", rank=0,
    ),
    "closed": Phase(
        _l("Entries closed"), _l("The deadline has passed. No more entries are taken."),
        _l("The panel begins to judge next."), rank=2,
    ),
    "judging": Phase(
        _l("Being judged"), _l("The panel is judging the entries."),
        _l("When it has finished, the proposed selection is put on public notice."), rank=2,
    ),
    "notice": Phase(
        _l("Public notice"), _l("The proposed selection is on public notice."),
        _l("Objections can be raised until the notice ends; then pilots are agreed."), step="notice", rank=3,
    ),
    "piloting": Phase(
        _l("Pilots running"), _l("The selected teams are running their pilots on site."),
        _l("Each pilot is measured against the targets of this call, then accepted or not."), step="pilot", rank=4,
        calls_label=_l("Calls in pilot"),  # several pilots may run in one call, so this is no number of pilots
    ),
    "archived": Phase(
        _l("Completed"), _l("This call is completed."), _l("Its results and its pilots stay public."),
    ),
    "cancelled": Phase(
        _l("Cancelled"), _l("This call was cancelled."), _l("No entries are taken and none will be judged."),
    ),
}
PUBLIC_PHASES = tuple(key for key in PHASES if key != "draft")
ENTERABLE = ("open", "upcoming")  # a team can enter, or will be able to
ENTERED = ("closed", "judging", "notice", "piloting", "archived")  # no team can enter any more
RUNNING = ("open", *(key for key in ENTERED if key != "archived"))  # something is happening


def sentences(phase: str, stages: Sequence[Identified]) -> tuple[Any, Any]:
    """What is happening to a call in this phase and what comes next, true for the stages that it has."""
    words = PHASES[phase]
    if phase == "closed" and stages and stages[0].kind == "eligibility":
        return words.happening, _("Entries are checked for eligibility next; then the panel begins to judge.")
    if phase != "judging" or not stages:
        return words.happening, words.following
    names = stage_names(stages)
    place = next((place for place, stage in enumerate(stages) if stage.state == "open"), None)
    if place is None:
        return _between(names, [stage.state for stage in stages])
    happening = {
        "eligibility": _("Entries are checked for eligibility."), "desk_review": words.happening,
        "defence": _("Teams defend their entries before the panel."),
    }[stages[place].kind]
    if place == len(stages) - 1:
        return happening, words.following
    return happening, _("Then it is decided which entries go on to “%(stage)s”.", stage=names[place + 1])


def _between(names: Sequence[str], states: Sequence[str]) -> tuple[str, str]:
    """The sentences while no stage is open."""
    if "planned" not in states:
        return _("All entries are judged."), _("The proposed selection is put on public notice next.")
    following = states.index("planned")
    if following == 0:
        return _("Judging has not begun yet."), _("“%(stage)s” is next.", stage=names[0])
    return _("“%(stage)s” is over.", stage=names[following - 1]), _("“%(stage)s” is next.", stage=names[following])


def until(last: str) -> frozenset[str]:
    """The phases from the draft to ``last``, both included."""
    order = tuple(PHASES)
    return frozenset(order[: order.index(last) + 1])


def phase_label(phase: str) -> str:
    return str(PHASES[phase].label)


def counted(counts: Mapping[str, int], phases: Iterable[str] = tuple(PHASES)) -> list[tuple[str, str, int]]:
    """``(phase, words, number of calls)`` of the phases that occur, in the order of a call's life.

    Every page that shows numbers of calls uses this, so that the same words mean the same calls everywhere.
    """
    return [
        (key, str(PHASES[key].calls_label or PHASES[key].label), counts[key]) for key in phases if counts.get(key)
    ]
