"""The form every other form derives from, and how a command's refusal reaches the field it is about."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from competition.kernel.errors import DomainError
from competition.kernel.files.file_names import HIDDEN
from competition.kernel.text import emails
from competition.kernel.text.numbers import whole

REQUIRED = _l("Please fill this in.")
ONE_LINE = frozenset({StringField, EmailField})
UNSEEN = HIDDEN - {0x200C, 0x200D}  # those two join and part letters, as some scripts need
FIRST_YEAR, LAST_YEAR = 1970, 2199


def options(pairs: Iterable[tuple[str | int, Any]]) -> list[SelectChoice]:
    """What a field offers, given as ``(value, label)`` pairs."""
    return [SelectChoice(value, label) for value, label in pairs]


class Length:
    """At most ``most`` characters, counted as people count them; the page shows a counter from it."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.field_flags = {"maxlength": most}

    def __call__(self, _form: Any, field: Field) -> None:
        if field.data and len(field.data) > self.most:
            raise ValidationError(_("Please shorten this to %(most)s characters; it has %(count)s.",
                                    most=self.most, count=len(field.data)))


class BaseForm(FlaskForm):
    """CSRF-protected; strips text; keeps everything that was typed when it is shown again."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            if "filters" not in unbound_field.kwargs and not issubclass(
                unbound_field.field_class, (FieldList, FormField)
            ):
                options["filters"] = [one_line if unbound_field.field_class in ONE_LINE else tidy]
            return unbound_field.bind(form=form, **options)

    def refuse(self, error: DomainError) -> None:
        """Put a command's refusal beside the field that it names, else at the head of the form."""
        if not self.say(error.field or "", error.message):
            self.form_errors.append(error.message)

    def say(self, name: str, message: Any) -> bool:
        """Put a message beside a field, also of a row: ``kpis-1-target``. False where there is no such field."""
        path = _path(self, name)
        if path:
            path[-1].errors = [*path[-1].errors, message]
        for owner, row in pairwise(path):
            if isinstance(owner, FieldList) and row.errors not in owner.errors:
                owner.errors = [*owner.errors, row.errors]  # as its own validation tells of its rows
        return bool(path)


def _path(fields: Iterable[Field], name: str) -> list[Any]:
    """The fields that lead to the one with this name, it last; none where there is no such field."""
    for field in fields:
        if field.name == name:
            return [field]
        if name.startswith(f"{field.name}-") and isinstance(field, FieldList | FormField):
            inner = _path(field.entries if isinstance(field, FieldList) else field.form, name)
            if inner:
                return [field, *inner]
    return []


class VersionedForm(BaseForm):
    """A form over an editable row: carries the version that its reader saw."""

    version = HiddenField()

    @property
    def seen_version(self) -> int:
        return seen_version(self.version.data)


def seen_version(text: Any) -> int:
    """The version of a row that the sender's page was made from; -1, which no row has, when it is no number."""
    version = whole(str(text or ""))
    return -1 if version is None else version


class TokenForm(BaseForm):
    """A button: nothing but the CSRF token."""


class ReasonForm(BaseForm):
    """A step that needs a reason."""

    reason = TextAreaField(_l("Reason"), validators=[DataRequired(REQUIRED), Length(2000)])


class NoteForm(BaseForm):
    """A step whose reason may be left out, as far as its command permits."""

    reason = TextAreaField(_l("Reason"), validators=[Length(2000)])


class WholeNumberField(IntegerField):
    """A whole number. What is none gets one message, and is not looked at by validators, which would add theirs.

    Required ones use ``InputRequired``: ``DataRequired`` takes 0 for nothing.
    """

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            try:
                self.data = int(valuelist[0])
            except ValueError:
                raise ValueError(_("Give a whole number.")) from None

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        if self.process_errors:
            self.errors = list(self.process_errors)
            return False
        return super().validate(form, extra_validators)


class Checkboxes(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def tidy(value: Any) -> Any:
    """Strip surrounding space and control characters from typed text; leave other values alone."""
    if not isinstance(value, str):
        return value
    printable = "".join(c for c in value if c >= " " or c in "\n\r\t")
    return printable.strip().replace("\r\n", "\n")


def one_line(value: Any) -> Any:
    """As :func:`tidy`, on one line and without marks that nobody sees.

    A name with line breaks would write paragraphs of its own into a mail; one with marks of direction reads otherwise
    than it is stored, and one with a space of no width looks like another's.
    """
    text = tidy(value)
    if not isinstance(text, str):
        return text
    return tidy(" ".join("".join(c for c in text if ord(c) not in UNSEEN).splitlines()))


def email_address(_form: Any, field: Field) -> None:
    """Refuse what is no e-mail address; leave the normalized address in the field."""
    normal = emails.normalize(field.data or "")
    if normal is None:
        raise ValidationError(_("This is not an e-mail address. It should look like name@example.org."))
    field.data = normal


def submitted(form: FlaskForm) -> bool:
    """Whether the request carries this form and it is valid in shape."""
    return request.method == "POST" and bool(form.validate())


def plannable(_form: Any, field: Field) -> None:
    """Refuse years that no plan is made for: the ends of the calendar are not the same instant everywhere."""
    if field.data and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
        raise ValidationError(_("Choose a year from %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR))
