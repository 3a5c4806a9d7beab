"""What the judge's templates show, made from views: numbers as text, labels in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from flask import flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.calls import queries as calls
from competition.calls.models import Call
from competition.calls.queries import CriterionView, RubricView
from competition.calls.stages import stage_names
from competition.judging import scores
from competition.judging.labels import LANGUAGES, PROGRESS, progress_key
from competition.judging.queries.entry_facts import EntryFacts, facts_of
from competition.judging.queries.judge_queue import Line
from competition.judging.queries.tasks import SeatView, Task, rubric_view
from competition.kernel.errors import StaleVersion
from competition.kernel.text.i18n import lang, moment, text_in
from competition.kernel.text.languages import html_tag
from competition.kernel.text.points import points, points_text
from competition.kernel.web.places import SIGNATURES
from competition.kernel.web.urls import UrlPattern

TONES = {
    "draft": "info", "submitted": "good", "recused": "bad", "barred": "bad", "tied": "bad", "voided": "bad",
    "cleared": "info", "reopened": "warn", "ready": "warn",
}


def proposed(call: Call) -> ResponseReturnValue:
    """After a proposal: to the page where another organizer signs it."""
    flash(_("Proposed. Nothing is done before another organizer signs it."), "info")
    return redirect(SIGNATURES.url(programme_code=call.programme.code), 303)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A row of the judge's queue as it is shown; ``url`` is empty where there is nothing to open.

    ``title`` is only there once the judge has answered the conflict question: it is the entry's first sentence.
    ``stage`` names the stage and its due date, where the judge has entries of several. ``undo`` is the code of the
    task if its abstention can be taken back.
    """

    entry_code: str
    title: str
    language: str
    reading: str
    tone: str
    label: str
    total: str
    saved: str
    url: str
    verb: str
    note: str = ""
    stage: str = ""
    undo: str = ""


def queue_rows(lines: Iterable[Line], seat: SeatView) -> list[QueueRow]:
    """The rows of a page of the queue, in the reader's language and the programme's zone, the latest stage first."""
    score_url, labels = UrlPattern("judging_judge.score", "assignment_code"), _labels(lang())
    withdrawn, verb, verbs = _("Withdrawn by the team"), _("Score entry"), {
        "submitted": _("Read"), "draft": _("Continue"),
    }
    lines = sorted(lines, key=lambda line: -line.stage_position)  # stable: the order of the queue within a stage
    stages = _stages(seat) if len({line.stage_position for line in lines}) > 1 else {}
    facts = facts_of([line.revision_id for line in lines if line.revision_id and _readable(line, seat)])
    rows = []
    for line in lines:
        key = progress_key(line.state, line.progress, conflict=line.conflict_kind, voided=line.voided_at is not None)
        facts_of_line = facts.get(line.revision_id) if line.revision_id and _readable(line, seat) else None
        gone = line.entry_state != "submitted"
        submitted = line.progress == "submitted" or line.voided_at is not None
        opens = (line.progress != "out" or line.voided_at is not None) and (submitted if seat.closed else not gone)
        tone, label, note = _state(line, key, labels, seat.zone)
        title = facts_of_line.title if facts_of_line and line.state == "cleared" else ""
        rows.append(QueueRow(
            line.entry_code, title, html_tag(facts_of_line.language) if facts_of_line else "",
            reading(facts_of_line) if facts_of_line else "",
            "quiet" if gone else tone, withdrawn if gone else label,
            f"{line.total / 100:.2f}" if line.total is not None and key in ("draft", "submitted") else "–",
            moment(line.saved_at, seat.zone) if line.saved_at is not None else "",
            score_url(line.code) if opens else "",
            verbs["submitted"] if line.stage_over or line.voided_at is not None else verbs.get(key, verb), note,
            stages.get(line.stage_position, ""),
            line.code if line.state == "abstained" and not (line.stage_over or seat.closed or gone) else "",
        ))
    return rows


def _stages(seat: SeatView) -> dict[int, str]:
    """Position → name of each stage of a call, with its due date."""
    stages = calls.stages(seat.call_id)
    return {
        stage.position: name if stage.due_at is None else _(
            "%(stage)s, due %(when)s", stage=name, when=moment(stage.due_at, seat.zone))
        for stage, name in zip(stages, stage_names(stages), strict=True)
    }


