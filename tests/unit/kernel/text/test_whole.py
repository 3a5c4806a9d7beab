from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.kernel.text.numbers import MOST, whole


@given(number=st.integers(0, MOST))
def test_a_whole_number_is_read_as_it_is_written(number: int) -> None:
    assert whole(str(number)) == number


@pytest.mark.parametrize(("text", "number"), [
    ("", None), ("-1", None), ("1.5", None), ("1e5", None), (" 1", None), ("²", None), ("x", None), ("007", 7),
    ("١٢", 12), ("2147483647", MOST), ("2147483648", None), ("9" * 20, None), ("9" * 5000, None),
    ("0" * 5000 + "1", None),
])
def test_anything_else_is_none(text: str, number: int | None) -> None:
    assert whole(text) == number


def test_the_limit_is_the_callers() -> None:
    assert (whole("9", 9), whole("10", 9)) == (9, None)
