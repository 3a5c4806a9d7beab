"""Forms of the exports slice."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.validators import DataRequired

from competition.kernel.web.forms import REQUIRED, BaseForm, options

TABLE_NAMES = {
    "entries": _l("Entries"), "scores": _l("Scores: one row per judge, entry and criterion"),
    "versions": _l("Every submitted version of the scores, with what was reopened or voided and why"),
    "results": _l("Results"), "pilots": _l("Pilots"),
}


class ExportForm(BaseForm):
    """The table to export, its scope and its format."""

    table = RadioField(_l("Table"), choices=options(TABLE_NAMES.items()), validators=[DataRequired(REQUIRED)])
    call = SelectField(_l("Calls"))
    format = RadioField(_l("Format"), choices=options([("xlsx", "Excel (XLSX)"), ("csv", "CSV")]), default="xlsx",
                        validators=[DataRequired(REQUIRED)])
