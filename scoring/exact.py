"""Vectorised exact arithmetic: scores as whole steps, sums and comparisons of integers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import InvalidScores
from scoring.types import AnyInts, Criterion, FloatArray, as_fraction

_LIMIT = 2**62
_PLACES = 9


@dataclass(frozen=True, eq=False)
class Grid:
    """Whole numbers of ``unit`` above the criterion's lowest score."""

    steps: NDArray[np.int64]
    unit: Fraction


def fits(value: int) -> bool:
    """Whether 64-bit integers hold values up to this size."""
    return abs(value) < _LIMIT


def on_grid(column: FloatArray, rows: AnyInts, criterion: Criterion) -> Grid:
    """Scores of the given rows as exact multiples of a unit.

    With a step, ``lo + k step``; without one the coarsest decimal grid that holds all scores, up to nine
    places.  A float counts as on the grid when it is the float nearest to it, give or take rounding errors
    of a few additions (8 ulp).

    Raises
    ------
    InvalidScores
        Scores outside lo..hi or off the grid, rows named (positions in the whole column).
    """
    value = np.ascontiguousarray(column[rows])
    lo, span = as_fraction(criterion.lo), criterion.span
    low, high = float(lo), float(lo + span)
    slack = 8.0 * np.finfo(float).eps * max(abs(low), abs(high), 1e-300)
    bad = ~((value >= low - slack) & (value <= high + slack))
    if bad.any():
        text = f"Scores of {criterion.id!r} lie outside {criterion.lo} to {criterion.hi}."
        raise InvalidScores(text, rows[bad].tolist())
    if criterion.step is not None:
        unit = as_fraction(criterion.step)
        steps, off = _rounded(value - low, float(unit), slack)
        if off.any():
            text = f"Scores of {criterion.id!r} are not {criterion.lo} plus whole steps of {criterion.step}."
            raise InvalidScores(text, rows[off].tolist())
        return Grid(np.clip(steps, 0, span // unit), unit)
    for places in range(_PLACES + 1):
        steps, off = _rounded(value, 10.0**-places, slack)
        if not off.any():
            common = lcm(10**places, lo.denominator)
            if not fits(int(max(abs(lo), abs(lo + span)) * common) + 1):
                break
            shifted = steps * (common // 10**places) - int(lo * common)
            return Grid(np.clip(shifted, 0, int(span * common)), Fraction(1, common))
    text = f"Scores of {criterion.id!r} have more than {_PLACES} decimals; give the criterion a step."
    raise InvalidScores(text, rows[off].tolist())


def _rounded(value: FloatArray, unit: float, slack: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    whole = np.rint(value / unit)
    off = np.abs(whole * unit - value) > slack
    return whole.astype(np.int64), off


def segment_sums(values: NDArray[Any], first: AnyInts, count: AnyInts) -> NDArray[Any]:
    """Exact sum of each run of ``count`` values that begins at ``first``; 0 for an empty run."""
    out = np.zeros(len(first), dtype=values.dtype)
    filled = np.flatnonzero(count > 0)
    if filled.size:
        out[filled] = np.add.reduceat(values, first[filled])
    return out


def dense_codes(numerator: NDArray[Any], denominator: AnyInts) -> AnyInts:
    """Codes 0, 1, 2 ... in the exact order of the fractions ``numerator / denominator``; equal iff equal."""
    common = lcm(*(int(d) for d in np.unique(denominator))) if len(denominator) else 1
    largest = max(int(abs(numerator).max(initial=0)), 1)
    dtype = np.int64 if fits(largest * common) else object
    factor = np.array([common // int(d) for d in np.unique(denominator)], dtype=dtype)
    place = np.searchsorted(np.unique(denominator), denominator)
    key = numerator.astype(dtype) * factor[place] if len(denominator) else numerator
    return np.asarray(np.unique(key, return_inverse=True)[1].reshape(-1))
