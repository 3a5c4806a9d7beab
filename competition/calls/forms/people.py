"""Forms about people's roles."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, RadioField, SelectField
from wtforms.validators import DataRequired

from competition.calls.roles import LABELS, MEANINGS, ROLES
from competition.kernel.web.forms import REQUIRED, BaseForm, email_address, options
from competition.kernel.web.language_fields import locale_choices


class RoleForm(BaseForm):
    """Whom to give which role; the language is that of an invitation."""

    email = EmailField(_l("E-mail"), [DataRequired(REQUIRED), email_address])
    role = RadioField(_l("Role"), [DataRequired(REQUIRED)], choices=options(
        (role, _l("%(role)s: %(meaning)s", role=LABELS[role], meaning=MEANINGS[role])) for role in ROLES
    ))
    lang = SelectField(_l("Language of the mail"), choices=locale_choices())
