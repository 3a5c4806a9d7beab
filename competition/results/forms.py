"""Forms of the results slice."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired

from competition.kernel.web.forms import REQUIRED, BaseForm, Length
from competition.results.service.draws import SEED_MOST


class DrawForm(BaseForm):
    """The number from which lots are drawn, and where everybody can look it up."""

    seed = StringField(
        _l("The published number"), validators=[DataRequired(REQUIRED), Length(SEED_MOST)],
        description=_l("Exactly as announced, for example the numbers of a state lottery on a day named before."),
    )
    source = TextAreaField(
        _l("Where it can be looked up"), validators=[DataRequired(REQUIRED), Length(1000)],
        description=_l("Address and date. It is published with the result."),
    )
