"""The score of an earlier stage that counts in a later one, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational

from scoring.arguments import listed
from scoring.errors import ScoringError


@dataclass(frozen=True)
class Carried:
    """What an earlier stage adds to each entry's own score: ``share * own + points``.

    Parameters
    ----------
    share : Fraction
        Of the own score, above 0.
    points : tuple of Fraction or None, one per entry
        What the earlier stage adds; an entry without it is not ranked.
    most : Fraction
        The highest score there can be; the pass mark is a percentage of it.

    Examples
    --------
    >>> from fractions import Fraction
    >>> half = Carried(Fraction(1, 2), (Fraction(35),), Fraction(100))
    >>> half.score(0, Fraction(80))
    Fraction(75, 1)
    """

    share: Fraction
    points: tuple[Fraction | None, ...]
    most: Fraction = Fraction(100)

    def __post_init__(self) -> None:
        for name in ("share", "most"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Rational) or value <= 0:
                raise ScoringError(f"{name} must be a Fraction above 0, not {value!r}.")
        for points in listed(self.points, "points", object):
            if points is not None and (isinstance(points, bool) or not isinstance(points, Rational)):
                raise ScoringError(f"points must hold a Fraction or None for each entry, not {points!r}.")

    def score(self, i: int, own: Fraction | None) -> Fraction | None:
        """The score of entry ``i`` with what it carries; None without an own or an earlier score."""
        points = self.points[i]
        return None if own is None or points is None else self.share * own + points
