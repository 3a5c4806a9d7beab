"""The organizer's forms: what was typed, its shape, and its way into the values that commands take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from competition.calls import vocabulary
from competition.calls.form_fields import PointsField, Row, Rows, SectionForm, keys_of, slug, texts
from competition.calls.form_fields import said as said
from competition.calls.standard_rubric import CriterionDraft
from competition.calls.wall_clock import RepeatedTime, keep_seconds, occurrences, to_instant
from competition.kernel.errors import RuleBroken
from competition.kernel.text.i18n import LANGUAGES, ZONES
from competition.kernel.text.money import MoneyField
from competition.kernel.web.forms import REQUIRED, BaseForm, Length, VersionedForm, options, plannable

CURRENCIES = ("CNY", "KRW", "EUR", "USD", "GBP", "JPY", "SGD")
MEGABYTE = 10**6
MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
MAX_ROWS = 20


def _text_fields() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for spec in (*vocabulary.HEADLINES, *vocabulary.DETAILS):
        made.update(texts(spec.key, spec.label, spec.most, long=spec.rows > 1))
    return made


class TextsForm(SectionForm):
    locals().update(_text_fields())

    def values(self) -> dict[str, Any]:
        details = {spec.key: said(self, spec.key) for spec in vocabulary.DETAILS}
        lines = {
            spec.key: {code: " ".join(text.split()) for code, text in said(self, spec.key).items()}
            for spec in vocabulary.HEADLINES
        }
        return lines | {
            "details": {key: text for key, text in details.items() if text}
        }


class FactsForm(SectionForm):
    theme = SelectField(_l("Theme"), validate_choice=True)
    contact = StringField(_l("Whom teams can ask"), validators=[Length(320)], description=_l("An e-mail address."))
    slots = IntegerField(_l("Pilots wanted"), validators=[NumberRange(0, 1000)])
    budget = MoneyField(_l("Budget of this call"))
    award_cap = MoneyField(_l("At most per pilot"))
    min_trl = SelectField(
        _l("Minimum maturity"), choices=options([("", "–"), *((str(n), f"TRL {n}") for n in range(1, 10))])
    )

    def values(self) -> dict[str, Any]:
        return {
            "theme": self.theme.data, "contact": self.contact.data or "", "slots": self.slots.data,
            "budget_minor": self.budget.data or 0, "award_cap_minor": self.award_cap.data,
            "min_trl": int(self.min_trl.data) if self.min_trl.data else None,
        }


def _date_fields() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, label in vocabulary.DATES.items():
        made[name] = DateTimeLocalField(label, format=MOMENT, validators=[Optional(), plannable])
        made[f"{name}_fold"] = SelectField(_l("Which one"), choices=[], validate_choice=False)
    return made


class DatesForm(SectionForm):
    locals().update(_date_fields())
    pilot_days = IntegerField(_l("Days that a pilot lasts"), validators=[Optional(), NumberRange(1, 3650)])

    def values(self, zone: str, stored: Any) -> dict[str, Any] | None:
        """Instants of every date; None when one of them is no clear instant, with the reason beside it."""
        found: dict[str, Any] = {"pilot_days": self.pilot_days.data}
        for name in vocabulary.DATES:
            local = self[name].data
            if local is None:
                found[name] = None
                continue
            try:
                found[name] = keep_seconds(getattr(stored, name), to_instant(local, zone, self._fold(name), field=name))
            except RepeatedTime as error:
                self[f"{name}_fold"].choices = options(
                    (str(fold), offset) for fold, offset in occurrences(local, zone)
                )
                self.refuse(error)
            except RuleBroken as error:
                self.refuse(error)
        return None if self.errors else found

    def _fold(self, name: str) -> int | None:
        chosen = self[f"{name}_fold"].data
        return int(chosen) if chosen in {"0", "1"} else None


class RulesForm(SectionForm):
    def _count(label: Any, low: int, high: int, **more: Any) -> IntegerField:
        return IntegerField(label, validators=[DataRequired(REQUIRED) if low else NumberRange(low, high),
                                               NumberRange(low, high)], **more)

    open_calls_per_team = _count(_l("Open entries per team in the programme"), 1, 100)
    partners_max = _count(_l("Partners at most"), 0, 50)
    grace_seconds = _count(_l("Grace after the deadline, in seconds"), 0, 3600)
    resubmit = BooleanField(_l("An entry can be withdrawn and submitted again until the deadline"))
    entry_max_files = _count(_l("Files per entry at most"), 1, 100)
    file_max = _count(_l("Largest file, in MB"), 1, 5000)
    entry_max = _count(_l("All files together, in MB"), 1, 20000)
    blind = BooleanField(_l("Judges do not see who the team is"))
    judge_names_public = BooleanField(_l("The judges’ names are published with the result"))
    panel_min = _count(_l("Judges on the panel at least"), 1, 1000)
    reviews_per_entry = _count(_l("Judges per entry"), 1, 100)
    quorum = _count(_l("Valid scores needed to be ranked"), 1, 100)
    method = SelectField(_l("Score of an entry"), choices=options(vocabulary.METHODS.items()))
    trim_from = _count(_l("Drop the highest and the lowest from this many scores"), 3, 100)
    pass_mark = IntegerField(_l("Pass mark, of 100"), validators=[Optional(), NumberRange(0, 100)])
    floor_percent = _count(_l("Floor of a gate, in percent of its points"), 0, 100)
    notice_working_days = _count(_l("Public notice, in working days"), 0, 100)
    del _count

    def values(self) -> dict[str, Any]:
        found = {f.short_name: f.data for f in self if f.short_name not in {"version", "csrf_token"}
                 and not f.short_name.startswith("change_")}
        found["file_max_bytes"] = found.pop("file_max") * MEGABYTE
        found["entry_max_bytes"] = found.pop("entry_max") * MEGABYTE
        return found


class KpiRow(Row):
    key = HiddenField(validators=[Length(32)])
    locals().update(texts("name", _l("Target"), 200))
    unit = StringField(_l("Unit"), validators=[Length(40)])
    baseline = StringField(_l("Today"), validators=[Length(40)])
    target = StringField(_l("Aim"), validators=[Length(40)])
    direction = SelectField(_l("Better is"), choices=options([("up", _l("more")), ("down", _l("less"))]))
    locals().update(texts("method", _l("How it is measured"), 300))


class KpisForm(SectionForm):
    kpis = Rows(FormField(KpiRow), _l("Targets"), min_entries=1, max_entries=MAX_ROWS)

    def validate(self, extra_validators: Any = None) -> bool:
        """What each target needs is asked for beside its own row."""
        valid = super().validate(extra_validators)
        for row in self.filled():
            if not said(row.form, "name"):
                valid = not self.say(f"{row.name}-name_{self.language}", REQUIRED)
            if not row.target.data:
                valid = not self.say(f"{row.name}-target", REQUIRED)
        return valid

    def filled(self) -> list[Any]:
        return [row for row in self.kpis if said(row.form, "name") or said(row.form, "method")
                or row.target.data or row.unit.data or row.baseline.data]

    def values(self) -> dict[str, Any]:
        rows = self.filled()
        keys = keys_of((row.key.data for row in rows), "k")
        return {"kpis": [
            {"key": key, "name": said(row.form, "name"), "unit": row.unit.data or "",
             "baseline": row.baseline.data or "",
             "target": row.target.data, "direction": row.direction.data, "method": said(row.form, "method")}
            for key, row in zip(keys, rows, strict=True)
        ]}


class CriterionRow(Row):
    locals().update(texts("label", _l("Criterion"), 160))
    locals().update(texts("guidance", _l("Guidance for judges"), 600, long=True))
    key = StringField(_l("Key"), validators=[Length(32)])
    weight = IntegerField(_l("Weight"), validators=[Optional(), NumberRange(1, 10000)])
    lo = PointsField(_l("Lowest"), default=0)
    hi = PointsField(_l("Highest"), default=1000)
    step = PointsField(_l("Step"), default=50)
    gate = BooleanField(_l("Gate"))
    floor_percent = IntegerField(_l("Own floor, %"), validators=[Optional(), NumberRange(0, 100)])


class CriteriaForm(SectionForm):
    criteria = Rows(FormField(CriterionRow), _l("Criteria"), min_entries=1, max_entries=MAX_ROWS)
    tie_break = TextAreaField(_l("Order in which ties are settled"), validators=[Length(2000)],
                              description=_l("One key a line."))

    def filled(self) -> list[Any]:
        return [row for row in self.criteria
                if said(row.form, "label") or said(row.form, "guidance") or row.weight.data]

    def values(self) -> dict[str, Any]:
        rows = self.filled()
        keys = keys_of((slug(row.key.data or row.form["label_en"].data) for row in rows), "c", unique=False)
        return {
            "criteria": [_criterion(key, row) for key, row in zip(keys, rows, strict=True)],
            "tie_break": [line.strip() for line in (self.tie_break.data or "").splitlines() if line.strip()],
        }


def _criterion(key: str, row: Any) -> CriterionDraft:
    return CriterionDraft(
        key, said(row.form, "label"), said(row.form, "guidance"), row.weight.data or 0,
        lo=row.lo.data or 0, hi=row.hi.data if row.hi.data is not None else 0, step=row.step.data or 0,
        gate=bool(row.gate.data), floor_percent=row.floor_percent.data,
    )


class QuestionRow(Row):
    key = HiddenField(validators=[Length(32)])
    locals().update(texts("label", _l("Question"), 300))
    locals().update(texts("help", _l("Help"), 300))
    kind = SelectField(_l("Answer"), choices=options(vocabulary.QUESTION_KINDS.items()))
    required = BooleanField(_l("Must be answered"))
    max_length = IntegerField(_l("Longest answer, in characters"), default=2000,
                              validators=[Optional(), NumberRange(1, 20000)])
    locals().update(texts("choices", _l("Choices, one a line"), 2000, long=True))


class QuestionsForm(SectionForm):
    questions = Rows(FormField(QuestionRow), _l("Questions"), min_entries=1, max_entries=MAX_ROWS)

    def filled(self) -> list[Any]:
        return [row for row in self.questions if any(said(row.form, name) for name in ("label", "help", "choices"))]

    def values(self) -> dict[str, Any]:
        rows = self.filled()
        keys = keys_of((row.key.data for row in rows), "q")
        return {"questions": [
            {"key": key, "label": said(row.form, "label"), "help": said(row.form, "help"), "kind": row.kind.data,
             "choices": _choices(said(row.form, "choices")) if row.kind.data == "choice" else [],
             "required": bool(row.required.data), "max_length": row.max_length.data or 2000}
            for key, row in zip(keys, rows, strict=True)
        ]}


def _choices(typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Lines that stand in the same place are the same choice in another language."""
    lines = {code: [line.strip() for line in text.splitlines() if line.strip()] for code, text in typed.items()}
    count = max((len(found) for found in lines.values()), default=0)
    return [
        {"key": f"a{place + 1}", "label": {code: found[place] for code, found in lines.items() if place < len(found)}}
        for place in range(count)
    ]


