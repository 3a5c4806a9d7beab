"""One command saves a section of a call: into a draft quietly, into a public call with a public line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from competition.calls.lifecycle import OVER, phase
from competition.calls.models import Call
from competition.calls.phases import until
from competition.calls.service.change_log import check_change, log_change
from competition.calls.service.edit_checks import check_version, locked
from competition.calls.service.refusals import REFUSALS
from competition.calls.service.rubric import save_criteria, save_questions
from competition.calls.vocabulary import DATES, MOVABLE_UNTIL
from competition.kernel.data import audit
from competition.kernel.data.constraints import refused_as
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Actor

SECTION_COLUMNS: dict[str, tuple[str, ...]] = {
    "texts": ("title", "summary", "owner", "organiser", "details"),
    "facts": ("theme", "contact", "min_trl", "slots", "budget_minor", "award_cap_minor"),
    "dates": (*DATES, "pilot_days"),
    "rules": (
        "grace_seconds", "open_calls_per_team", "partners_max", "resubmit", "blind", "judge_names_public", "panel_min",
        "reviews_per_entry", "quorum", "method", "trim_from", "pass_mark", "floor_percent", "notice_working_days",
        "file_max_bytes", "entry_max_bytes", "entry_max_files",
    ),
    "kpis": ("kpis",),
    "criteria": ("tie_break",),
    "questions": (),
}
# Until which phase a section can still change; what teams rely on stands still once entries are in.
EDITABLE_UNTIL = {
    "texts": "piloting", "facts": "open", "dates": "piloting", "rules": "open", "kpis": "open", "criteria": "judging",
    "questions": "open",
}


def frozen(call: Call, section: str, now: datetime) -> str:
    """Why a section cannot change any more; empty when it can."""
    current = phase(call, now)
    if current in until(EDITABLE_UNTIL[section]):
        return ""
    if current in OVER:
        return str(_("This call is over. It stays as it was."))
    return str(_("Entries are in. What teams relied on when they entered does not change any more."))


def save(
    *, call: Call, section: str, values: dict[str, Any], version: int, change: Mapping[str, str | None],
    actor: Actor, now: datetime,
) -> list[str]:
    """Save one section; returns what changed.

    Parameters
    ----------
    values
        For plain sections a value per column of :data:`SECTION_COLUMNS`; for ``criteria``
        ``{criteria: [CriterionDraft], tie_break}``; for ``questions`` ``{questions: [row]}``.
    version
        The version that the form was made from.
    change
        The public line per language; needed as soon as a published call changes.

    Raises
    ------
    IllegalMove
        When the section is frozen in this phase.
    StaleVersion
        When somebody saved in between.
    RuleBroken
        Beside the field that a rule refuses.
    """
    locked(call)
    reason = frozen(call, section, now)
    if reason:
        raise IllegalMove(reason)
    check_version(call, version, mine=values, theirs=stored_values(call, section))
    with refused_as(REFUSALS):
        changed = _APPLY.get(section, _plain)(call, section, values, now)
    if not changed:
        return []
    call.version += 1
    if call.state == "draft":
        audit.record("call.edited", chain=call.id, subject=call.id, actor_id=actor.id, now=now, section=section,
                     fields=changed)
        return changed
    summary = check_change(call.programme.languages, change)
    log_change(call, summary, changed, actor_id=actor.id, now=now)
    audit.record("call.amended", chain=call.id, subject=call.id, actor_id=actor.id, now=now, section=section,
                 fields=changed, change=summary, deadline=call.deadline_at)
    return changed


def stored_values(call: Call, section: str) -> dict[str, Any]:
    """What is stored of a section, in the shape of ``save``'s ``values``."""
    return {name: getattr(call, name) for name in SECTION_COLUMNS[section]}


def _plain(call: Call, section: str, values: dict[str, Any], now: datetime) -> list[str]:
    if section == "rules" and values["trim_from"] < 3:
        raise RuleBroken(REFUSALS["ck_call_trim_from"][1], field="trim_from")
    changed = [name for name in SECTION_COLUMNS[section] if values[name] != getattr(call, name)]
    for name in changed:
        setattr(call, name, values[name])
    return changed


def _dates(call: Call, section: str, values: dict[str, Any], now: datetime) -> list[str]:
    changed = [name for name in SECTION_COLUMNS[section] if values[name] != getattr(call, name)]
    if call.state != "draft":
        _check_moves(call, values, changed, now)
    _check_order(values)
    for name in changed:
        setattr(call, name, values[name])
    return changed


def _check_moves(call: Call, values: dict[str, Any], changed: list[str], now: datetime) -> None:
    current = phase(call, now)
    for name in changed:
        if current not in until(MOVABLE_UNTIL[name]):
            raise RuleBroken(_("This date has passed or teams rely on it. It cannot change any more."), field=name)
    if "opens_at" in changed and (values["opens_at"] is None or values["opens_at"] < now):
        raise RuleBroken(_("Choose a time that is still to come."), field="opens_at")
    if "deadline_at" not in changed or call.deadline_at is None:
        return
    if values["deadline_at"] is None or values["deadline_at"] < call.deadline_at:
        raise RuleBroken(_("A published deadline can only be extended: teams plan by it."), field="deadline_at")
    if values["deadline_at"] <= now:
        raise RuleBroken(_("Choose a deadline that is still to come."), field="deadline_at")


def _check_order(values: dict[str, Any]) -> None:
    """Dates follow the life of a call; two of them may be the same instant, but opening and deadline may not."""
    if values["opens_at"] and values["deadline_at"] and values["opens_at"] >= values["deadline_at"]:
        raise RuleBroken(REFUSALS["ck_call_dates"][1], field="deadline_at")
    for name in ("visit_at", "questions_close_at"):
        if values[name] and values["deadline_at"] and values[name] > values["deadline_at"]:
            raise RuleBroken(_("This must not be after the deadline for entries."), field=name)
    last, last_name = values["deadline_at"], "deadline_at"
    for name in ("shortlist_at", "defence_at", "notice_at", "pilot_at"):
        at = values[name]
        if at is not None and last is not None and at < last:
            raise RuleBroken(_("This must not be before “%(earlier)s”.", earlier=DATES[last_name]), field=name)
        if at is not None:
            last, last_name = at, name


def _criteria(call: Call, section: str, values: dict[str, Any], now: datetime) -> list[str]:
    return save_criteria(call, values, now)


def _questions(call: Call, section: str, values: dict[str, Any], now: datetime) -> list[str]:
    return save_questions(call, values)


_APPLY: dict[str, Callable[[Call, str, dict[str, Any], datetime], list[str]]] = {
    "dates": _dates, "criteria": _criteria, "questions": _questions,
}