def _readable(line: Line, seat: SeatView) -> bool:
    """Whether anything of the entry may be told in the row: not of one that the judge is out of."""
    return line.progress != "out" and line.entry_state == "submitted" and not seat.closed


def reading(facts: EntryFacts) -> str:
    """How much there is to read, and in which language: "English · 1,234 words · 2 files"."""
    return _reading(lang(), facts.language, facts.words, facts.files)


@lru_cache(maxsize=8192)
def _reading(_lang: str, language: str, words: int, files: int) -> str:
    """Cached by the reader's language: two or three translations for each row of each page of a queue."""
    parts = [str(LANGUAGES[language])] if language in LANGUAGES else []
    parts.append(ngettext("%(num)s word", "%(num)s words", words))
    if files:
        parts.append(ngettext("%(num)s file", "%(num)s files", files))
    return " · ".join(parts)


def _state(line: Line, key: str, labels: Mapping[str, str], zone: str) -> tuple[str, str, str]:
    """Tone, word and note of a task: what was done to it, by whom and when, as it is true."""
    tone = TONES.get(key, "quiet")
    if key == "voided" and line.voided_at is not None:
        when = moment(line.voided_at, zone)
        return tone, _("Voided by the organizers on %(when)s", when=when), line.void_reason or ""
    if key in ("barred", "tied") and line.conflict_at is not None:
        when = moment(line.conflict_at, zone)
        return tone, _("Barred by the organizers on %(when)s", when=when) if key == "barred" else _(
            "Barred on %(when)s: a tie was found", when=when), ""
    if key == "draft" and line.reopened_by_organizers:
        when = moment(line.reopened_at, zone) if line.reopened_at is not None else ""
        return TONES["reopened"], _("Reopened by the organizers on %(when)s", when=when), line.reopened_reason or ""
    if line.stage_state == "planned":
        return "quiet", _("Its stage is not open yet"), ""
    if line.stage_over and line.progress in ("waiting", "draft"):
        return "quiet", _("Closed without your scores"), ""
    shown = "ready" if line.ready else key
    return TONES.get(shown, "quiet"), labels[shown], ""


@cache
def _labels(_lang: str) -> Mapping[str, str]:
    return {key: str(text) for key, text in PROGRESS.items()}


@dataclass(frozen=True, slots=True)
class CriterionField:
    """One criterion with what was given, as the ``criterion`` macro takes it; numbers in points, exact."""

    key: str
    label: str
    guidance: str
    weight: int
    min: Decimal
    max: Decimal
    step: Decimal
    gate: bool
    value: Decimal | str
    comment: str
    anchors: tuple[Any, ...] = ()
    floor: str = ""  # of a gate: the points below which an entry is out
    gate_rule: str = ""


def shared_guidance(rubric: RubricView) -> str:
    """The guidance that several criteria repeat word for word: it stands once, above them all."""
    texts = [text_in(criterion.guidance) for criterion in rubric.criteria]
    return max(set(texts), key=texts.count) if len(texts) > 1 and len(set(texts)) < len(texts) else ""


def _floor(criterion: CriterionView, floor_percent: int) -> tuple[str, str]:
    """The points below which an entry is out, and that rule in words; both empty for a criterion that is no gate."""
    if not criterion.gate:
        return "", ""
    percent = floor_percent if criterion.floor_percent is None else criterion.floor_percent
    least = points_text(criterion.lo + round((criterion.hi - criterion.lo) * percent / 100))
    least = least.rstrip("0").rstrip(".") if "." in least else least
    return least, _("An entry whose mean here is below %(points)s points (%(percent)s%% of the scale) is out, whatever "
                    "its total.", points=least, percent=percent)


def criteria(
    rubric: RubricView, task: Task, raw: Mapping[str, str] | None, floor_percent: int
) -> list[CriterionField]:
    """The fields of a sheet: from the refused form if there is one, else from what is stored."""
    values, comments, shared = task.values(), task.comments or [], shared_guidance(rubric)
    fields = []
    for at, criterion in enumerate(rubric.criteria):
        stored = values[at] if at < len(values) else None
        value: Decimal | str = points(stored) if stored is not None else ""
        comment = comments[at] if at < len(comments) else ""
        if raw is not None:
            value = _typed(raw.get(f"score-{criterion.key}", ""))
            comment = raw.get(f"comment-{criterion.key}", "")
        guidance, (floor, gate_rule) = text_in(criterion.guidance), _floor(criterion, floor_percent)
        fields.append(CriterionField(
            criterion.key, text_in(criterion.label), "" if guidance == shared else guidance, criterion.weight,
            points(criterion.lo), points(criterion.hi), points(criterion.step), criterion.gate, value, comment,
            floor=floor, gate_rule=gate_rule,
        ))
    return fields


