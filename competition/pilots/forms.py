"""Forms of the pilots slice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateField, TextAreaField
from wtforms.validators import DataRequired

from competition.kernel.web.forms import REQUIRED, BaseForm, Length, plannable


class AgreeForm(BaseForm):
    """The agreement: when the pilot starts."""

    starts_on = DateField(_l("The pilot starts on"), validators=[DataRequired(REQUIRED), plannable],
                          default=date.today)

    def starts_at(self, zone: str) -> datetime:
        """The beginning of that day in the programme's zone."""
        return datetime.combine(self.starts_on.data, time(), ZoneInfo(zone)).astimezone(UTC)


class ReportForm(BaseForm):
    """A team's report on a milestone."""

    report = TextAreaField(_l("What was reached, and where the evidence is"),
                           validators=[DataRequired(REQUIRED), Length(5000)])
