"""One form per section of a call's editor: how the section is shown, checked, and turned into stored values.

Fields have the names of the columns that they fill; what else a form has (the line for the change log, the choice
between two readings of a repeated time) is not stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from competition.calls import vocabulary
from competition.calls.forms.fields import LOCAL_TIME, MegabytesField, PointsField, Row, Rows, keys_of, slug
from competition.calls.models import Call
from competition.calls.queries import organizer
from competition.calls.standard_rubric import CriterionDraft
from competition.calls.wall_clock import RepeatedTime, keep_seconds, occurrences, to_instant
from competition.kernel.errors import DomainError, RuleBroken
from competition.kernel.text.i18n import text_in
from competition.kernel.text.languages import LANGUAGES, SOURCE
from competition.kernel.text.money import MoneyField
from competition.kernel.web.forms import REQUIRED, Length, VersionedForm, WholeNumberField, options, plannable
from competition.kernel.web.language_fields import language_fields, typed_texts

MAX_ROWS = 20


class SectionForm(VersionedForm):
    """A section of the editor; on a public call it carries the line for the change log."""

    has_rows = False  # whether the section is a list of rows
    language = SOURCE.code  # the first that the page offers; errors about texts in all languages stand beside its field
    locals().update(language_fields("change", _l("What changed"), 300))

    def prepare(self, call: Call) -> None:
        """Take from the call what the form offers and how it reads what is typed; called before validation."""
        self.call = call
        self.language = next((code for code in LANGUAGES if code in call.programme.languages), self.language)

    def values(self) -> dict[str, Any]:
        """A value for each column (and table) of the section; call it once the form is valid."""
        beside = {"version", "csrf_token", *(f"change_{code}" for code in LANGUAGES)}
        return {field.short_name: field.data for field in self if field.short_name not in beside}

    @property
    def change(self) -> dict[str, str]:
        return typed_texts(self, "change")


class RowsForm(SectionForm):
    """A section that is a list of rows; rows in which nothing is written are left out.

    ``rows`` names the list; ``row_texts`` and ``row_values`` name the fields that make a row count as written.
    """

    has_rows = True
    rows: str
    row_texts: tuple[str, ...] = ()
    row_values: tuple[str, ...] = ()

    def filled(self) -> list[Any]:
        """The rows in which something is written."""
        return [
            row for row in self[self.rows]
            if any(row.form.texts(name) for name in self.row_texts)
            or any(row.form[name].data for name in self.row_values)
        ]

    def refuse(self, error: DomainError) -> None:
        """Put a refusal beside its field. Commands count filled rows only, and name a text without its language."""
        _list, _dash, place = (error.field or "").partition("-")
        number, _dash, column = place.partition("-")
        if not column:
            return super().refuse(error)
        row = self.filled()[int(number)]
        self.say(f"{row.name}-{column if column in row.form else f'{column}_{self.language}'}", error.message)
        return None


class TextsForm(SectionForm):
    for _spec in (*vocabulary.HEADLINES, *vocabulary.DETAILS):
        locals().update(language_fields(_spec.key, _spec.label, _spec.most, long=_spec.rows > 1))
    del _spec

    def values(self) -> dict[str, Any]:
        details = {spec.key: typed_texts(self, spec.key) for spec in vocabulary.DETAILS}
        lines = {
            spec.key: {code: " ".join(text.split()) for code, text in typed_texts(self, spec.key).items()}
            for spec in vocabulary.HEADLINES
        }
        return lines | {"details": {key: texts for key, texts in details.items() if texts}}


class FactsForm(SectionForm):
    theme = SelectField(_l("Theme"), validate_choice=True)
    contact = StringField(_l("Whom teams can ask"), validators=[Length(320)], description=_l("An e-mail address."))
    slots = WholeNumberField(_l("Pilots wanted"), validators=[NumberRange(0, 1000)])
    budget_minor = MoneyField(_l("Budget of this call"))
    award_cap_minor = MoneyField(_l("At most per pilot"))
    min_trl = SelectField(
        _l("Minimum maturity"), coerce=lambda level: int(level) if level else None,
        choices=options([("", "–"), *((str(n), f"TRL {n}") for n in range(1, 10))]),
    )

    def prepare(self, call: Call) -> None:
        super().prepare(call)
        themes = ((key, text_in(label)) for key, label in call.programme.themes.items())
        self.theme.choices = options([("", _("Choose a theme")), *themes])
        self.budget_minor.currency = self.award_cap_minor.currency = call.programme.currency

    def values(self) -> dict[str, Any]:
        return super().values() | {"budget_minor": self.budget_minor.data or 0}


class DatesForm(SectionForm):
    for _name, _label in vocabulary.DATES.items():
        locals()[_name] = DateTimeLocalField(_label, format=LOCAL_TIME, validators=[Optional(), plannable])
        locals()[f"{_name}_fold"] = SelectField(_l("Which one"), choices=[], validate_choice=False)
    del _name, _label
    pilot_days = WholeNumberField(_l("Days that a pilot lasts"), validators=[Optional(), NumberRange(1, 3650)])

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuse a time that is no instant, or two, in the zone of the programme."""
        if not super().validate(extra_validators):
            return False
        self.instants = {name: self._instant(name) for name in vocabulary.DATES}
        return not self.errors

    def values(self) -> dict[str, Any]:
        return {**self.instants, "pilot_days": self.pilot_days.data}

    def _instant(self, name: str) -> datetime | None:
        """The instant of a date, or None: nothing was typed, or it is not one instant and the field has the error."""
        return typed_instant(self, self[name], self[f"{name}_fold"], self.call, getattr(self.call, name))


