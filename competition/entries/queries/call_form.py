"""What a call asks of its entries, and the controls of its entry form in the reader's language.

Both follow from the call alone, so they are cached for a few seconds: before a deadline every member of every team
reads the same ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

from cachetools import TTLCache
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.calls.models import Call, Criterion, RubricVersion, Stage
from competition.calls.models import Question as QuestionRow
from competition.entries import countries, fields
from competition.entries.answers import Kpi, Question, Terms
from competition.extensions import db
from competition.kernel.text.i18n import lang, locale, money, text_in
from competition.kernel.text.languages import SOURCE

T = TypeVar("T")
CACHE_SECONDS = 10.0
CACHE_SIZE = 256
_cache: TTLCache[tuple[Any, ...], Any] = TTLCache(CACHE_SIZE, CACHE_SECONDS)
_cache_lock = Lock()


def cached(key: tuple[Any, ...], make: Callable[[], T]) -> T:
    """The value made for this key within the last ten seconds, else a new one."""
    with _cache_lock:
        value: T | None = _cache.get(key)
    if value is None:
        value = make()
        with _cache_lock:
            _cache[key] = value
    return value


def terms_of(call: Call) -> Terms:
    """What the call asks, as checks read it; the call comes with its programme."""
    return cached(("terms", call.id, call.version), lambda: _terms(call))


def terms_by_id(call_id: UUID, version: int) -> Terms:
    """The same for a call that is not loaded."""
    def read() -> Terms:
        call = select(Call).options(joinedload(Call.programme)).where(Call.id == call_id)
        return _terms(db.session.scalars(call).one())

    return cached(("terms", call_id, version), read)


def _terms(call: Call) -> Terms:
    return Terms(
        currency=call.programme.currency, award_cap_minor=call.award_cap_minor, min_trl=call.min_trl,
        partners_max=call.partners_max, pilot_days=call.pilot_days,
        kpis=tuple(_kpi(kpi) for kpi in call.kpis), questions=questions_of(call.id),
    )


def questions_of(call_id: UUID) -> tuple[Question, ...]:
    rows = db.session.scalars(
        select(QuestionRow).where(QuestionRow.call_id == call_id).order_by(QuestionRow.position, QuestionRow.key)
    )
    return tuple(
        Question(row.key, row.label, row.help, row.kind,
                 tuple((choice["key"], choice["label"]) for choice in row.choices or ()), row.required, row.max_length)
        for row in rows
    )


def _kpi(stored: dict[str, Any]) -> Kpi:
    def text_of(value: Any) -> str:
        return text_in(value) if isinstance(value, dict) else "" if value is None else str(value)

    name = stored["name"] if isinstance(stored["name"], dict) else {SOURCE.code: str(stored["name"])}
    return Kpi(stored["key"], name, text_of(stored.get("unit")), text_of(stored.get("baseline")),
               text_of(stored.get("target")), text_of(stored.get("method")))


@dataclass(frozen=True, slots=True)
class Control:
    """One control of the form. ``kind``: text, line, choice, checks, rows, money, kpi."""

    name: str
    kind: str
    label: str
    hint: str = ""
    limit: int = 0
    rows: int = 5
    optional: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    columns: tuple[Control, ...] = ()
    most: int = 0
    short: str = ""
    add: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    title: str
    hint: str
    controls: tuple[Control, ...]


def form_of(call: Call, terms: Terms) -> tuple[Group, ...]:
    """The form's groups in order, worded in the reader's language."""
    return cached(("form", call.id, call.version, lang()), lambda: _form(terms))


def _form(terms: Terms) -> tuple[Group, ...]:
    groups = []
    for section in fields.SECTIONS:
        controls = tuple(control for part in section.parts for control in _controls(part, terms))
        if controls:
            groups.append(Group(section.key, str(section.title), "", controls))
    return tuple(groups)


def _controls(part: str, terms: Terms) -> list[Control]:
    if part in fields.TEXTS:
        text = fields.TEXTS[part]
        return [Control(part, "text", str(text.label), str(text.hint), text.limit, text.rows, not text.required)]
    if part == "kpis":
        return [control for kpi in terms.kpis for control in _kpi_controls(kpi)]
    if part == "custom":
        return [_question(question) for question in terms.questions]
    if part == "maturity.trl":
        hint = _("This call asks for level %(least)s or higher.", least=terms.min_trl) if terms.min_trl else ""
        choices = tuple((str(level), str(label)) for level, label in fields.TRL.items())
        return [Control(part, "choice", str(fields.LABELS[part]), hint, choices=choices)]
    if part == "support_wanted":
        choices = tuple((key, str(label)) for key, label in fields.SUPPORT.items())
        return [Control(part, "checks", str(fields.LABELS[part]), choices=choices, optional=True)]
    if part in fields.ROWS:
        return _row_controls(part, terms)
    cap = terms.award_cap_minor if part == "quote" else None
    hint = "" if cap is None else _("At most %(cap)s, the most that this call awards to one entry.",
                                    cap=money(cap, terms.currency))
    return [Control(part, "money", str(fields.LABELS[part]), hint, short=terms.currency, optional=part == "own_funds")]


def _kpi_controls(kpi: Kpi) -> list[Control]:
    name = text_in(kpi.name)
    path = f"{kpi.baseline} → {kpi.target} {kpi.unit}".strip()
    return [
        Control(f"kpi.{kpi.key}.target", "line", _("%(kpi)s: your target", kpi=name), path,
                fields.KPI_TARGET, short=kpi.unit),
        Control(f"kpi.{kpi.key}.how", "text", _("%(kpi)s: how you reach it", kpi=name), kpi.method,
                fields.KPI_HOW, rows=3),
    ]


def _question(question: Question) -> Control:
    kinds = {"text": "line", "long_text": "text", "number": "line", "choice": "choice", "yes_no": "choice"}
    choices = tuple((key, text_in(label)) for key, label in question.choices)
    if question.kind == "yes_no":
        choices = tuple((key, str(label)) for key, label in fields.YES_NO.items())
    limit = question.max_length if question.kind in ("text", "long_text") else 0
    return Control(f"custom.{question.key}", kinds[question.kind], text_in(question.label), text_in(question.help),
                   limit, optional=not question.required, choices=choices)


def _row_controls(part: str, terms: Terms) -> list[Control]:
    most = fields.MILESTONES_MAX if part == "milestones" else terms.partners_max
    if not most:
        return []
    columns = tuple(
        Control(column.name, column.kind, str(column.label), limit=column.limit,
                choices=countries.choices(locale()) if column.kind == "country" else ())
        for column in fields.ROWS[part]
    )
    if part == "milestones":
        add = _("Add milestone")
        hint = _("What is reached by when, and which share of the payment it releases. Shares add up to 100.")
    else:
        add, hint = _("Add partner"), _("Organizations that work with you. Judges don’t see their names.")
    return [Control(part, "rows", str(fields.LABELS[part]), hint, columns=columns, most=most, add=add,
                    optional=part == "partners")]


@dataclass(frozen=True, slots=True)
class Weight:
    """A criterion as the requirements panel shows it."""

    label: str
    guidance: str
    weight: int
    gate: bool


def criteria_of(call: Call) -> tuple[Weight, ...]:
    """What judges will score by, from the newest rubric of the deciding stage, in one query."""
    newest = (
        select(RubricVersion.id).join(Stage, Stage.id == RubricVersion.stage_id).where(Stage.call_id == call.id)
        .order_by(Stage.position.desc(), RubricVersion.number.desc()).limit(1).scalar_subquery()
    )
    rows = db.session.scalars(
        select(Criterion).where(Criterion.rubric_version_id == newest).order_by(Criterion.position)
    )
    return tuple(Weight(text_in(row.label), text_in(row.guidance), row.weight, row.gate) for row in rows)
