"""What the forms of calls are made of: texts in every language, rows of a list, points, a section of the editor."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, Form, StringField, TextAreaField
from wtforms.validators import StopValidation

from competition.calls.labels import LANGUAGE_NAMES
from competition.kernel.errors import DomainError
from competition.kernel.text.i18n import LANGUAGES
from competition.kernel.text.numbers import whole
from competition.kernel.text.points import points_text
from competition.kernel.web.forms import BaseForm, Length, VersionedForm


def _in(label: Any, code: str) -> Any:
    return _l("%(field)s (%(language)s)", field=label, language=LANGUAGE_NAMES[code])


def texts(name: str, label: Any, most: int, *, long: bool = False) -> dict[str, Any]:
    """One field per language, named ``name_en`` and so on; a form takes them by ``locals().update(…)``,

    which keeps them in the order in which they are written.
    """
    kind = TextAreaField if long else StringField
    return {f"{name}_{code}": kind(_in(label, code), validators=[Length(most)]) for code in LANGUAGES}


def said(form: Any, name: str) -> dict[str, str]:
    """Language → what was typed, without the languages that say nothing."""
    typed = {code: form[f"{name}_{code}"].data for code in LANGUAGES}
    return {code: text for code, text in typed.items() if text}


def spread(name: str, stored: Mapping[str, str] | None) -> dict[str, str]:
    """Stored texts as the data of the fields made by :func:`texts`."""
    return {f"{name}_{code}": (stored or {}).get(code, "") for code in LANGUAGES}


class Row(Form):
    """One row of a list; its form has the CSRF token, so it needs none."""

    class Meta(BaseForm.Meta):
        csrf = False


class Rows(FieldList):
    """Rows in the order of their numbers. A name with something that only looks like a number is no row's."""

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


class SectionForm(VersionedForm):
    """A section of the editor; on a public call it carries the line for the change log.

    ``language`` is the first that the page offers: what is said in none of them is missing there.
    """

    language = next(iter(LANGUAGES))

    def filled(self) -> list[Any]:
        """The rows in which something is written, of a section that has rows."""
        return []

    def refuse(self, error: DomainError) -> None:
        """A command counts filled rows only, and texts as one: that is put beside the field on the page."""
        _list, _dash, place = (error.field or "").partition("-")
        number, _dash, column = place.partition("-")
        if not column:
            return super().refuse(error)
        row = self.filled()[int(number)]
        self.say(f"{row.name}-{column if column in row.form else f'{column}_{self.language}'}", error.message)
        return None

    for _code in LANGUAGES:
        locals()[f"change_{_code}"] = StringField(_in(_l("What changed"), _code), validators=[Length(300)])
    del _code

    @property
    def change(self) -> dict[str, str]:
        return said(self, "change")


def slug(text: str | None) -> str:
    return re.sub(r"[^a-z0-9]+", "_", (text or "").casefold()).strip("_")[:32]


def keys_of(typed: Iterable[str | None], prefix: str, *, unique: bool = True) -> list[str]:
    """Stable keys for rows: what a row has, else the next free ``k1``; repeats get a new one when ``unique``."""
    wanted = list(typed)
    taken: set[str] = set()
    keys: list[str] = []
    for key in wanted:
        if not key or (unique and key in taken):
            key = next(name for n in range(1, 1000) if (name := f"{prefix}{n}") not in taken and name not in wanted)
        taken.add(key)
        keys.append(key)
    return keys