@dataclass(frozen=True, slots=True)
class RowField:
    """A criterion in a row of the table: the score as text, and the comment that the row carries along."""

    key: str
    label: str
    score: str
    comment: str


def row_fields(task: Task, rubric_id: UUID) -> list[RowField]:
    """The criteria of a task in a table, in the order of its rubric."""
    values, comments = task.values(), task.comments or []
    return [
        RowField(criterion.key, text_in(criterion.label), points_text(_item_at(values, at)),
                 _item_at(comments, at) or "")
        for at, criterion in enumerate(rubric_view(rubric_id).criteria)
    ]


def _typed(text: str) -> Decimal | str:
    try:
        value = scores.parse(text)
    except ValueError:
        return text
    return points(value) if value is not None else ""


def overall(task: Task, raw: Mapping[str, str] | None) -> str:
    return (task.overall or "") if raw is None else raw.get("overall", "")


def rubric_changes(task: Task) -> list[str]:
    """In words, how the newest rubric differs from the one that the sheet is under."""
    if not task.rubric_changed:
        return []
    before = {c.key: c for c in rubric_view(task.sheet_rubric_id).criteria}
    after = {c.key: c for c in rubric_view(task.current_rubric_id).criteria}
    lines = [_("New: %(name)s", name=text_in(c.label)) for key, c in after.items() if key not in before]
    lines += [_("No longer asked: %(name)s", name=text_in(c.label)) for key, c in before.items() if key not in after]
    for key, new in after.items():
        old = before.get(key)
        if old is None:
            continue
        if old.weight != new.weight:
            lines.append(_("%(name)s: weight %(old)s, now %(new)s", name=text_in(new.label), old=old.weight,
                           new=new.weight))
        if (old.lo, old.hi, old.step) != (new.lo, new.hi, new.step):
            lines.append(_("%(name)s: now %(lo)s to %(hi)s points in steps of %(step)s", name=text_in(new.label),
                           lo=points_text(new.lo), hi=points_text(new.hi), step=points_text(new.step)))
        if (old.label, old.guidance) != (new.label, new.guidance):
            lines.append(_("%(name)s: new wording", name=text_in(new.label)))
    return lines


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One field of a sheet that was saved in two windows: what is stored, and what this window wanted to store."""

    name: str
    label: str
    stored: str
    typed: str

    @property
    def differs(self) -> bool:
        return self.stored != self.typed

    @property
    def proposed(self) -> str:
        """Which of the two is chosen at first: what this window has, unless that would empty a stored field."""
        return "typed" if self.typed or not self.stored else "stored"


def conflict_rows(error: StaleVersion, rubric: RubricView) -> list[ConflictRow]:
    """Every field of the sheet, in the order of the form."""
    rows = []
    stored_scores, typed_scores = error.theirs.get("scores", []), error.mine["scores"]
    stored_comments, typed_comments = error.theirs.get("comments", []), error.mine["comments"]
    for at, criterion in enumerate(rubric.criteria):
        name = text_in(criterion.label)
        rows.append(ConflictRow(
            f"score-{criterion.key}", name, points_text(_item_at(stored_scores, at)), points_text(typed_scores[at]),
        ))
        rows.append(ConflictRow(
            f"comment-{criterion.key}", _("%(name)s: comment", name=name), _item_at(stored_comments, at) or "",
            typed_comments[at],
        ))
    rows.append(ConflictRow(
        "overall", _("Overall comment"), error.theirs.get("overall", ""), error.mine["overall"],
    ))
    return rows


def _item_at(values: list[Any], position: int) -> Any:
    return values[position] if position < len(values) else None


@dataclass(frozen=True, slots=True)
class SheetRow:
    label: str
    weight: int
    score: str
    most: str
    comment: str


def sheet_rows(sheet: Any, rubric: RubricView | None) -> list[SheetRow]:
    """A submitted sheet's lines for reading."""
    if rubric is None or sheet.scores is None:
        return []
    return [
        SheetRow(text_in(c.label), c.weight, points_text(value), points_text(c.hi), comment)
        for c, value, comment in zip(rubric.criteria, scores.unpack(sheet.scores), sheet.comments, strict=True)
    ]
