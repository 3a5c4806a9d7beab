"""Hundredths as points: exact, and as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.kernel.text.points import points, points_text


@pytest.mark.parametrize(
    ("hundredths", "text"),
    [(None, ""), (0, "0"), (750, "7.5"), (5, "0.05"), (700, "7"), (1000, "10"), (10000, "100"), (-225, "-2.25")],
)
def test_points_are_written_without_trailing_zeros(hundredths: int | None, text: str) -> None:
    assert points_text(hundredths) == text


@given(st.integers(-(10**6), 10**6))
def test_points_are_exact(hundredths: int) -> None:
    assert points(hundredths) * 100 == hundredths
    assert Decimal(points_text(hundredths)) == Decimal(hundredths).scaleb(-2)
