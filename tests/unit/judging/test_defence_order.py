"""The drawn order follows from seed and codes alone."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from competition.judging.defence_order import drawn_order

CODES = st.sets(st.text("ABCDEFGH23456789", min_size=8, max_size=8), max_size=30)


def test_the_order_is_that_of_the_digests() -> None:
    codes = ["AAAA2222", "BBBB3333", "CCCC4444"]
    digests = {code: hashlib.sha256(f"2026-12-01/{code}".encode()).hexdigest() for code in codes}
    assert drawn_order("2026-12-01", codes) == sorted(codes, key=digests.__getitem__)
    assert drawn_order("2026-12-01", codes) == ["BBBB3333", "AAAA2222", "CCCC4444"]


@given(CODES, st.text(max_size=20))
def test_every_code_has_one_place_whatever_order_they_come_in(codes: set[str], seed: str) -> None:
    order = drawn_order(seed, sorted(codes))
    assert sorted(order) == sorted(codes)
    assert drawn_order(seed, sorted(codes, reverse=True)) == order


@given(CODES, st.text(max_size=20), st.text("ABCDEFGH23456789", min_size=8, max_size=8))
def test_an_entry_that_leaves_changes_no_other_place(codes: set[str], seed: str, gone: str) -> None:
    assert drawn_order(seed, codes - {gone}) == [code for code in drawn_order(seed, codes | {gone}) if code != gone]
