"""Commands on rubrics and questions. A draft's rubric version is rewritten; later changes add a version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from flask_babel import gettext as _
from sqlalchemy import delete, select

from competition.calls import later_slices
from competition.calls.lifecycle import phase
from competition.calls.models import QUESTION_COLUMNS, Call, Criterion, Question, RubricVersion, Stage
from competition.calls.phases import until
from competition.calls.queries import current_rubric, deciding_stage
from competition.calls.service.change_log import Texts
from competition.calls.standard_rubric import CriterionDraft
from competition.calls.vocabulary import GENERAL_TIE_BREAKS
from competition.extensions import db
from competition.kernel.data.ids import new_id
from competition.kernel.errors import RuleBroken

MAX_CRITERIA = 20
MAX_QUESTIONS = 20
GENERAL = set(GENERAL_TIE_BREAKS)
# What a score means; these stay as they are once a judge may have scored.
STRUCTURE = ("key", "weight", "lo", "hi", "step", "gate", "floor_percent")


class Scored(Protocol):
    """A criterion: typed in a form, stored, or of the standard rubric."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> Texts: ...
    @property
    def guidance(self) -> Texts: ...
    @property
    def weight(self) -> int: ...
    @property
    def lo(self) -> int: ...
    @property
    def hi(self) -> int: ...
    @property
    def step(self) -> int: ...
    @property
    def gate(self) -> bool: ...
    @property
    def floor_percent(self) -> int | None: ...


def add_version(
    stage: Stage, number: int, name: Texts, criteria: Sequence[Scored], *, now: datetime,
) -> RubricVersion:
    """Store one version of a stage's rubric."""
    version = RubricVersion(id=new_id(), stage_id=stage.id, number=number, name=name, created_at=now)
    db.session.add(version)
    db.session.flush()
    _add_criteria(version, criteria)
    return version


def _add_criteria(version: RubricVersion, criteria: Sequence[Scored]) -> None:
    db.session.add_all(
        Criterion(
            id=new_id(), rubric_version_id=version.id, position=position, key=c.key, label=c.label, guidance=c.guidance,
            weight=c.weight, lo=c.lo, hi=c.hi, step=c.step, gate=c.gate, floor_percent=c.floor_percent,
        )
        for position, c in enumerate(criteria, 1)
    )
    db.session.flush()


def check_criteria(criteria: Sequence[Scored]) -> None:
    """Refuse a rubric that cannot be scored with.

    Raises
    ------
    RuleBroken
        Beside ``criteria``, or a criterion's own ``criteria-0-weight``, counted from 0.
    """
    if not criteria:
        raise RuleBroken(_("Add at least one criterion."), field="criteria")
    if len(criteria) > MAX_CRITERIA:
        raise RuleBroken(_("More than %(most)s criteria cannot be scored with care. Merge some.", most=MAX_CRITERIA),
                         field="criteria")
    keys: set[str] = set()
    for row, criterion in enumerate(criteria):
        column, reason = _fault(criterion, keys)
        if reason:
            raise RuleBroken(reason, field=f"criteria-{row}-{column}")
        keys.add(criterion.key)


def _fault(criterion: Scored, keys: set[str]) -> tuple[str, str]:
    """``(column, error)`` of a criterion, or two empty strings."""
    if not criterion.label:
        return "label", _("Give the criterion a name.")
    if criterion.key in keys:
        return "key", _("Another criterion has the same key.")
    if criterion.weight <= 0:
        return "weight", _("The weight must be more than nothing.")
    if criterion.lo >= criterion.hi:
        return "hi", _("The highest score must be above the lowest.")
    if criterion.step <= 0 or (criterion.hi - criterion.lo) % criterion.step:
        return "step", _("The steps must lead from the lowest score exactly to the highest.")
    return "", ""


