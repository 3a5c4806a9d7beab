"""Fields of the organizer's forms: rows of a list, points, megabytes; and the keys of rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _
from wtforms import FieldList, Form, StringField
from wtforms.validators import StopValidation

from competition.kernel.text.numbers import whole
from competition.kernel.text.points import points_text
from competition.kernel.web.forms import BaseForm, WholeNumberField
from competition.kernel.web.language_fields import typed_texts

MEGABYTE = 10**6
LOCAL_TIME = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]  # what a browser sends


class Row(Form):
    """One row of a list; its form has the CSRF token, so it needs none."""

    class Meta(BaseForm.Meta):
        csrf = False

    def texts(self, name: str) -> dict[str, str]:
        """What is typed in the fields of one text, by language."""
        return typed_texts(self, name)


class Rows(FieldList):
    """Rows in the order of their numbers. Names whose number is not a plain one are ignored."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        for name in formdata:
            number = whole(name.removeprefix(f"{prefix}-").partition("-")[0])
            if name.startswith(f"{prefix}-") and number is not None:
                yield number


class PointsField(StringField):
    """A score or a step in points with at most two decimals; ``data`` is integer hundredths."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: Any = None

    def pre_validate(self, form: Any) -> None:
        text = unicodedata.normalize("NFKC", str(self.raw_data[0])).strip() if self.raw_data else ""
        if not text:
            return
        try:
            hundredths = Decimal(text) * 100
        except ArithmeticError as error:
            raise StopValidation(_("Write a number such as 0.5.")) from error
        if not hundredths.is_finite() or hundredths != hundredths.to_integral_value() or abs(hundredths) > 10**6:
            raise StopValidation(_("Use at most two decimals, and at most 10,000 points."))
        self.data = int(hundredths)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return points_text(self.data)


class MegabytesField(WholeNumberField):
    """A size typed in whole megabytes; ``data`` is megabytes while the form is validated, then bytes."""

    def process_data(self, value: int | None) -> None:
        self.data: int | None = None if value is None else value // MEGABYTE

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data is not None:
            self.data *= MEGABYTE

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


def add_row(form: Any) -> bool:
    """Append a row when a button "Add a row" was pressed; with scripts the page adds the row itself.

    False when another button was pressed.
    """
    for field in form:
        if isinstance(field, Rows) and f"{field.name}-add" in request.form:
            field.append_entry()
            return True
    return False


def slug(text: str | None) -> str:
    return re.sub(r"[^a-z0-9]+", "_", (text or "").casefold()).strip("_")[:32]


def keys_of(typed: Iterable[str | None], prefix: str, *, unique: bool = True) -> list[str]:
    """Keys for rows: a row's own, else the next free ``<prefix>1``. A repeated key is replaced when ``unique``."""
    wanted = list(typed)
    taken: set[str] = set()
    keys: list[str] = []
    for key in wanted:
        if not key or (unique and key in taken):
            key = next(name for n in range(1, 1000) if (name := f"{prefix}{n}") not in taken and name not in wanted)
        taken.add(key)
        keys.append(key)
    return keys