class ThemeRow(Row):
    key = HiddenField(validators=[Length(32)])
    locals().update(texts("label", _l("Theme"), 80))


class ProgrammeForm(VersionedForm):
    code = StringField(_l("Code"), validators=[DataRequired(REQUIRED), Length(30)])
    locals().update(texts("name", _l("Programme name"), 160))
    locals().update(texts("summary", _l("Summary"), 600, long=True))
    currency = SelectField(_l("Currency"), choices=options((code, code) for code in CURRENCIES))
    budget = MoneyField(_l("Budget"), validators=[DataRequired(REQUIRED)])
    team_cap = IntegerField(_l("Awards per team at most"), validators=[Optional(), NumberRange(1, 100)])
    zone = SelectField(_l("Time zone of its dates"), choices=options((zone, zone.replace("_", " ")) for zone in ZONES))
    languages = SelectMultipleField(_l("Languages"), choices=options(LANGUAGES.items()), widget=ListWidget(),
                                    option_widget=CheckboxInput())
    starts_at = DateTimeLocalField(_l("Starts"), format=MOMENT, validators=[Optional(), plannable])
    ends_at = DateTimeLocalField(_l("Ends"), format=MOMENT, validators=[Optional(), plannable])
    themes = Rows(FormField(ThemeRow), _l("Themes"), min_entries=1, max_entries=40)

    def values(self, stored: Any = None) -> dict[str, Any]:
        """Raises RuleBroken when a date is no instant in the programme's zone."""
        zone, rows = self.zone.data, [row for row in self.themes if said(row.form, "label")]
        keys = keys_of((row.key.data or slug(row.form["label_en"].data) for row in rows), "t")
        found = {
            "name": said(self, "name"), "summary": said(self, "summary"), "currency": self.currency.data,
            "budget_minor": self.budget.data, "team_cap": self.team_cap.data, "zone": zone,
            "languages": [code for code in LANGUAGES if code in (self.languages.data or [])],
            "themes": {key: said(row.form, "label") for key, row in zip(keys, rows, strict=True)},
        }
        for name in ("starts_at", "ends_at"):
            local = self[name].data
            at = None if local is None else to_instant(local, zone, 0, field=name)
            found[name] = None if at is None else keep_seconds(getattr(stored, name, None), at)
        return found


class NewCallForm(BaseForm):
    code = StringField(_l("Code"), validators=[DataRequired(REQUIRED), Length(30)],
                       description=_l("Short and public, such as XSG-01: it becomes part of the address."))
    source = SelectField(_l("Begin with"), validate_choice=True)
    locals().update(texts("title", _l("Title"), 160))


class ReasonForm(BaseForm):
    locals().update(texts("change", _l("Reason"), 300))


FORMS: dict[str, type[SectionForm]] = {
    "texts": TextsForm, "facts": FactsForm, "dates": DatesForm, "rules": RulesForm, "kpis": KpisForm,
    "criteria": CriteriaForm, "questions": QuestionsForm,
}
