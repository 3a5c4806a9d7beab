"""Forms of the results slice."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, StringField
from wtforms.validators import DataRequired

from competition.kernel.web.forms import REQUIRED, BaseForm, Length, options, plannable


class CalendarForm(BaseForm):
    """One day on which the programme's calendar differs from the week."""

    day = DateField(_l("Day"), validators=[DataRequired(REQUIRED), plannable])
    kind = RadioField(
        _l("On this day"),
        choices=options([("holiday", _l("offices are closed")), ("working", _l("offices are open"))]),
        default="holiday", validators=[DataRequired(REQUIRED)],
    )
    label = StringField(_l("Name of the day"), validators=[Length(80)])
