"""Long lists in parts, where one statement or one mail job takes only so many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Slices of at most ``size`` items, in order; none for an empty sequence."""
    return (items[start:start + size] for start in range(0, len(items), size))
