"""The arithmetic of every entry's official score, kept with the run for the explain page.

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

from scoring import Standing


@dataclass(frozen=True)
class WorkedSheets:
    """Per entry: exact score as ``"a/b"``, plain mean and sample standard deviation of the judges' totals
    (points, NaN where undefined), and the arithmetic as a JSON document."""

    exact: list[str | None]
    plain: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]
    worked: list[dict[str, Any]]


def worked_sheets(
    standing: Standing, numbers: Sequence[int], calibrated: Sequence[dict[str, Any] | None]
) -> WorkedSheets:
    """The arithmetic of all entries.

    Parameters
    ----------
    numbers
        Seat number of each judge position.
    calibrated
        Per entry the part that the calibration adds, None where there is none.
    """
    sheets = standing.sheets
    n = len(standing.rank)
    plain, spread = _moments(standing)
    totals, kept = sheets.total.tolist(), standing.kept.tolist()
    seats = [numbers[judge] for judge in standing.scores.judge[sheets.row].tolist()]
    raw = standing.scores.values[sheets.row].astype(np.int64).tolist()
    partial = _partial(standing, numbers)
    exact: list[str | None] = []
    worked: list[dict[str, Any]] = []
    for i in range(n):
        start = int(sheets.first[i])
        mine = slice(start, start + int(sheets.count[i]))
        counted = [total for total, keep in zip(totals[mine], kept[mine], strict=True) if keep]
        exact.append(_ratio(Fraction(sum(counted), sheets.scale * len(counted))) if counted else None)
        worked.append({"seats": seats[mine], "totals": totals[mine], "kept": kept[mine], "scores": raw[mine],
                       "partial": partial.get(i, []), "fit": _named(calibrated[i], numbers)})
    _add_ties(standing, exact, worked)
    return WorkedSheets(exact, plain, spread, worked)


def _named(part: dict[str, Any] | None, numbers: Sequence[int]) -> dict[str, Any] | None:
    """The calibration's part with seat numbers in place of positions."""
    return None if part is None else {**part, "judges": [numbers[j] for j in part["judges"]]}


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


def _partial(standing: Standing, numbers: Sequence[int]) -> dict[int, list[int]]:
    """Entry → seats whose sheet misses a criterion and does not count."""
    out: dict[int, list[int]] = {}
    gaps = np.flatnonzero(np.isnan(standing.scores.values).any(axis=1))
    for row in gaps.tolist():
        out.setdefault(int(standing.scores.entry[row]), []).append(numbers[int(standing.scores.judge[row])])
    return out


def _add_ties(standing: Standing, exact: list[str | None], worked: list[dict[str, Any]]) -> None:
    """What was compared among ranked entries whose scores are truly equal."""
    groups: dict[str, list[int]] = {}
    for i in np.flatnonzero(standing.rank > 0).tolist():
        groups.setdefault(exact[i] or "", []).append(i)
    for members in groups.values():
        if len(members) > 1:
            for i in members:
                compared = standing.explain(i).tie_break
                worked[i]["ties"] = [[name, None if v is None else _ratio(v)] for name, v in compared]
                worked[i]["equals"] = len(members)
