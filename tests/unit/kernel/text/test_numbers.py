"""Numbers read as the locale writes them; Babel is the oracle."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

from competition.kernel.text import i18n
from competition.kernel.text.languages import LANGUAGES


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
@given(value=st.decimals(-(10**9), 10**9, allow_nan=False, places=4), digits=st.integers(0, 3))
def test_number_is_what_babel_writes_with_a_minus_for_a_hyphen(lang: str, value: Decimal, digits: int) -> None:
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    with Flask(__name__).app_context():
        g.lang = lang
        written = format_decimal(round(value, digits) or 0, locale=LANGUAGES[lang].locale, format=pattern)
        assert i18n.number(value, digits) == written.replace("-", "−")


def test_nothing_is_a_dash() -> None:
    assert i18n.number(None) == "–"
