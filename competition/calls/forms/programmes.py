"""Forms of a programme, of a new call, and of a reason in every language."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, FormField, HiddenField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from competition.calls.forms.fields import LOCAL_TIME, Row, Rows, keys_of, slug
from competition.calls.wall_clock import keep_seconds, to_instant
from competition.kernel.text.i18n import ZONES
from competition.kernel.text.languages import LANGUAGES, SOURCE
from competition.kernel.text.money import MoneyField
from competition.kernel.web.forms import (
    REQUIRED,
    BaseForm,
    Checkboxes,
    Length,
    VersionedForm,
    WholeNumberField,
    options,
    plannable,
)
from competition.kernel.web.language_fields import language_fields, typed_texts

CURRENCIES = ("CNY", "KRW", "EUR", "USD", "GBP", "JPY", "SGD")


class ThemeRow(Row):
    key = HiddenField(validators=[Length(32)])
    locals().update(language_fields("label", _l("Theme"), 80))


class ProgrammeForm(VersionedForm):
    code = StringField(_l("Code"), validators=[DataRequired(REQUIRED), Length(30)])
    locals().update(language_fields("name", _l("Programme name"), 160))
    locals().update(language_fields("summary", _l("Summary"), 600, long=True))
    currency = SelectField(_l("Currency"), choices=options((code, code) for code in CURRENCIES))
    budget_minor = MoneyField(_l("Budget"), validators=[InputRequired(REQUIRED)])
    team_cap = WholeNumberField(_l("Awards per team at most"), validators=[Optional(), NumberRange(1, 100)])
    zone = SelectField(_l("Time zone of its dates"), choices=options((zone, zone.replace("_", " ")) for zone in ZONES))
    languages = Checkboxes(_l("Languages"), choices=options((code, lang.name) for code, lang in LANGUAGES.items()))
    starts_at = DateTimeLocalField(_l("Starts"), format=LOCAL_TIME, validators=[Optional(), plannable])
    ends_at = DateTimeLocalField(_l("Ends"), format=LOCAL_TIME, validators=[Optional(), plannable])
    themes = Rows(FormField(ThemeRow), _l("Themes"), min_entries=1, max_entries=40)

    def values(self, stored: Any = None) -> dict[str, Any]:
        """A value per column that the form stores.

        Raises
        ------
        RuleBroken
            When a date is no instant in the programme's zone.
        """
        zone, rows = self.zone.data, [row for row in self.themes if typed_texts(row.form, "label")]
        keys = keys_of((row.key.data or slug(row.form[f"label_{SOURCE.code}"].data) for row in rows), "t")
        values = {
            "name": typed_texts(self, "name"), "summary": typed_texts(self, "summary"),
            "currency": self.currency.data, "budget_minor": self.budget_minor.data, "team_cap": self.team_cap.data,
            "zone": zone, "languages": [code for code in LANGUAGES if code in (self.languages.data or [])],
            "themes": {key: typed_texts(row.form, "label") for key, row in zip(keys, rows, strict=True)},
        }
        for name in ("starts_at", "ends_at"):
            local = self[name].data
            at = None if local is None else to_instant(local, zone, 0, field=name)
            values[name] = None if at is None else keep_seconds(getattr(stored, name, None), at)
        return values


class NewCallForm(BaseForm):
    code = StringField(_l("Code"), validators=[DataRequired(REQUIRED), Length(30)],
                       description=_l("Short and public, such as XSG-01: it becomes part of the address."))
    source = SelectField(_l("Begin with"), validate_choice=True)
    locals().update(language_fields("title", _l("Title"), 160))


class PublicReasonForm(BaseForm):
    """A reason in every language: the last line of a call's public change log."""

    locals().update(language_fields("change", _l("Reason"), 300))

    @property
    def change(self) -> dict[str, str]:
        return typed_texts(self, "change")
