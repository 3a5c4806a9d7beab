"""Scores as stored: one little-endian int32 array per sheet, hundredths of a point, in rubric order."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from decimal import Decimal
from math import lcm

from competition.calls.queries import CriterionView

MISSING = -(2**31)
_TYPED = re.compile(r"[+-]?\d{1,7}(?:[.,]\d{1,2}0*)?")


def pack(values: Sequence[int | None]) -> bytes:
    """Bytes of a sheet's scores; ``None`` (not yet scored) becomes :data:`MISSING`.

    Raises
    ------
    struct.error
        When a value does not fit in 32 bits.
    """
    return struct.pack(f"<{len(values)}i", *(MISSING if value is None else value for value in values))


def unpack(data: bytes) -> list[int | None]:
    """The scores of a sheet in hundredths, in rubric order; ``None`` where none was given."""
    return [None if value == MISSING else value for value in struct.unpack(f"<{len(data) // 4}i", data)]


def parse(text: str) -> int | None:
    """Hundredths of a typed number, exactly: ``"7.5"`` and ``"7,5"`` are 750. Empty text is no score.

    Raises
    ------
    ValueError
        When it is not a number, or finer than a hundredth.
    """
    text = text.strip()
    if not text:
        return None
    if not _TYPED.fullmatch(text):
        raise ValueError(text)
    return int(Decimal(text.replace(",", ".")).scaleb(2))


def fits(value: int, criterion: CriterionView) -> bool:
    """Whether a score lies on the criterion's scale: within its ends and on one of its steps."""
    return criterion.lo <= value <= criterion.hi and (value - criterion.lo) % criterion.step == 0


def total(values: Sequence[int | None], criteria: Sequence[CriterionView]) -> int | None:
    """Weighted total on 0-100 in hundredths, half rounded up; ``None`` while a score is missing.

    For lists and for the judge's own page; ranks are computed from the scores themselves.
    """
    common = lcm(*(criterion.hi - criterion.lo for criterion in criteria))
    weighted = weights = 0
    for value, criterion in zip(values, criteria, strict=True):
        if value is None:
            return None
        weighted += criterion.weight * (value - criterion.lo) * (common // (criterion.hi - criterion.lo))
        weights += criterion.weight
    return (20000 * weighted + common * weights) // (2 * common * weights)
