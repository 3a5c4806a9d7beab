"""Lists in parts: every item once, in order, no part too long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from competition.kernel.data.batches import batches


@given(st.lists(st.integers()), st.integers(1, 9))
def test_the_parts_are_the_list(items: list[int], size: int) -> None:
    parts = [list(part) for part in batches(items, size)]
    assert [item for part in parts for item in part] == items
    assert all(len(part) == size for part in parts[:-1])
    assert all(1 <= len(part) <= size for part in parts)
