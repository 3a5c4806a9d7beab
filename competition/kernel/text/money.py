"""Amounts as people type them, to integer minor units. No float ever sees money."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol
from flask_babel import gettext as _
from wtforms import StringField
from wtforms.validators import StopValidation

from competition.kernel.text.languages import SOURCE

LARGEST = 10**15  # minor units; far above any programme, far below 2**63
LONGEST = 40  # characters before the point; Python reads no number of thousands of digits
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_PLAIN = re.compile(r"[0-9]+")


def parse(text: str, currency: str) -> int:
    """Minor units of a typed amount: ``"1,200,000.50"``, ``"CN¥ 1200000.5"``, ``"１２００"``.

    Raises
    ------
    ValueError
        With a translated reason, for anything that could be read in two ways.
    """
    raw = unicodedata.normalize("NFKC", text)
    for mark in (currency, get_currency_symbol(currency, locale=SOURCE.locale), "¥", "₩", "$", "€"):
        raw = raw.replace(mark, "")
    raw = "".join(raw.split())
    digits = get_currency_precision(currency)
    whole, point, cents = raw.partition(".")
    if raw.startswith(("-", "−", "(")):
        raise ValueError(_("An amount cannot be negative."))
    if not (_PLAIN.fullmatch(whole) or _GROUPED.fullmatch(whole)):
        raise ValueError(_("Write the amount in digits, such as 1,200,000.50: commas between thousands, "
                           "a point before the decimals."))
    if point and not _PLAIN.fullmatch(cents):
        raise ValueError(_("Write digits after the point, or leave the point out."))
    if len(cents) > digits:
        raise ValueError(_("%(currency)s has %(digits)s decimals; this amount has more.",
                           currency=currency, digits=digits))
    if len(whole) > LONGEST:
        raise ValueError(_("This amount is larger than the platform can hold."))
    minor = int(whole.replace(",", "")) * 10**digits + int(cents.ljust(digits, "0") or "0")
    if minor > LARGEST:
        raise ValueError(_("This amount is larger than the platform can hold."))
    return minor


def typed(minor: int | None, currency: str) -> str:
    """How a stored amount is put back into a field: ``1,200,000`` or ``1,200,000.50``."""
    if minor is None:
        return ""
    digits = get_currency_precision(currency)
    whole, cents = divmod(minor, 10**digits)
    text = format_decimal(whole, format="#,##0", locale=SOURCE.locale)
    return f"{text}.{cents:0{digits}d}" if cents else text


class MoneyField(StringField):
    """A typed amount. ``data`` is integer minor units or None; set ``currency`` before validation."""

    currency = "CNY"

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: Any = None  # read when the form is validated: only then the currency is known

    def pre_validate(self, form: Any) -> None:
        typed_text = str(self.raw_data[0]) if self.raw_data else ""
        if not typed_text.strip():
            return
        try:
            self.data = parse(typed_text, self.currency)
        except ValueError as error:
            raise StopValidation(str(error)) from error

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return typed(self.data, self.currency)
