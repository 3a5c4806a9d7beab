"""Amounts are read exactly, in the notations of the people who type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.entries.money import MOST, TooLarge, minor_units, typed


@pytest.mark.parametrize(("text", "minor"), [
    ("", None), ("  ", None), ("0", 0), ("1200000", 120_000_000), ("1,200,000", 120_000_000),
    ("1,200,000.50", 120_000_050), ("1 200 000,50", 120_000_050), ("1.200.000,50", 120_000_050),
    ("1.200.000", 120_000_000), ("１２００", 120_000), ("12,5", 1250), ("0.01", 1), ("٣", 300), ("1'200", 120_000),
])
def test_what_is_an_amount(text: str, minor: int | None) -> None:
    assert minor_units(text, "CNY") == minor


@pytest.mark.parametrize("text", [
    "-1", "1e3", "about 5", "1,20,000", "0.001", "1.2.3", "NaN", "1,200,00", "1" * 20, "1.", ".5", "+5",
])
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        minor_units(text, "CNY")


@pytest.mark.parametrize("text", ["1" * 18, "10,000,000,000,000.01"])
def test_what_is_too_large(text: str) -> None:
    with pytest.raises(TooLarge):
        minor_units(text, "CNY")


def test_a_currency_without_decimals() -> None:
    assert minor_units("5,000", "KRW") == 5000
    with pytest.raises(ValueError):
        minor_units("5000.5", "KRW")


@given(st.integers(0, MOST), st.sampled_from(["CNY", "KRW", "KWD"]))
def test_what_the_form_shows_reads_back(minor: int, currency: str) -> None:
    assert minor_units(typed(minor, currency), currency) == minor
