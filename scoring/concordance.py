"""Agreement of rankings: Kendall's W and mean Spearman correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from scoring.ranks import midranks
from scoring.types import AnyInts, FloatArray

SHARED = 3
"""Entries two judges must have in common for their rank correlation to count."""


@dataclass(frozen=True, eq=False)
class Ratings:
    """One value for each pair of entry and judge that occurs; codes without gaps, sorted by entry."""

    entry: AnyInts
    judge: AnyInts
    value: FloatArray

    def table(self) -> FloatArray | None:
        """Entries x judges, or None when a cell is empty."""
        n, k = int(self.entry.max()) + 1, int(self.judge.max()) + 1
        return self.value.reshape(n, k) if len(self.value) == n * k else None


def ratings_of(entry: AnyInts, judge: AnyInts, value: FloatArray) -> Ratings:
    """Codes without gaps and the mean of values that share a cell."""
    if not len(value):
        return Ratings(entry, judge, value)
    _, entry_code = np.unique(entry, return_inverse=True)
    _, judge_code = np.unique(judge, return_inverse=True)
    width = int(judge_code.max()) + 1
    cell, place, count = np.unique(entry_code * width + judge_code, return_inverse=True, return_counts=True)
    if len(cell) == len(value):
        return Ratings(cell // width, cell % width, value[np.argsort(place, kind="stable")])
    mean: FloatArray = np.bincount(place, weights=value) / count
    return Ratings(cell // width, cell % width, mean)


@dataclass(frozen=True, eq=False)
class Concordance:
    """Kendall's W, its p-value and the rank sums of the entries."""

    w: float
    p_value: float
    rank_sums: FloatArray


def kendall(table: FloatArray) -> Concordance | None:
    """Concordance of the columns of a complete entries x judges table.

    W = 12 S / (m^2 (n^3 - n) - m sum (t^3 - t)), t = sizes of ties within a judge (Kendall & Babington
    Smith 1939); m (n - 1) W is referred to chi-square with n - 1 degrees of freedom.

    Returns
    -------
    Concordance or None
        None with fewer than two entries or judges, or when every judge gave one value throughout.
    """
    n, m = table.shape
    if n < 2 or m < 2:
        return None
    ranks = midranks(table, axis=0)
    sums = ranks.sum(axis=1)
    spread = float(((sums - sums.mean()) ** 2).sum())
    ties = 0.0
    for column in table.T:
        count = np.unique(column, return_counts=True)[1].astype(float)
        ties += float((count**3 - count).sum())
    whole = m**2 * (float(n) ** 3 - n) - m * ties
    if whole <= 0:
        return None
    w = 12.0 * spread / whole
    return Concordance(w, float(chdtrc(n - 1, m * (n - 1) * w)), sums)


def mean_spearman(ratings: Ratings) -> tuple[float, int]:
    """Mean rank correlation over pairs of judges who share entries, and the number of such pairs.

    Ranks are taken among the shared entries.  Pairs in which a judge gave all of them one value have no
    correlation and do not count.
    """
    table = ratings.table()
    if table is not None:
        return _of_table(table)
    pair, x, y = _shared(ratings)
    if not len(pair):
        return float("nan"), 0
    common = np.bincount(pair)
    good = common[pair] >= SHARED
    _, pair = np.unique(pair[good], return_inverse=True)
    if not len(pair):
        return float("nan"), 0
    a, b = _ranks_within(pair, x[good]), _ranks_within(pair, y[good])
    middle = (np.bincount(pair) + 1.0) / 2.0
    a, b = a - middle[pair], b - middle[pair]
    product = np.bincount(pair, weights=a * b)
    size = np.bincount(pair, weights=a * a) * np.bincount(pair, weights=b * b)
    filled = size > 0
    if not filled.any():
        return float("nan"), 0
    return float((product[filled] / np.sqrt(size[filled])).mean()), int(filled.sum())


def _of_table(table: FloatArray) -> tuple[float, int]:
    ranks = midranks(table, axis=0)
    varied = ranks[:, np.ptp(ranks, axis=0) > 0]
    k = varied.shape[1]
    if len(table) < SHARED or k < 2:
        return float("nan"), 0
    matrix: FloatArray = np.asarray(np.corrcoef(varied.T))
    return float(matrix[np.triu_indices(k, 1)].mean()), k * (k - 1) // 2


def _shared(ratings: Ratings) -> tuple[AnyInts, FloatArray, FloatArray]:
    """Code of the pair of judges and both values, for each entry and pair of its judges."""
    size = np.bincount(ratings.entry)
    start = np.cumsum(size) - size
    width = int(ratings.judge.max()) + 1
    codes, left, right = [], [], []
    for m in np.unique(size[size > 1]):
        i, j = np.triu_indices(int(m), 1)
        first = start[size == m][:, None]
        a, b = (first + i).ravel(), (first + j).ravel()
        # Rows are sorted by judge within an entry, so the smaller judge is always on the left.
        codes.append(ratings.judge[a].astype(np.int64) * width + ratings.judge[b])
        left.append(ratings.value[a])
        right.append(ratings.value[b])
    if not codes:
        return np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)
    _, code = np.unique(np.concatenate(codes), return_inverse=True)
    return code, np.concatenate(left), np.concatenate(right)


def _ranks_within(group: AnyInts, value: FloatArray) -> FloatArray:
    """Midranks of the values within each group."""
    order = np.lexsort((value, group))
    g, v = group[order], value[order]
    is_first = np.ones(len(v), dtype=bool)
    is_first[1:] = (g[1:] != g[:-1]) | (v[1:] != v[:-1])
    run = np.cumsum(is_first) - 1
    length = np.bincount(run)
    end = np.cumsum(length)
    first_of_group = np.searchsorted(g, np.arange(int(g[-1]) + 1))
    middle = (end - length + end + 1) / 2.0
    ranks = np.empty(len(v))
    ranks[order] = middle[run] - first_of_group[g]
    return ranks