def typed_instant(
    form: SectionForm, field: Any, fold: Any, call: Call, stored: datetime | None,
) -> datetime | None:
    """The instant that a field's clock time in the programme's zone means; ``fold`` says which of two."""
    local, zone = field.data, call.programme.zone
    if local is None:
        return None
    try:
        instant = to_instant(local, zone, int(fold.data) if fold.data in {"0", "1"} else None, field=field.name)
    except RepeatedTime as error:
        fold.choices = options((str(number), offset) for number, offset in occurrences(local, zone))
        form.say(field.name, error.message)
        return None
    except RuleBroken as error:
        form.say(field.name, error.message)
        return None
    return keep_seconds(stored, instant)


class RulesForm(SectionForm):
    def _count(label: Any, low: int, high: int, kind: type[WholeNumberField] = WholeNumberField) -> WholeNumberField:
        in_range = NumberRange(low, high)
        return kind(label, validators=[InputRequired(REQUIRED), in_range] if low else [in_range])

    open_calls_per_team = _count(_l("Open entries per team in the programme"), 1, 100)
    partners_max = _count(_l("Partners at most"), 0, 50)
    grace_seconds = _count(_l("Grace after the deadline, in seconds"), 0, 3600)
    resubmit = BooleanField(_l("An entry can be withdrawn and submitted again until the deadline"))
    entry_max_files = _count(_l("Files per entry at most"), 1, 100)
    file_max_bytes = _count(_l("Largest file, in MB"), 1, 5000, kind=MegabytesField)
    entry_max_bytes = _count(_l("All files together, in MB"), 1, 20000, kind=MegabytesField)
    blind = BooleanField(_l("Judges do not see who the team is"))
    judge_names_public = BooleanField(_l("The judges’ names are published with the result"))
    panel_min = _count(_l("Judges on the panel at least"), 1, 1000)
    reviews_per_entry = _count(_l("Judges per entry"), 1, 100)
    quorum = _count(_l("Valid scores needed to be ranked"), 1, 100)
    method = SelectField(_l("Score of an entry"), choices=options(vocabulary.METHODS.items()))
    trim_from = _count(_l("Drop the highest and the lowest from this many scores"), 3, 100)
    pass_mark = WholeNumberField(_l("Pass mark, of 100"), validators=[Optional(), NumberRange(0, 100)])
    group_by = SelectField(_l("Entries are grouped by"), choices=options(vocabulary.GROUPINGS.items()))
    band_percent = _count(_l("Level of the band that is too close to call, in percent"), 1, 99)
    lottery = BooleanField(_l("A public draw decides between entries that are too close to call"))
    floor_percent = _count(_l("Floor of a gate, in percent of its points"), 0, 100)
    notice_working_days = _count(_l("Public notice, in working days"), 0, 100)
    del _count

    def prepare(self, call: Call) -> None:
        """Offer the call's choice questions as groups, too."""
        super().prepare(call)
        choices = [
            (question.key, text_in(question.label)) for question in organizer.call_questions(call.id)
            if question.kind == "choice" and question.key not in vocabulary.GROUPINGS
        ]
        self.group_by.choices = options([*vocabulary.GROUPINGS.items(), *choices])


class KpiRow(Row):
    key = HiddenField(validators=[Length(32)])
    locals().update(language_fields("name", _l("Target"), 200))
    unit = StringField(_l("Unit"), validators=[Length(40)])
    baseline = StringField(_l("Today"), validators=[Length(40)])
    target = StringField(_l("Aim"), validators=[Length(40)])
    direction = SelectField(_l("Better is"), choices=options([("up", _l("more")), ("down", _l("less"))]))
    locals().update(language_fields("method", _l("How it is measured"), 300))


class KpisForm(RowsForm):
    rows, row_texts, row_values = "kpis", ("name", "method"), ("target", "unit", "baseline")
    kpis = Rows(FormField(KpiRow), _l("Targets"), min_entries=1, max_entries=MAX_ROWS)

    def validate(self, extra_validators: Any = None) -> bool:
        """Also require a name and an aim in each row that is filled."""
        valid = super().validate(extra_validators)
        for row in self.filled():
            if not row.form.texts("name"):
                valid = not self.say(f"{row.name}-name_{self.language}", REQUIRED)
            if not row.target.data:
                valid = not self.say(f"{row.name}-target", REQUIRED)
        return valid

    def values(self) -> dict[str, Any]:
        rows = self.filled()
        keys = keys_of((row.key.data for row in rows), "k")
        return {"kpis": [
            {"key": key, "name": row.form.texts("name"), "unit": row.unit.data or "",
             "baseline": row.baseline.data or "",
             "target": row.target.data, "direction": row.direction.data, "method": row.form.texts("method")}
            for key, row in zip(keys, rows, strict=True)
        ]}


