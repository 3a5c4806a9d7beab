"""Scores as stored and as typed: exact, in hundredths."""

from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.calls.queries import CriterionView
from competition.judging.scores import MISSING, fits, pack, parse, total, unpack
from competition.kernel.text.points import points_text

hundredths = st.integers(-(2**31) + 1, 2**31 - 1)


def criterion(weight: int = 20, lo: int = 0, hi: int = 1000, step: int = 50) -> CriterionView:
    return CriterionView("k", {}, {}, weight, lo, hi, step, False, None)


@given(st.lists(st.none() | hundredths, max_size=12))
def test_packing_loses_nothing(values: list[int | None]) -> None:
    packed = pack(values)
    assert unpack(packed) == values
    assert np.frombuffer(packed, "<i4").tolist() == [MISSING if value is None else value for value in values]


def test_a_value_that_does_not_fit_is_refused() -> None:
    with pytest.raises(struct.error):
        pack([2**31])


@given(st.integers(0, 10**6))
def test_typed_points_come_back_exactly(value: int) -> None:
    assert parse(points_text(value)) == value
    assert parse(points_text(value).replace(".", ",")) == value


@pytest.mark.parametrize(("typed", "value"), [
    ("7.5", 750), ("7,5", 750), ("7.50", 750), ("7", 700), (" 0 ", 0), ("", None), ("-2.25", -225), ("+1", 100),
    ("7.500", 750), ("0.01", 1),
])
def test_what_a_judge_types(typed: str, value: int | None) -> None:
    assert parse(typed) == value


@pytest.mark.parametrize("typed", ["7.555", "seven", "1e2", "NaN", "7.", ".5", "1 000", "--1", "12345678"])
def test_what_is_no_score(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse(typed)


def test_the_scale_is_exact() -> None:
    ten = criterion(lo=0, hi=1000, step=50)
    assert [v for v in range(-50, 1101, 25) if fits(v, ten)] == list(range(0, 1001, 50))
    odd = criterion(lo=100, hi=500, step=150)
    assert [v for v in range(0, 600, 10) if fits(v, odd)] == [100, 250, 400]


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(0, 20)), min_size=1, max_size=8))
def test_the_total_is_the_exact_fraction_rounded_half_up(rows: list[tuple[int, int]]) -> None:
    criteria = [criterion(weight=weight) for weight, _step in rows]
    values = [step * 50 for _weight, step in rows]
    exact = sum((Fraction(w * v, 1000) for (w, _s), v in zip(rows, values, strict=True)), Fraction(0))
    exact = exact * 10000 / sum(w for w, _s in rows)
    weighted = total(values, criteria)
    assert weighted is not None
    assert Fraction(-1, 2) < exact - weighted <= Fraction(1, 2) or exact - weighted == Fraction(-1, 2)
    assert weighted == int(exact + Fraction(1, 2))


def test_a_missing_score_has_no_total() -> None:
    assert total([None, 500], [criterion(), criterion()]) is None
    assert total([500, 1000], [criterion(weight=30), criterion(weight=70)]) == 8500
