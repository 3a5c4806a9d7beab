"""Commands on the stages of a call: their order, rules and dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from competition.calls import later_slices, queries
from competition.calls.lifecycle import phase
from competition.calls.models import Call, RubricVersion, Stage
from competition.calls.phases import until
from competition.calls.service.rubric import add_version
from competition.calls.stages import DATES, KINDS, STRUCTURE, StageDraft, is_scored, misplaced_dates
from competition.extensions import db
from competition.kernel.data.ids import new_id
from competition.kernel.errors import RuleBroken

MAX_STAGES = 8
Rows = Sequence[tuple[int, StageDraft]]  # (row of the form, counted from 0; stage), in the order of the stages


def add_stage(call: Call, *, position: int, **columns: Any) -> Stage:
    """Store a planned stage of a call."""
    stage = Stage(id=new_id(), call_id=call.id, position=position, **columns)
    db.session.add(stage)
    db.session.flush()
    return stage


def structure_frozen(call: Call, now: datetime) -> bool:
    """Whether only the dates of stages can still change: entries are in, or their deadline is over."""
    return phase(call, now) not in until("open") or (call.state != "draft" and later_slices.has_entries(call.id))


def save_stages(call: Call, columns: tuple[str, ...], values: dict[str, Any], now: datetime) -> list[str]:
    """Apply the stages of a call; returns what changed.

    Stages are put into the order of their kinds. A new scored stage begins with the rubric of the stage that
    decided until now.

    Raises
    ------
    RuleBroken
        Beside ``stages-0-due_at`` and so on, rows counted from 0.
    """
    rows = sorted(enumerate(values["stages"]), key=lambda row: list(KINDS).index(row[1].kind))
    stored = queries.stages(call.id)
    if [_plain(draft) for _row, draft in rows] == [_plain(stage) for stage in stored]:
        return []
    _check(rows)
    by_id = {stage.id: stage for stage in stored}
    if structure_frozen(call, now):
        _check_structure(rows, stored)
    if call.state != "draft":
        _check_dates(call, rows, {**by_id}, now)
    moved = [
        by_id[draft.id] for _row, draft in rows
        if draft.id in by_id and by_id[draft.id].due_at not in {None, draft.due_at}
    ]
    _store(call, rows, stored, now)
    if call.state != "draft":
        for stage in moved:
            later_slices.due_moved(call, stage, now)
    return ["stages"]


def _plain(stage: Any) -> tuple[Any, ...]:
    return (stage.id, *(getattr(stage, name) for name in (*STRUCTURE, *DATES)))


def _check(rows: Rows) -> None:
    kinds = [draft.kind for _row, draft in rows]
    if len(rows) > MAX_STAGES:
        raise RuleBroken(_("Plan at most %(most)s stages.", most=MAX_STAGES), field="stages")
    if "desk_review" not in kinds:
        raise RuleBroken(_("A call needs at least one desk review."), field="stages")
    for place, (row, draft) in enumerate(rows):
        column, reason = _fault(kinds, place, draft)
        if not reason and draft.carry != "nothing" and rows[place - 1][1].carry == "sum":
            column, reason = "carry", _("The stage before adds scores already: its score is on 0 to 200.")
        if reason:
            raise RuleBroken(reason, field=f"stages-{row}-{column}")


def _fault(kinds: list[str], place: int, draft: StageDraft) -> tuple[str, str]:
    """``(column, error)`` of a stage among those of its call, or two empty strings."""
    if draft.kind != "desk_review" and kinds[:place].count(draft.kind):
        return "kind", _("A call has this stage once at most.")
    if not is_scored(draft):
        for column in ("quorum", "reviews", "panel_min"):
            if getattr(draft, column) is not None:
                return column, _("Nothing is scored at an eligibility check. Leave this empty.")
    if draft.carry != "nothing" and (not is_scored(draft) or "desk_review" not in kinds[:place]):
        return "carry", _("No score comes before this stage that could count in it.")
    if draft.carry == "weighted" and draft.carry_percent is None:
        return "carry_percent", _("Say how much the stage before counts, from 1 to 99 percent.")
    if draft.advance != "decision" and (not is_scored(draft) or place == len(kinds) - 1):
        return "advance", _("Only a scored stage before another one has such a rule.")
    if draft.advance == "top" and draft.advance_top is None:
        return "advance_top", _("Say how many entries go on.")
    if draft.advance == "mark" and draft.advance_mark is None:
        return "advance_mark", _("Say from how many points on, of 100.")
    return "", ""


def _check_structure(rows: Rows, stored: Sequence[Stage]) -> None:
    reason = _("Entries are in: only the dates of stages can change now, and only to later ones.")
    by_id = {stage.id: stage for stage in stored}
    if {draft.id for _row, draft in rows} != set(by_id) or len(rows) != len(stored):
        raise RuleBroken(reason, field="stages")
    for row, draft in rows:
        assert draft.id is not None
        for name in STRUCTURE:
            if getattr(draft, name) != getattr(by_id[draft.id], name):
                raise RuleBroken(reason, field=f"stages-{row}-{name}")


def _check_dates(call: Call, rows: Rows, stored: dict[Any, Stage], now: datetime) -> None:
    """Refuse dates of a public call that are missing, out of order, earlier than published, or in the past."""
    for row, draft in rows:
        for column in DATES:
            reason = _date_fault(column, getattr(draft, column), stored.get(draft.id), now)
            if reason:
                raise RuleBroken(reason, field=f"stages-{row}-{column}")
    for place, column, reason in misplaced_dates([draft for _row, draft in rows], call.deadline_at, call.notice_at):
        raise RuleBroken(reason, field=f"stages-{rows[place][0]}-{column}")


def _date_fault(column: str, at: datetime | None, stored: Stage | None, now: datetime) -> str:
    before = getattr(stored, column, None)
    if column == "due_at" and at is None:
        return _("Say when this stage is due: judges and teams plan by it.")
    if at == before:
        return ""
    if stored is not None and (stored.state == "closed" or (stored.state == "open" and column == "opens_at")):
        return _("This date has passed or teams rely on it. It cannot change any more.")
    if before is not None and (at is None or at < before):
        return _("A published date of a stage can only move to a later one: judges and teams plan by it.")
    return _("Choose a time that is still to come.") if at is not None and at <= now else ""


def _store(call: Call, rows: Rows, stored: Sequence[Stage], now: datetime) -> None:
    """Write the stages in their new order; positions are unique, so they are first moved out of each other's way."""
    by_id = {stage.id: stage for stage in stored}
    rubric = queries.current_rubric(queries.deciding_stage(call.id).id)
    gone = set(by_id) - {draft.id for _row, draft in rows}
    for earlier in stored:
        earlier.position = -earlier.position
    db.session.flush()
    for position, (_row, draft) in enumerate(rows, 1):
        columns = {name: getattr(draft, name) for name in (*STRUCTURE, *DATES)}
        existing = by_id.get(draft.id) if draft.id else None
        stage = existing or add_stage(call, position=position, **columns)
        for name, value in {"position": position, **columns}.items():
            setattr(stage, name, value)
        if is_scored(stage) and not _has_rubric(stage):
            add_version(stage, 1, rubric.name, rubric.criteria, now=now)
    db.session.flush()
    if gone:
        db.session.execute(delete(Stage).where(Stage.id.in_(gone)))


def _has_rubric(stage: Stage) -> bool:
    return db.session.scalar(select(RubricVersion.id).where(RubricVersion.stage_id == stage.id).limit(1)) is not None
