"""Krippendorff's alpha in closed form."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from scoring.errors import ScoringError
from scoring.ranks import midranks
from scoring.types import AnyInts, FloatArray

Level: TypeAlias = Literal["nominal", "ordinal", "interval", "ratio"]

CHUNK = 4_000_000
"""Cells of the table of distinct values that are compared at a time (32 MB)."""


def alpha_of(unit: AnyInts, value: FloatArray, level: Level) -> float:
    """Alpha = 1 - observed / expected disagreement of the values that share a unit.

    Parameters
    ----------
    unit : array of int, shape (n,)
        What was scored.
    value : array of float, shape (n,)
    level : {"nominal", "ordinal", "interval", "ratio"}

    Returns
    -------
    float
        NaN without a unit of two values or without any difference.

    Raises
    ------
    ScoringError
        Unknown level, or negative values at the ratio level, where they have no meaning.

    Notes
    -----
    With m_u values in unit u and n pairable values in all, the disagreements are

        D_o = 1/n sum_u 1/(m_u - 1) sum_{i != j in u} d(x_i, x_j),   D_e = 1/(n (n-1)) sum_{i != j} d(x_i, x_j).

    Squared differences need no pairs: sum_{i != j} (x_i - x_j)^2 = 2 m sum (x_i - mean)^2.  The ordinal
    metric is the squared difference of midranks among the pairable values, so it is interval on ranks.
    """
    sizes = np.bincount(unit)
    pairable = sizes[unit] > 1
    unit, value = unit[pairable], value[pairable]
    n = len(value)
    if not n:
        return float("nan")
    _, unit = np.unique(unit, return_inverse=True)
    size = np.bincount(unit).astype(float)
    if level == "interval":
        observed, expected = _squares(unit, value, size)
    elif level == "ordinal":
        observed, expected = _squares(unit, midranks(value), size)
    elif level == "nominal":
        observed, expected = _matches(unit, value, size)
    elif level == "ratio":
        if (value < 0).any():
            raise ScoringError("The ratio level needs values of zero or more.")
        observed, expected = _proportions(unit, value, size)
    else:
        raise ScoringError(f"Unknown level {level!r}: nominal, ordinal, interval or ratio.")
    return float(1.0 - (n - 1) * observed / expected) if expected > 0 else float("nan")


def _squares(unit: AnyInts, value: FloatArray, size: FloatArray) -> tuple[float, float]:
    mean = np.bincount(unit, weights=value) / size
    spread = np.bincount(unit, weights=(value - mean[unit]) ** 2)
    observed = float((2.0 * size * spread / (size - 1.0)).sum())
    expected = 2.0 * len(value) * float(((value - value.mean()) ** 2).sum())
    # Equal values leave rounding noise, not disagreement.
    scale = float(np.abs(value).max()) ** 2 * len(value) ** 2
    return observed, expected if expected > 1e-24 * scale else 0.0


def _matches(unit: AnyInts, value: FloatArray, size: FloatArray) -> tuple[float, float]:
    levels, code = np.unique(value, return_inverse=True)
    cell, count = np.unique(unit.astype(np.int64) * len(levels) + code, return_counts=True)
    same = np.bincount(cell // len(levels), weights=count.astype(float) ** 2)
    observed = float(((size**2 - same) / (size - 1.0)).sum())
    total = np.bincount(code).astype(float)
    return observed, float(len(value)) ** 2 - float((total**2).sum())


def _proportions(unit: AnyInts, value: FloatArray, size: FloatArray) -> tuple[float, float]:
    order = np.argsort(unit, kind="stable")
    start = np.cumsum(size) - size
    observed = 0.0
    for m in np.unique(size):
        rows = start[size == m].astype(np.int64)[:, None] + np.arange(int(m))
        block = value[order][rows]
        observed += float(_apart(block[:, :, None], block[:, None, :]).sum()) / (m - 1.0)
    levels, count = np.unique(value, return_counts=True)
    step = max(CHUNK // len(levels), 1)
    expected = 0.0
    for at in range(0, len(levels), step):
        apart = _apart(levels[at : at + step, None], levels[None, :])
        expected += float(count[at : at + step] @ apart @ count)
    return observed, expected


def _apart(x: FloatArray, y: FloatArray) -> FloatArray:
    total = x + y
    share = np.divide(x - y, total, out=np.zeros(np.broadcast(x, y).shape), where=total > 0)
    return np.asarray(share * share, dtype=float)
