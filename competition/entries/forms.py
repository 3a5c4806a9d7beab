"""Forms of teams. The entry form itself is data: see ``fields`` and ``queries.call_form``."""

from __future__ import annotations

import unicodedata
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import DataRequired, Optional, ValidationError

from competition.entries import countries, fields
from competition.kernel.text import i18n
from competition.kernel.web.forms import REQUIRED, BaseForm, Length, VersionedForm, email_address, options
from competition.kernel.web.language_fields import locale_choices


def _latin(_form: Any, field: Any) -> None:
    """At least one Latin letter: who reads another script must be able to name the team."""
    if not any("LATIN" in unicodedata.name(char, "") for char in field.data or ""):
        raise ValidationError(_("Write the name with Latin letters here, as Wutong or WT Lab; "
                                "its own script goes into the next field."))


class TeamForm(VersionedForm):
    """A team's profile. What an entry needs of it is asked for at once, so nothing is missing at the deadline."""

    name = StringField(_l("Team name"), [DataRequired(REQUIRED), Length(200), _latin],
                       description=_l("In Latin letters."))
    native_name = StringField(_l("Name in its own script"), [Optional(), Length(200)])
    org_type = SelectField(_l("Kind of organization"), [DataRequired(REQUIRED)])
    registration_number = StringField(
        _l("Registration number"), [Optional(), Length(80)],
        description=_l("Unified social credit code, company number or alike."),
    )
    country = SelectField(_l("Country or region"), [DataRequired(REQUIRED)])
    signatory = StringField(
        _l("Authorized signatory"), [DataRequired(REQUIRED), Length(200)], description=_l("Who signs for the team."),
    )
    contact = EmailField(_l("Contact e-mail"), [DataRequired(REQUIRED), Length(320), email_address])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        first = ("", _("Please choose"))
        self.org_type.choices = options([first, *((key, str(label)) for key, label in fields.ORG_TYPES.items())])
        self.country.choices = options([first, *countries.choices(i18n.locale())])

    @property
    def profile(self) -> dict[str, str]:
        return {name: str(self._fields[name].data or "") for name in fields.PROFILE}


class InviteForm(BaseForm):
    email = EmailField(_l("E-mail"), [DataRequired(REQUIRED), email_address])
    lang = SelectField(
        _l("Language of the invitation"),
        choices=locale_choices(),
    )
