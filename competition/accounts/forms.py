"""Forms for signing up, signing in and resetting a password."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, ValidationError

from competition.accounts import passwords, weak_passwords
from competition.kernel.text import i18n
from competition.kernel.web.forms import REQUIRED, BaseForm, Length, email_address, options
from competition.kernel.web.language_fields import locale_choices


def _new_password(form: Any, field: Any) -> None:
    """Refuse what is short, tried first by whoever guesses, or made of the person's own name or address.

    They are those of the form's fields, else those of ``form.owner``, ``(name, email)``.
    """
    password, owner = field.data or "", getattr(form, "owner", ("", ""))
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise ValidationError(_("Use at least %(n)s characters. Several words are easy to remember.",
                                n=passwords.SHORTEST))
    if weak_passwords.is_common(password):
        raise ValidationError(_("This is one of the passwords that are tried first. Several words that don’t belong "
                                "together are easy to remember."))
    name, email = (typed(form, part) or own for part, own in zip(("name", "email"), owner, strict=True))
    if weak_passwords.holds_own(password, name=name, email=email):
        raise ValidationError(_("Leave your name and your address out of the password: they are tried first."))


def typed(form: Any, name: str) -> str:
    """What was typed into a field, if the form has it."""
    return str(form[name].data or "") if name in form else ""


def _raw(value: Any) -> Any:
    """Passwords are taken as typed."""
    return value


class SignInForm(BaseForm):
    email = EmailField(_l("E-mail"), [DataRequired(REQUIRED), email_address])
    password = PasswordField(_l("Password"), [DataRequired(REQUIRED)], filters=[_raw])


class ConfirmForm(BaseForm):
    """The password chosen at sign-up, asked for again when the address is confirmed."""

    password = PasswordField(_l("Password"), [DataRequired(REQUIRED)], filters=[_raw])


class PersonForm(BaseForm):
    name = StringField(_l("Your name"), [DataRequired(REQUIRED), Length(200)])
    locale = SelectField(_l("Language"), choices=locale_choices())
    zone = SelectField(_l("Time zone"), choices=options((name, name.replace("_", " ")) for name in i18n.ZONES))


class SignUpForm(PersonForm):
    email = EmailField(_l("E-mail"), [DataRequired(REQUIRED), email_address])
    password = PasswordField(_l("Password"), [DataRequired(REQUIRED), _new_password], filters=[_raw])


class InvitedForm(PersonForm):
    """Sign up from an invitation; the link proves the address."""

    owner = ("", "")

    password = PasswordField(_l("Password"), [DataRequired(REQUIRED), _new_password], filters=[_raw])


class EmailForm(BaseForm):
    email = EmailField(_l("E-mail"), [DataRequired(REQUIRED), email_address])


class ResetForm(BaseForm):
    owner = ("", "")

    password = PasswordField(_l("New password"), [DataRequired(REQUIRED), _new_password], filters=[_raw])


class CodeForm(BaseForm):
    """A one-time code, or one of the recovery codes."""

    code = StringField(_l("Code"), [DataRequired(REQUIRED), Length(40)])


class ChangePasswordForm(BaseForm):
    owner = ("", "")

    current = PasswordField(_l("Present password"), [DataRequired(REQUIRED)], filters=[_raw])
    password = PasswordField(_l("New password"), [DataRequired(REQUIRED), _new_password], filters=[_raw])
