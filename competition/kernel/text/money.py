"""Amounts as people type them, to integer minor units. No float ever sees money."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import StopValidation

from competition.kernel.text.languages import SOURCE

LARGEST = 10**15  # minor units; far above any programme, and with room to add up in every database integer
_AMOUNT = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?")
# A comma before the decimals, points between thousands: only where it can't be read in another way.
_COMMA_DECIMALS = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d+,\d{1,2}|\d{1,3}(?:\.\d{3}){2,}")
_SWAPPED = str.maketrans({".": None, ",": "."})
_SEPARATORS = str.maketrans("", "", "'’")


class TooLarge(ValueError):
    """An amount beyond :data:`LARGEST`."""


def minor_units(text: str, currency: str) -> int | None:
    """Minor units of a typed amount, None for nothing typed.

    Reads ``1,200,000.50``, ``1.200.000,50``, ``1 200 000``, ``1'200``, ``CN¥ 1200000.5`` and full-width digits.

    Raises
    ------
    ValueError
        With a translated reason, for anything else, also for what could be read in two ways.
    TooLarge
        For an amount beyond :data:`LARGEST`.
    """
    amount = unicodedata.normalize("NFKC", text)
    for mark in (currency, get_currency_symbol(currency, locale=SOURCE.locale), "¥", "₩", "$", "€"):
        amount = amount.replace(mark, "")
    amount = "".join(amount.split()).translate(_SEPARATORS)
    if not amount:
        return None
    if amount.startswith(("-", "−", "(")):
        raise ValueError(_l("An amount cannot be negative."))
    if _COMMA_DECIMALS.fullmatch(amount):
        amount = amount.translate(_SWAPPED)
    match = _AMOUNT.fullmatch(amount)
    if match is None:
        raise ValueError(_l("Write the amount in digits, such as 1,200,000.50: commas between thousands, "
                            "a point before the decimals."))
    digits = get_currency_precision(currency)
    units, decimals = match[1].replace(",", ""), match[2] or ""
    if len(decimals) > digits:
        raise ValueError(_l("%(currency)s has %(digits)s decimals; this amount has more.",
                            currency=currency, digits=digits))
    if len(units) > len(str(LARGEST)):  # Python reads no number of thousands of digits
        raise TooLarge(_l("This amount is larger than the platform can hold."))
    minor = int(units + decimals.ljust(digits, "0"))
    if minor > LARGEST:
        raise TooLarge(_l("This amount is larger than the platform can hold."))
    return minor


def typed(minor: int | None, currency: str, *, grouped: bool = True) -> str:
    """A stored amount as text for a field, which reads back to the same: ``1,200,000`` or ``1,200,000.50``."""
    if minor is None:
        return ""
    digits = get_currency_precision(currency)
    units, decimals = divmod(minor, 10**digits)
    text = format_decimal(units, format="#,##0", locale=SOURCE.locale) if grouped else str(units)
    return f"{text}.{decimals:0{digits}d}" if decimals else text


class MoneyField(StringField):
    """A typed amount. ``data`` is integer minor units or None; set ``currency`` before validation."""

    currency = "CNY"

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: Any = None  # read when the form is validated: only then the currency is known

    def pre_validate(self, form: Any) -> None:
        text = str(self.raw_data[0]) if self.raw_data else ""
        try:
            self.data = minor_units(text, self.currency)
        except ValueError as error:
            raise StopValidation(str(error)) from error

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return typed(self.data, self.currency)
