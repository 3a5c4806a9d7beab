"""Forms of the decisions slice."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, NumberRange, Optional, ValidationError

from competition.decisions.labels import BASES, OUTCOMES
from competition.kernel.text.money import minor_units
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


class SelectionForm(BaseForm):
    """What the selection is asked for."""

    calls = Checkboxes(_l("Calls to decide"))
    basis = RadioField(_l("Score that counts"), choices=options(BASES.items()), default="official",
                       description=_l("The call says that the official score decides. Where the calibrated one counts, "
                                      "the public result says so."))
    threshold = WholeNumberField(
        _l("Funding threshold"), validators=[Optional(), NumberRange(0, 100)],
        description=_l("Points an entry must be worth more than. Empty: each call's pass mark."),
    )
    must = StringField(_l("Must be in"), description=_l("Entry codes, separated by spaces."), validators=[Length(400)])
    exclude = StringField(_l("Can't be in"), description=_l("Entry codes, separated by spaces."),
                          validators=[Length(400)])


class ApplyForm(BaseForm):
    """Confirms decisions as they were listed."""

    checked = HiddenField(validators=[DataRequired()])


class AdjustForm(VersionedForm):
    """Decide an entry otherwise than proposed."""

    outcome = SelectField(_l("Outcome"), choices=options(OUTCOMES.items()))
    award = StringField(_l("Award amount"), validators=[Length(40)])
    unpaid = BooleanField(_l("Selected without money"))
    reason = TextAreaField(_l("Reason"), validators=[DataRequired(REQUIRED), Length(2000)])

    def __init__(self, currency: str, **values: Any) -> None:
        super().__init__(**values)
        self.currency = currency
        self.award_minor = 0

    def validate_award(self, field: Field) -> None:
        try:
            self.award_minor = minor_units(field.data or "", self.currency) or 0
        except ValueError:
            raise ValidationError(_("Write an amount of money, such as 300000.")) from None


class PublishForm(BaseForm):
    """A note above the public result and, in a correction, its public reason, in each language of the platform.

    ``seen`` says what the organizer has read, and that a second press means the same publication.
    """

    seen = HiddenField(validators=[DataRequired()])
    locals().update(language_fields("reason", _l("Reason"), 2000, long=True))
    locals().update(language_fields("note", _l("Note"), 2000, long=True))

    @property
    def note(self) -> dict[str, str]:
        return typed_texts(self, "note")

    @property
    def reason(self) -> dict[str, str]:
        return typed_texts(self, "reason")


class CalendarForm(BaseForm):
    """One day on which the programme's calendar differs from the week."""

    day = DateField(_l("Day"), validators=[DataRequired(REQUIRED), plannable])
    kind = RadioField(
        _l("On this day"),
        choices=options([("holiday", _l("offices are closed")), ("working", _l("offices are open"))]),
        default="holiday", validators=[DataRequired(REQUIRED)],
    )
    label = StringField(_l("Name of the day"), validators=[Length(80)])


def entry_codes(text: str | None) -> list[str]:
    """Entry codes in free text."""
    return [code for code in re.split(r"[^0-9A-Za-z-]+", text or "") if code]
