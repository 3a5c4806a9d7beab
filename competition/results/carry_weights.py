"""How much the scores of two stages count in the score of the later one."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

HUNDRED = 100


def weights(carry: Mapping[str, Any]) -> tuple[Fraction, Fraction]:
    """The shares of the own and of the earlier score under a run's rule of what carries over."""
    if carry["how"] == "sum":
        return Fraction(1), Fraction(1)
    share = Fraction(int(carry["percent"]), HUNDRED)
    return 1 - share, share
