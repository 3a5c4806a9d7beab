"""Typed amounts become exact minor units, or a reason."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from competition.kernel.text.money import LARGEST, parse, typed


@pytest.fixture(autouse=True)
def words() -> object:
    """Reasons are translated, which needs a request."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(("text", "currency", "minor"), [
    ("1,200,000.50", "CNY", 120_000_050),
    ("1200000.5", "CNY", 120_000_050),
    (" CN¥ 1,200 ", "CNY", 120_000),
    ("１２００", "CNY", 120_000),
    ("¥ 0.01", "CNY", 1),
    ("0", "CNY", 0),
    ("1,200", "KRW", 1_200),
    ("EUR 99.90", "EUR", 9_990),
    ("1 200 000", "CNY", 120_000_000),
])
def test_amounts_that_are_clear(text: str, currency: str, minor: int) -> None:
    assert parse(text, currency) == minor


@pytest.mark.parametrize(("text", "currency", "word"), [
    ("1200,50", "CNY", "commas between thousands"),
    ("1,2,3", "CNY", "commas between thousands"),
    ("1.200.000", "CNY", "after the point"),
    ("120万", "CNY", "digits"),
    ("-5", "CNY", "negative"),
    ("1.005", "CNY", "2 decimals"),
    ("1.5", "KRW", "0 decimals"),
    ("5.", "CNY", "after the point"),
    ("1e9", "CNY", "digits"),
    ("٣٤", "CNY", "digits"),
    ("99999999999999999", "CNY", "larger"),
])
def test_amounts_that_are_not(text: str, currency: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        parse(text, currency)


@given(st.integers(0, LARGEST), st.sampled_from(["CNY", "KRW", "USD", "JPY"]))
def test_what_is_shown_can_be_typed_again(minor: int, currency: str) -> None:
    assert parse(typed(minor, currency), currency) == minor