class CriterionRow(Row):
    locals().update(language_fields("label", _l("Criterion"), 160))
    locals().update(language_fields("guidance", _l("Guidance for judges"), 600, long=True))
    key = StringField(_l("Key"), validators=[Length(32)])
    weight = WholeNumberField(_l("Weight"), validators=[Optional(), NumberRange(1, 10000)])
    lo = PointsField(_l("Lowest"), default=0)
    hi = PointsField(_l("Highest"), default=1000)
    step = PointsField(_l("Step"), default=50)
    gate = BooleanField(_l("Gate"))
    floor_percent = WholeNumberField(_l("Own floor, %"), validators=[Optional(), NumberRange(0, 100)])


class CriteriaForm(RowsForm):
    rows, row_texts, row_values = "criteria", ("label", "guidance"), ("weight",)
    criteria = Rows(FormField(CriterionRow), _l("Criteria"), min_entries=1, max_entries=MAX_ROWS)
    tie_break = TextAreaField(_l("Order in which ties are settled"), validators=[Length(2000)],
                              description=_l("One key a line."))

    def values(self) -> dict[str, Any]:
        rows = self.filled()
        keys = keys_of((slug(row.key.data or row.form[f"label_{SOURCE.code}"].data) for row in rows), "c", unique=False)
        return {
            "criteria": [_criterion(key, row) for key, row in zip(keys, rows, strict=True)],
            "tie_break": [line.strip() for line in (self.tie_break.data or "").splitlines() if line.strip()],
        }


def _criterion(key: str, row: Any) -> CriterionDraft:
    return CriterionDraft(
        key, row.form.texts("label"), row.form.texts("guidance"), row.weight.data or 0,
        lo=row.lo.data or 0, hi=row.hi.data if row.hi.data is not None else 0, step=row.step.data or 0,
        gate=bool(row.gate.data), floor_percent=row.floor_percent.data,
    )


class ChecklistRow(Row):
    key = HiddenField(validators=[Length(32)])
    locals().update(language_fields("label", _l("Point to check"), 300))


class ChecklistForm(RowsForm):
    rows, row_texts = "checklist", ("label",)
    checklist = Rows(FormField(ChecklistRow), _l("Checklist"), min_entries=1, max_entries=MAX_ROWS)
    answer_days = WholeNumberField(
        _l("Days in which a team adds what is missing, or objects"),
        validators=[InputRequired(REQUIRED), NumberRange(1, 60)],
    )

    def values(self) -> dict[str, Any]:
        rows = self.filled()
        keys = keys_of((row.key.data for row in rows), "p")
        return {
            "checklist": [{"key": key, "label": row.form.texts("label")} for key, row in zip(keys, rows, strict=True)],
            "answer_days": self.answer_days.data,
        }


class QuestionRow(Row):
    key = HiddenField(validators=[Length(32)])
    locals().update(language_fields("label", _l("Question"), 300))
    locals().update(language_fields("help", _l("Help"), 300))
    kind = SelectField(_l("Answer"), choices=options(vocabulary.QUESTION_KINDS.items()))
    required = BooleanField(_l("Must be answered"))
    max_length = WholeNumberField(_l("Longest answer, in characters"), default=2000,
                              validators=[Optional(), NumberRange(1, 20000)])
    locals().update(language_fields("choices", _l("Choices, one a line"), 2000, long=True))


class QuestionsForm(RowsForm):
    rows, row_texts = "questions", ("label", "help", "choices")
    questions = Rows(FormField(QuestionRow), _l("Questions"), min_entries=1, max_entries=MAX_ROWS)

    def values(self) -> dict[str, Any]:
        rows = self.filled()
        keys = keys_of((row.key.data for row in rows), "q")
        return {"questions": [
            {"key": key, "label": row.form.texts("label"), "help": row.form.texts("help"),
             "kind": row.kind.data,
             "choices": _choices(row.form.texts("choices")) if row.kind.data == "choice" else [],
             "required": bool(row.required.data), "max_length": row.max_length.data or 2000}
            for key, row in zip(keys, rows, strict=True)
        ]}


def _choices(typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Choices from one text per language: lines with the same number are one choice."""
    lines = {code: [line.strip() for line in text.splitlines() if line.strip()] for code, text in typed.items()}
    count = max((len(texts) for texts in lines.values()), default=0)
    return [
        {"key": f"a{place + 1}", "label": {code: texts[place] for code, texts in lines.items() if place < len(texts)}}
        for place in range(count)
    ]
