"""How the score of an earlier stage counts in a later one, exactly."""

from __future__ import annotations

from fractions import Fraction

HUNDRED = 100


def combine(carry: str, percent: int | None, earlier: Fraction, own: Fraction) -> Fraction:
    """The score of a stage from the earlier score and its own, both on 0-100.

    Parameters
    ----------
    carry
        ``nothing``: the own score. ``sum``: both added, on 0-200. ``weighted``: ``percent`` of the earlier one and
        the rest of the own one, on 0-100.

    >>> combine("sum", None, Fraction(70), Fraction(80))
    Fraction(150, 1)
    >>> combine("weighted", 25, Fraction(70), Fraction(80))
    Fraction(155, 2)
    """
    if carry == "sum":
        return earlier + own
    if carry == "weighted" and percent is not None:
        share = Fraction(percent, HUNDRED)
        return share * earlier + (1 - share) * own
    return own