def save_criteria(
    call: Call, columns: tuple[str, ...], values: dict[str, Any], now: datetime, stage: Stage | None = None,
) -> list[str]:
    """Apply a rubric to a stage, by default the one that decides; returns what changed.

    The order in which ties are settled belongs to the call and names criteria of the deciding stage.

    A draft's version is rewritten. Once the call is published a new version is made, so that every
    score keeps the rubric under which it was given; once an entry is in only wording may change.
    """
    criteria: list[CriterionDraft] = values["criteria"]
    check_criteria(criteria)
    deciding = deciding_stage(call.id)
    stage = stage or deciding
    keys = criteria if stage.id == deciding.id else current_rubric(deciding.id).criteria
    _check_tie_break(values["tie_break"], {criterion.key for criterion in keys}, call, now)
    changed = []
    if values["tie_break"] != call.tie_break:
        call.tie_break = values["tie_break"]
        changed.append("tie_break")
    stored = current_rubric(stage.id)
    if [_plain(c) for c in criteria] == [_plain(c) for c in stored.criteria]:
        return changed
    if call.state == "draft":
        db.session.execute(delete(Criterion).where(Criterion.rubric_version_id == stored.id))
        _add_criteria(db.session.get_one(RubricVersion, stored.id), criteria)
    else:
        if _entries_are_in(call, now) and not _same_structure(criteria, stored.criteria):
            raise RuleBroken(
                _("Entries are in: only the wording of a criterion can change now, not what a score means."),
                field="criteria",
            )
        add_version(stage, stored.number + 1, stored.name, criteria, now=now)
    return [*changed, "criteria"]


def _entries_are_in(call: Call, now: datetime) -> bool:
    """Whether a public call has an entry, or has closed for entries: what a score means stands still from then on."""
    return call.state != "draft" and (phase(call, now) not in until("open") or later_slices.has_entries(call.id))


def _check_tie_break(order: list[str], keys: set[str], call: Call, now: datetime) -> None:
    if _entries_are_in(call, now) and order != call.tie_break:
        raise RuleBroken(_("Entries are in: the order in which ties are settled cannot change now."),
                         field="tie_break")
    if len(set(order)) != len(order):
        raise RuleBroken(_("Each step of the tie-break order can appear once."), field="tie_break")
    unknown = [key for key in order if key not in keys | GENERAL]
    if unknown:
        raise RuleBroken(_("“%(key)s” is neither a criterion nor a general tie-break.", key=unknown[0]),
                         field="tie_break")


def _plain(criterion: Scored) -> tuple[Any, ...]:
    return (*(getattr(criterion, name) for name in STRUCTURE), criterion.label, criterion.guidance)


def _same_structure(mine: Sequence[Scored], theirs: Sequence[Scored]) -> bool:
    def shape(criteria: Sequence[Scored]) -> list[tuple[Any, ...]]:
        return [tuple(getattr(criterion, name) for name in STRUCTURE) for criterion in criteria]

    return shape(mine) == shape(theirs)


def save_questions(call: Call, columns: tuple[str, ...], values: dict[str, Any], now: datetime) -> list[str]:
    """Apply the call's own questions, in the order given; returns what changed."""
    rows: list[dict[str, Any]] = values["questions"]
    if len(rows) > MAX_QUESTIONS:
        raise RuleBroken(_("Ask at most %(most)s questions.", most=MAX_QUESTIONS), field="questions")
    for number, row in enumerate(rows):
        if not row["label"]:
            raise RuleBroken(_("Write the question."), field=f"questions-{number}-label")
        if row["kind"] == "choice" and len(row["choices"]) < 2:
            raise RuleBroken(_("Give at least two choices, one a line."), field=f"questions-{number}-choices")
    stored = db.session.scalars(select(Question).where(Question.call_id == call.id).order_by(Question.position))
    if [{name: getattr(question, name) for name in QUESTION_COLUMNS} for question in stored] == rows:
        return []
    db.session.execute(delete(Question).where(Question.call_id == call.id))
    db.session.add_all(
        Question(id=new_id(), call_id=call.id, position=position, **row) for position, row in enumerate(rows, 1)
    )
    db.session.flush()
    return ["questions"]
