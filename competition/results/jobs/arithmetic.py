"""The arithmetic of every entry's official score, stored with the run for the page that explains it.

Totals stay integers over the run's common denominator (``summary["total_scale"]``): nothing is rounded
before a person reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from competition.results.decimals import fixed
from scoring import Composite, Standing


@dataclass(frozen=True)
class Arithmetic:
    """Per entry: exact score as ``"a/b"``, mean of all judges' totals and their sample standard deviation
    (points, NaN where undefined), and the arithmetic as a JSON document."""

    exact: list[str | None]
    mean: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]
    documents: list[dict[str, Any]]


def arithmetic_of(standing: Standing, comp: Composite, numbers: Sequence[int]) -> Arithmetic:
    """The arithmetic of all entries; ``numbers`` has the seat number of each judge position.

    The calibrated score is not part of it: it follows from the totals and the judges' diagnostics. Only where a
    sheet misses a criterion, the calibration used other totals; they are stored as ``totals_fit``.
    """
    sheets = standing.sheets
    n = len(standing.rank)
    mean, spread = _moments(standing)
    totals, counts = sheets.total.tolist(), standing.counted.tolist()
    seats = [numbers[judge] for judge in standing.scores.judge[sheets.row].tolist()]
    raw = standing.scores.values[sheets.row].astype(np.int64).tolist()
    partial, totals_fit = _partial(standing, comp, numbers)
    exact: list[str | None] = []
    documents: list[dict[str, Any]] = []
    for i in range(n):
        start = int(sheets.first[i])
        mine = slice(start, start + int(sheets.count[i]))
        counted = [total for total, keep in zip(totals[mine], counts[mine], strict=True) if keep]
        own = Fraction(sum(counted), sheets.scale * len(counted)) if counted else None
        score = own if standing.carried is None else standing.carried.score(i, own)
        exact.append(None if score is None else _ratio(score))
        documents.append({"seats": seats[mine], "totals": totals[mine], "kept": counts[mine], "scores": raw[mine],
                       "partial": partial.get(i, [])})
        if i in totals_fit:
            documents[i]["totals_fit"] = totals_fit[i]
    _add_ties(standing, exact, documents)
    return Arithmetic(exact, mean, spread, documents)


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _moments(standing: Standing) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    sheets, n = standing.sheets, len(standing.rank)
    points = sheets.total.astype(np.float64) / float(sheets.scale)
    count = sheets.count
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(sheets.entry, points, minlength=n) / count
        squares = np.bincount(sheets.entry, np.square(points - mean[sheets.entry]), minlength=n)
        spread = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
    return mean, spread


def _partial(
    standing: Standing, comp: Composite, numbers: Sequence[int]
) -> tuple[dict[int, list[int]], dict[int, list[list[Any]]]]:
    """Entry → seats whose sheet misses a criterion and does not count; and the totals that the calibration
    used for such entries, as ``[seat, total]``."""
    entry, judge = standing.scores.entry, standing.scores.judge
    gaps = np.flatnonzero(np.isnan(standing.scores.values).any(axis=1))
    out: dict[int, list[int]] = {}
    for row in gaps.tolist():
        out.setdefault(int(entry[row]), []).append(numbers[int(judge[row])])
    totals: dict[int, list[list[Any]]] = {}
    for row in np.flatnonzero(np.isin(comp.entry, entry[gaps]) & (comp.coverage > 0)).tolist():
        totals.setdefault(int(comp.entry[row]), []).append([numbers[int(comp.judge[row])], fixed(comp.y[row])])
    return out, totals


def _add_ties(standing: Standing, exact: list[str | None], documents: list[dict[str, Any]]) -> None:
    """What was compared among ranked entries whose scores are truly equal."""
    groups: dict[str, list[int]] = {}
    for i in np.flatnonzero(standing.rank > 0).tolist():
        groups.setdefault(exact[i] or "", []).append(i)
    rules = standing.rule.tie_break
    for members in groups.values():
        if len(members) > 1:
            for i in members:
                documents[i]["ties"] = [[name, _compared(standing, i, name, documents[i])] for name in rules]
                documents[i]["equals"] = len(members)


def _compared(standing: Standing, i: int, name: str, work: dict[str, Any]) -> str | None:
    """The value of one tie-break: percent, points, or minor units of the quote; None when there is no quote."""
    count = len(work["totals"])
    if name == "untrimmed_mean":
        return _ratio(Fraction(sum(work["totals"]), standing.sheets.scale * count))
    if name == "lower_quote":
        return None if standing.quote is None else f"{int(standing.quote[i])}/1"
    at, criterion = next((at, c) for at, c in enumerate(standing.criteria) if c.id == name)
    lo, hi = int(criterion.lo), int(criterion.hi)
    return _ratio(Fraction(100 * (sum(scores[at] for scores in work["scores"]) - count * lo), count * (hi - lo)))
