"""Typed amounts become exact minor units, in the notations of the people who type them, or a reason."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from competition.kernel.text.money import LARGEST, TooLarge, minor_units, typed


@pytest.fixture(autouse=True)
def request_context() -> object:
    """Reasons are translated, which needs a request."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(("text", "currency", "minor"), [
    ("", "CNY", None), ("  ", "CNY", None), ("0", "CNY", 0), ("0.01", "CNY", 1),
    ("1,200,000.50", "CNY", 120_000_050), ("1200000.5", "CNY", 120_000_050),
    ("1 200 000,50", "CNY", 120_000_050), ("1.200.000,50", "CNY", 120_000_050), ("1.200.000", "CNY", 120_000_000),
    ("1200,50", "CNY", 120_050), ("12,5", "CNY", 1_250), ("1'200", "CNY", 120_000),
    (" CN¥ 1,200 ", "CNY", 120_000), ("¥ 0.01", "CNY", 1), ("EUR 99.90", "EUR", 9_990),
    ("１２００", "CNY", 120_000), ("٣٤", "CNY", 3_400),
    ("1,200", "KRW", 1_200), ("5,000", "KRW", 5_000), ("1.234", "KWD", 1_234),
])
def test_amounts_that_are_clear(text: str, currency: str, minor: int | None) -> None:
    assert minor_units(text, currency) == minor


@pytest.mark.parametrize(("text", "currency", "word"), [
    ("1,2,3", "CNY", "commas between thousands"), ("1,20,000", "CNY", "commas between thousands"),
    ("1,200,00", "CNY", "commas between thousands"), ("1.2.3", "CNY", "commas between thousands"),
    ("120万", "CNY", "digits"), ("1e9", "CNY", "digits"), ("about 5", "CNY", "digits"), ("NaN", "CNY", "digits"),
    ("5.", "CNY", "digits"), (".5", "CNY", "digits"), ("+5", "CNY", "digits"),
    ("-5", "CNY", "negative"), ("(5)", "CNY", "negative"),
    ("1.005", "CNY", "2 decimals"), ("0.001", "CNY", "2 decimals"), ("1.5", "KRW", "0 decimals"),
    ("1.200", "CNY", "2 decimals"),  # twelve hundred, or one and a fifth
])
def test_amounts_that_are_not(text: str, currency: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        minor_units(text, currency)


@pytest.mark.parametrize("text", ["1" * 18, "10,000,000,000,000.01", "9" * 5000])
def test_amounts_that_are_too_large(text: str) -> None:
    with pytest.raises(TooLarge, match="larger"):
        minor_units(text, "CNY")


@given(st.integers(0, LARGEST), st.sampled_from(["CNY", "KRW", "USD", "JPY", "KWD"]), st.booleans())
def test_what_is_shown_can_be_typed_again(minor: int, currency: str, grouped: bool) -> None:
    assert minor_units(typed(minor, currency, grouped=grouped), currency) == minor
