"""The command that saves a section of a call; a change of a public call adds a line to its change log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

from flask_babel import gettext as _

from competition.calls import later_slices
from competition.calls.lifecycle import OVER, SCORED_STAGES, phase
from competition.calls.models import Call
from competition.calls.phases import until
from competition.calls.queries import current_rubric, stages
from competition.calls.service.change_log import check_change, log_change
from competition.calls.service.edit_checks import check_version, locked
from competition.calls.service.refusals import REFUSALS
from competition.calls.stages import misplaced_dates
from competition.calls.vocabulary import DATES
from competition.kernel.data import audit
from competition.kernel.data.canonical import plain
from competition.kernel.data.constraints import refused_as
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Actor

RULES = frozenset({"facts", "rules", "kpis", "checklist", "questions"})  # stand still from the first entry


class SavedSection(Protocol):
    """What saving needs to know of a section; see :class:`competition.calls.sections.Section`."""

    @property
    def key(self) -> str: ...
    @property
    def editable_until(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def tables(self) -> tuple[str, ...]: ...
    @property
    def apply(self) -> Callable[[Call, tuple[str, ...], dict[str, Any], datetime], list[str]]: ...


def frozen_reason(call: Call, section: SavedSection, now: datetime) -> str:
    """Why a section cannot change any more; empty when it can."""
    current = phase(call, now)
    if current in until(section.editable_until):
        if section.key in RULES and call.state != "draft" and later_slices.has_entries(call.id):
            return str(_("An entry is in. What teams rely on when they enter does not change any more."))
        return ""
    if current in OVER:
        return str(_("This call is over. It stays as it was."))
    return str(_("Entries are in. What teams relied on when they entered does not change any more."))


def save_section(
    *, call: Call, section: SavedSection, values: dict[str, Any], version: int, change: Mapping[str, str | None],
    actor: Actor, now: datetime,
) -> list[str]:
    """Save one section; a change of a public call adds a line to its change log.

    Parameters
    ----------
    values
        A value for each of the section's columns, and the rows of each of its tables: for ``criteria``
        ``[CriterionDraft]``, for ``questions`` one dictionary of columns per question.
    version
        The version that the form was made from.
    change
        The public line per language; needed as soon as a published call changes.

    Returns
    -------
    list of str
        The columns and tables that changed.

    Raises
    ------
    IllegalMove
        When the section is frozen in this phase.
    StaleVersion
        When somebody saved in between.
    RuleBroken
        Beside the field that a rule refuses.
    ValueError
        When ``values`` has not exactly the columns and tables of the section: nothing that was typed is left out.
    """
    mismatch = set(values) ^ {*section.columns, *section.tables}
    if mismatch:
        raise ValueError(f"the form of {section.key!r} and its columns differ in {sorted(mismatch)}")
    locked(call)
    reason = frozen_reason(call, section, now)
    if reason:
        raise IllegalMove(reason)
    check_version(call, version, mine=values, theirs={name: getattr(call, name) for name in section.columns})
    before = _values(call, section)
    with refused_as(REFUSALS):
        changed = section.apply(call, section.columns, values, now)
    if not changed:
        return []
    call.version += 1
    changes = _changes(before, _values(call, section))
    if call.state == "draft":
        audit.record("call.edited", chain=call.id, subject=call.id, actor_id=actor.id, now=now, section=section.key,
                     fields=changed, changes=changes)
        return changed
    summary = check_change(call.programme.languages, change)
    log_change(call, summary, changed, actor_id=actor.id, now=now)
    audit.record("call.amended", chain=call.id, subject=call.id, actor_id=actor.id, now=now, section=section.key,
                 fields=changed, changes=changes, change=summary, deadline=call.deadline_at)
    return changed


def _values(call: Call, section: SavedSection) -> dict[str, Any]:
    """What a section holds, as the log keeps it: its columns, and the criteria where it edits them."""
    content: dict[str, Any] = {name: plain(getattr(call, name)) for name in section.columns}
    if "criteria" in section.tables:
        content["criteria"] = {
            f"stage {stage.position}": [
                plain(asdict(criterion)) for criterion in current_rubric(stage.id).criteria
            ]
            for stage in stages(call.id) if stage.kind in SCORED_STAGES
        }
    return content


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """``{name: [old, new]}`` of what differs."""
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}


def set_columns(call: Call, columns: tuple[str, ...], values: dict[str, Any], now: datetime) -> list[str]:
    """Store a value per column; returns the columns that changed."""
    changed = [name for name in columns if values[name] != getattr(call, name)]
    for name in changed:
        setattr(call, name, values[name])
    return changed


def set_dates(call: Call, columns: tuple[str, ...], values: dict[str, Any], now: datetime) -> list[str]:
    """Store the dates of a call, if their order is that of its life and none of them moves too late.

    Raises
    ------
    RuleBroken
        Beside the date that is wrong.
    """
    if call.state != "draft":
        _check_moves(call, values, [name for name in columns if values[name] != getattr(call, name)], now)
        _check_stages(call, values)
    _check_order(values)
    return set_columns(call, columns, values, now)


def _check_stages(call: Call, values: dict[str, Any]) -> None:
    """Refuse a deadline after a stage begins and a notice before one ends; a draft is checked when it is published."""
    for name, reason in (
        ("deadline_at", _("A stage is planned before that. Move the dates of the stages first.")),
        ("notice_at", _("A stage is due after that. Move the dates of the stages first.")),
    ):
        dates = {"deadline_at": None, "notice_at": None, name: values[name]}
        if values[name] != getattr(call, name) and any(misplaced_dates(stages(call.id), **dates)):
            raise RuleBroken(reason, field=name)


def _check_moves(call: Call, values: dict[str, Any], changed: list[str], now: datetime) -> None:
    current = phase(call, now)
    for name in changed:
        if current not in until(Call.__table__.c[name].info["movable_until"]):
            raise RuleBroken(_("This date has passed or teams rely on it. It cannot change any more."), field=name)
    if "opens_at" in changed and (values["opens_at"] is None or values["opens_at"] < now):
        raise RuleBroken(_("Choose a time that is still to come."), field="opens_at")
    if "deadline_at" not in changed or call.deadline_at is None:
        return
    if call.entries_opened_at is not None:
        raise RuleBroken(_("The entries have been opened: the deadline cannot move any more."), field="deadline_at")
    if values["deadline_at"] is None or values["deadline_at"] < call.deadline_at:
        raise RuleBroken(_("A published deadline can only be extended: teams plan by it."), field="deadline_at")
    if values["deadline_at"] <= now:
        raise RuleBroken(_("Choose a deadline that is still to come."), field="deadline_at")


def _check_order(values: dict[str, Any]) -> None:
    """Refuse dates out of order. Two of them may be the same instant, but not opening and deadline."""
    if values["opens_at"] and values["deadline_at"] and values["opens_at"] >= values["deadline_at"]:
        raise RuleBroken(REFUSALS["ck_call_dates"][1], field="deadline_at")
    for name in ("visit_at", "questions_close_at"):
        if values[name] and values["deadline_at"] and values[name] > values["deadline_at"]:
            raise RuleBroken(_("This must not be after the deadline for entries."), field=name)
    last, last_name = values["deadline_at"], "deadline_at"
    for name in ("notice_at", "pilot_at"):
        at = values[name]
        if at is not None and last is not None and at < last:
            raise RuleBroken(_("This must not be before “%(earlier)s”.", earlier=DATES[last_name]), field=name)
        if at is not None:
            last, last_name = at, name
