"""The rule that turns score sheets into a ranking, and the sheets in exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from scoring.arguments import chosen, listed, whole
from scoring.errors import ScoringError
from scoring.exact import Grid
from scoring.types import AnyInts, Number, as_fraction

METHODS = ("mean", "trimmed", "median")
UNTRIMMED_MEAN = "untrimmed_mean"
LOWER_QUOTE = "lower_quote"


@dataclass(frozen=True)
class Rule:
    """How score sheets become a ranking.

    Parameters
    ----------
    method : {"trimmed", "mean", "median"}
        Of the judges' weighted totals in percent.  ``trimmed`` drops exactly ``drop`` highest and lowest
        totals (even when duplicated) from ``trim_from`` valid sheets on, and is the plain mean below.
    quorum : int
        Valid sheets an entry needs to be ranked.
    trim_from, drop : int
        For ``trimmed``; ``trim_from > 2 drop``.
    pass_mark : number or None
        Percent an entry needs to pass; None = no mark.
    tie_break : tuple of str
        Tried in order among entries with equal scores: a criterion's id (higher mean over all valid sheets
        wins), ``"untrimmed_mean"`` (higher wins), ``"lower_quote"`` (lower wins, no quote loses; decides
        nothing when no quotes are given).  Entries still equal share a rank.
    """

    method: str = "trimmed"
    quorum: int = 3
    trim_from: int = 5
    pass_mark: Number | None = 70
    tie_break: tuple[str, ...] = ()
    drop: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "tie_break", listed(self.tie_break, "tie_break", str))
        chosen(self.method, "method", METHODS)
        whole(self.quorum, "quorum", least=1)
        whole(self.trim_from, "trim_from")
        whole(self.drop, "drop")
        if self.method == "trimmed" and self.trim_from <= 2 * self.drop:
            raise ScoringError("trim_from must leave at least one sheet after dropping.")
        try:
            _ = None if self.pass_mark is None else as_fraction(self.pass_mark)
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            raise ScoringError(f"pass_mark must be a number, not {self.pass_mark!r}.") from None


@dataclass(frozen=True, eq=False)
class Sheets:
    """Valid sheets ordered by entry and total: integers over common denominators.

    ``row`` position in the given scores; ``total / scale`` is the total in percent; ``count`` valid sheets
    per entry, ``first`` where each entry begins.
    """

    row: AnyInts
    entry: AnyInts
    total: NDArray[Any]
    scale: int
    count: AnyInts
    first: AnyInts
    grids: list[Grid]
