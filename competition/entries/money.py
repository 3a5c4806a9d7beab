"""Amounts as people type them, exactly: no float ever touches a quote."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from babel.numbers import get_currency_precision

MOST = 10**15  # minor units; fits every database integer with room to add up
_NUMBER = re.compile(r"\d+(\.\d+)?")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")


class TooLarge(ValueError):
    """An amount beyond :data:`MOST`."""


def minor_units(text: str, currency: str) -> int | None:
    """``1,200,000.50`` → 120000050 for a currency with two decimals; None for nothing typed.

    Accepts full-width digits, spaces and either separator: ``1 200 000,50``, ``1.200.000,50``.

    Raises
    ------
    ValueError
        For anything that is not one amount, is negative, or has more decimals than the currency.
    TooLarge
        For an amount beyond :data:`MOST`.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).replace("'", "").replace("’", "")
    if not plain:
        return None
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+|\d+,\d{1,2}|\d{1,3}(\.\d{3}){2,}", plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise ValueError(text)
    minor = Decimal(plain).scaleb(get_currency_precision(currency))
    if minor > MOST:
        raise TooLarge(text)
    if minor != minor.to_integral_value():
        raise ValueError(text)
    return int(minor)


def typed(minor: int | None, currency: str) -> str:
    """The amount as it stands in the form: ``1200000``, ``1200000.50``; reads back to the same integer."""
    if minor is None:
        return ""
    digits = get_currency_precision(currency)
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}}" if rest else str(whole)
