"""Raw criterion scores to one total per judge and entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.arguments import instance, listed, numbers, real
from scoring.errors import InvalidScores
from scoring.types import (
    BoolArray,
    Composite,
    Criterion,
    FloatArray,
    IntArray,
    Scores,
    as_fraction,
    checked_fixed,
    checked_group,
    checked_weight,
    codes,
)

_CHUNK = 32_768


def composite(scores: Scores, criteria: Sequence[Criterion]) -> Composite:
    """Weighted percentage of the rubric, per judge and entry.

    With ``z_c = (x_c - lo_c) / (hi_c - lo_c)``, ``y = 100 sum(w_c z_c) / sum(w_c)``.  Where criteria are
    missing, the observed part is centred on the criteria's pool means ``m_c`` before it is scaled up,
    ``y = 100 [sum_obs w_c (z_c - m_c) / sum_obs w_c + sum w_c m_c / sum w_c]``, so a missing hard criterion
    is no advantage and nothing is ever filled with zero.  The estimate may leave 0..100 by a little; it is
    not clamped, because clamping would tie entries.

    Parameters
    ----------
    scores : Scores
        ``values`` of shape (n, C), columns in the order of ``criteria``.
    criteria : sequence of Criterion
        The rubric.

    Returns
    -------
    Composite
        ``y`` in points of 100 and ``coverage`` in 0..1.  A sheet without a single score keeps its row with
        ``y`` NaN and coverage 0 and is ignored later.

    Raises
    ------
    InvalidScores
        Wrong number of columns, infinite or out-of-range values, or the same judge scoring the same entry
        twice (keep the last sheet before calling; rows that differ in ``fixed`` count as separate stages).

    References
    ----------
    Little & Rubin (2019), Statistical Analysis with Missing Data, doi:10.1002/9781119482260 (missing criteria).

    Examples
    --------
    >>> from scoring import Criterion, Scores, composite
    >>> rubric = [Criterion("fit", 3, 0, 10), Criterion("safety", 1, 0, 5)]
    >>> composite(Scores([0, 1], [0, 0], [[8, 5], [6, 2]]), rubric).y.tolist()
    [85.0, 55.0]
    """
    table = check_columns(scores, criteria)
    reject_duplicates(scores)
    lo = np.array([float(as_fraction(c.lo)) for c in criteria])
    span = np.array([float(c.span) for c in criteria])
    weight = np.array([float(as_fraction(c.weight)) for c in criteria])
    _check_range(table, lo, lo + span)
    share = weight / weight.sum()
    slope = 100.0 * share / span
    y = table @ slope - float(slope @ lo)
    coverage = np.ones(len(y))
    gaps = np.flatnonzero(np.isnan(y))
    if gaps.size:
        means = _pool_means(table, lo, span)
        y[gaps], coverage[gaps] = _with_gaps((table[gaps] - lo) / span, share, means)
    return _build(scores, y, coverage)


def composite_from(
    entry: ArrayLike,
    judge: ArrayLike,
    y: ArrayLike,
    weight: ArrayLike | None = None,
    fixed: ArrayLike | None = None,
    *,
    entry_ids: Sequence[Any] | NDArray[Any] | None = None,
    judge_ids: Sequence[Any] | NDArray[Any] | None = None,
    lo: float = -np.inf,
    hi: float = np.inf,
    group: Sequence[Any] | NDArray[Any] | None = None,
) -> Composite:
    """Take totals as they are, on any scale.

    Repeated judge-entry pairs are kept as replicate measurements, as mixed-model software does;
    :func:`scoring.composite` rejects them because a judge has one sheet per entry.

    Parameters
    ----------
    entry, judge : array of int, shape (n,)
        See :mod:`scoring.types`.
    y : array of float, shape (n,)
        Totals in any unit; must be finite.
    weight, fixed : array, optional
        As in :class:`scoring.Scores`.
    entry_ids, judge_ids : sequence, optional
        Labels.
    lo, hi : float
        Ends of the scale, if it has any; a total outside is an error.
    group : sequence, shape (N,) or (n,), optional
        As in :class:`scoring.Scores`.

    Raises
    ------
    InvalidScores
        NaN, infinite or out-of-range totals, bad weights, shapes that do not match.

    Returns
    -------
    Composite

    References
    ----------
    Bates, Mächler, Bolker & Walker (2015), Journal of Statistical Software 67, doi:10.18637/jss.v067.i01
    (replicates in crossed models).

    Examples
    --------
    >>> from scoring import composite_from
    >>> composite_from([0, 0, 1], [0, 1, 0], [7.5, 6.0, 8.0], lo=0, hi=10)
    <Composite: 3 totals of 2 entries by 2 judges>
    """
    total = numbers(y, "y")
    if total.ndim != 1:
        raise InvalidScores("y must be one-dimensional.")
    n = len(total)
    low, high = real(lo, "lo"), real(hi, "hi")
    bad = ~np.isfinite(total) | (total < low) | (total > high)
    if bad.any():
        text = "y must be finite and inside the scale from lo to hi."
        raise InvalidScores(text, np.flatnonzero(bad).tolist())
    entry_codes, entry_labels = codes(entry, entry_ids, n, "entry")
    judge_codes, judge_labels = codes(judge, judge_ids, n, "judge")
    row_weight = checked_weight(weight, n)
    return Composite(
        entry=entry_codes,
        judge=judge_codes,
        y=total,
        weight=np.ones(n) if row_weight is None else row_weight,
        coverage=np.ones(n),
        fixed=checked_fixed(fixed, n),
        entry_ids=entry_labels,
        judge_ids=judge_labels,
        n_entries=len(entry_labels),
        n_judges=len(judge_labels),
        lo=low,
        hi=high,
        group=checked_group(group, entry_codes, len(entry_labels)),
    )


def check_columns(scores: Scores, criteria: Sequence[Criterion]) -> FloatArray:
    """The table of values after checking that the rubric fits it; shape (n, C)."""
    instance(scores, "scores", Scores)
    names = [c.id for c in listed(criteria, "criteria", Criterion)]
    if not names:
        raise InvalidScores("The rubric has no criterion: criteria is empty.")
    if len(set(names)) != len(names):
        raise InvalidScores("Two criteria have the same id.")
    if scores.values.shape[1] != len(names):
        raise InvalidScores(f"values has {scores.values.shape[1]} columns for {len(names)} criteria.")
    return scores.values


def reject_duplicates(scores: Scores) -> None:
    """Raise InvalidScores when a judge has two sheets for one entry (and the same ``fixed`` row)."""
    key = scores.entry.astype(np.int64) * max(scores.n_judges, 1) + scores.judge
    ordered = np.sort(key)
    if not (ordered[1:] == ordered[:-1]).any():
        return
    columns = [key.astype(np.float64)]
    if scores.fixed is not None:
        columns += list(scores.fixed.T)
    _, inverse, count = np.unique(
        np.column_stack(columns), axis=0, return_inverse=True, return_counts=True
    )
    again = np.flatnonzero(count[inverse.reshape(-1)] > 1)
    if again.size:
        raise InvalidScores("A judge scored the same entry more than once.", again.tolist())


def outside(table: FloatArray, lo: FloatArray, hi: FloatArray) -> BoolArray:
    """Rows holding an infinite or out-of-range value (NaN is missing, not wrong)."""
    slack = 1e-9 * (hi - lo)
    with np.errstate(invalid="ignore"):
        wrong = (table < lo - slack) | (table > hi + slack)
    return np.asarray(wrong.any(axis=1), dtype=np.bool_)


def _check_range(table: FloatArray, lo: FloatArray, hi: FloatArray) -> None:
    """Raise on out-of-range rows; chunks stay in cache, and equal bounds need one flat pass."""
    one_scale = bool((lo == lo[0]).all() and (hi == hi[0]).all())
    if one_scale and table.flags.c_contiguous and table.size:
        low, high = float(np.fmin.reduce(table, axis=None)), float(np.fmax.reduce(table, axis=None))
        if not (low < lo[0] or high > hi[0]):
            return
    bad = [
        start + np.flatnonzero(outside(table[start : start + _CHUNK], lo, hi))
        for start in range(0, len(table), _CHUNK)
    ]
    rows = np.concatenate(bad) if bad else np.zeros(0, dtype=np.intp)
    if rows.size:
        raise InvalidScores("Scores lie outside their criterion's range.", rows.tolist())


def _pool_means(table: FloatArray, lo: FloatArray, span: FloatArray) -> FloatArray:
    """Mean of the standardised scores per criterion; the middle of the range where nobody scored it."""
    seen = ~np.isnan(table)
    count = seen.sum(axis=0)
    total = np.where(seen, table, 0.0).sum(axis=0)
    means: FloatArray = np.where(count > 0, (total / np.maximum(count, 1) - lo) / span, 0.5)
    return means


def _with_gaps(z: FloatArray, share: FloatArray, means: FloatArray) -> tuple[FloatArray, FloatArray]:
    seen = ~np.isnan(z)
    coverage: FloatArray = seen @ share
    part = np.where(seen, z - means, 0.0) @ share
    with np.errstate(invalid="ignore", divide="ignore"):
        y: FloatArray = 100.0 * (part / coverage + float(share @ means))
    return np.where(coverage > 0, y, np.nan), coverage


def _build(scores: Scores, y: FloatArray, coverage: FloatArray) -> Composite:
    if scores.entry_ids is None or scores.judge_ids is None:
        raise InvalidScores("Scores carries no labels.")
    return Composite(
        entry=scores.entry,
        judge=scores.judge,
        y=y,
        weight=np.ones(len(y)) if scores.weight is None else scores.weight,
        coverage=coverage,
        fixed=scores.fixed,
        entry_ids=scores.entry_ids,
        judge_ids=scores.judge_ids,
        n_entries=scores.n_entries,
        n_judges=scores.n_judges,
        lo=0.0,
        hi=100.0,
        group=scores.group,
    )


def scored(comp: Composite) -> Composite:
    """The composite without the rows that carry no information (coverage 0)."""
    if comp.coverage.all():
        return comp
    keep = np.flatnonzero(comp.coverage > 0)
    return replaced_rows(
        comp,
        comp.entry[keep],
        comp.judge[keep],
        comp.y[keep],
        comp.weight[keep],
        comp.coverage[keep],
        None if comp.fixed is None else comp.fixed[keep],
    )


def replaced_rows(
    comp: Composite,
    entry: IntArray,
    judge: IntArray,
    y: FloatArray,
    weight: FloatArray,
    coverage: FloatArray,
    fixed: FloatArray | None,
) -> Composite:
    """The same labels and scale with other rows."""
    return Composite(
        entry=entry,
        judge=judge,
        y=y,
        weight=weight,
        coverage=coverage,
        fixed=fixed,
        entry_ids=comp.entry_ids,
        judge_ids=comp.judge_ids,
        n_entries=comp.n_entries,
        n_judges=comp.n_judges,
        lo=comp.lo,
        hi=comp.hi,
        group=comp.group,
    )
