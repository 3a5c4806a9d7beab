"""Who is among the best k, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from scoring.draws import entry_draws
from scoring.errors import Disconnected, ScoringError
from scoring.fit import Fit
from scoring.summaries import competition_ranks
from scoring.threads import one_thread
from scoring.types import AnyInts, BoolArray, FloatArray, IntArray

METHODS = ("auto", "plugin", "joint")
_SMALL_N = 100
_SMALL_J = 30
_DOUBT = 0.05
_QUANTILE = 1.959963984540054


@dataclass(frozen=True, eq=False)
class TopK:
    """Probabilities of being among the best k.

    Attributes
    ----------
    k : int
    method : {"plugin", "joint"}
        What was used.
    p : array of float, shape (N,)
        P(entry is among the best k); sums to ``min(k, scored entries)``; 0 for an entry without a score.
    rank : array of int32, shape (N,)
        Competition rank of the calibrated score (1, 2, 2, 4); 0 without a score.
    boundary : array of int32
        Positions of the entries that are too close to call, 0.05 < p < 0.95, and of entries tied with the
        cut, best first.
    """

    k: int
    method: str
    p: FloatArray
    rank: IntArray
    boundary: IntArray
    _fit: Fit
    _known: AnyInts
    _drawn: tuple[IntArray, IntArray] | None

    @cached_property
    def _interval(self) -> tuple[IntArray, IntArray]:
        return _approximate_interval(self._fit, self._known) if self._drawn is None else self._drawn

    @property
    def rank_lo(self) -> IntArray:
        """Best rank of the 95 % interval; 0 without a score."""
        return self._interval[0]

    @property
    def rank_hi(self) -> IntArray:
        """Worst rank of the 95 % interval; 0 without a score."""
        return self._interval[1]


def top_k(
    fit: Fit, k: int, method: str = "auto", draws: int = 1000, seed: int = 0, among: BoolArray | None = None,
) -> TopK:
    """Probability that each entry is among the best k, with 95 % rank intervals.

    Parameters
    ----------
    fit : Fit
    k : int
        Number of places, at least 1.
    method : {"auto", "plugin", "joint"}
        ``plugin`` solves ``sum Phi((score_i - t) / se_i) = k`` for the cut t: deterministic, treats entries
        as independent.  ``joint`` draws judges and entries from their posterior, so that what entries share
        through their judges cancels.  ``auto`` takes ``joint`` below 100 entries or 30 judges, for pools
        that are compared by assumption, and for weakly linked panels.
    draws, seed : int
        For ``joint``.
    among : array of bool, shape (N,), optional
        Entries that compete for the places; the others keep their calibrated score, but get no rank and take
        none from anybody.  All by default.

    Returns
    -------
    TopK

    Raises
    ------
    Disconnected
        A fit with ``pools="within"`` of several pools has no common ranking.
    """
    if method not in METHODS:
        raise ScoringError(f"Unknown method {method!r}; choose one of {', '.join(METHODS)}.")
    if k < 1 or draws < 1:
        raise ScoringError("k and draws must be at least 1.")
    links = fit.model.links
    if links.n_pools > 1 and fit.pools == "within":
        raise Disconnected([np.flatnonzero(links.component == c).tolist() for c in range(links.n_pools)])
    counted = links.component >= 0 if among is None else (links.component >= 0) & among
    known = np.flatnonzero(counted)
    if not len(known):
        raise ScoringError("No entry with a score competes for the places.")
    if method == "auto":
        few = len(known) < _SMALL_N or int(np.count_nonzero(links.entries_of_judge)) < _SMALL_J
        weak = links.n_pools > 1 or any("weakly linked" in w for w in fit.warnings)
        method = "joint" if few or weak else "plugin"
    p = np.zeros(len(links.component))
    drawn = None
    if method == "joint":
        p[known], low, high = _by_draws(fit, known, k, draws, seed)
        drawn = _spread_ranks(len(p), known, low), _spread_ranks(len(p), known, high)
    else:
        p[known] = _plugin(fit.entries.score[known], fit.entries.se[known], k)
    rank = competition_ranks(np.where(counted, fit.entries.score, np.nan))
    return TopK(k, method, p, rank, _boundary(fit, p, rank, k), fit, known, drawn)


def _plugin(score: FloatArray, se: FloatArray, k: int) -> FloatArray:
    """``Phi((score - t) / se)`` with the cut t at which they sum to k; bisection-guarded Newton."""
    if k >= len(score):
        return np.ones(len(score))
    width = np.maximum(se, 1e-12 * max(float(np.ptp(score)), 1e-300))
    reach = 12.0 * float(width.max())
    low, high = float(score.min()) - reach, float(score.max()) + reach
    cut = float(np.partition(score, -k)[-k])
    for _ in range(200):
        z = (score - cut) / width
        over = float(ndtr(z).sum()) - k
        low, high = (cut, high) if over > 0 else (low, cut)
        if abs(over) < 1e-10 * k or high - low < 1e-14 * max(abs(low), abs(high)):
            break
        slope = float((np.exp(-0.5 * z * z) / width).sum()) / np.sqrt(2.0 * np.pi)
        step = cut + over / slope if slope > 0 else low - 1.0
        cut = step if low < step < high else 0.5 * (low + high)
    return np.asarray(ndtr((score - cut) / width))


def _by_draws(
    fit: Fit, known: AnyInts, k: int, draws: int, seed: int
) -> tuple[FloatArray, IntArray, IntArray]:
    """Share of draws in the top k, and the 2.5 % and 97.5 % quantiles of the rank."""
    ranks = np.empty((draws, len(known)), dtype=np.int32)
    places = np.arange(1, len(known) + 1, dtype=np.int32)
    done = 0
    for block in entry_draws(fit, draws, seed):
        for column in block[known].T:
            ranks[done, np.argsort(-column, kind="stable")] = places
            done += 1
    hits = (ranks <= k).mean(axis=0)
    low, high = np.quantile(ranks, (0.025, 0.975), axis=0, method="inverted_cdf")
    return hits, low.astype(np.int32), high.astype(np.int32)


def _approximate_interval(fit: Fit, known: AnyInts) -> tuple[IntArray, IntArray]:
    """95 % rank intervals for many entries.

    An entry's rank is 1 + the number of entries above its true score: the interval of the score moves
    along the expected count, widened by the count's own variance.
    """
    score, se = fit.entries.score[known], np.maximum(fit.entries.se[known], 1e-300)
    grid = np.linspace(score.min() - 4 * se.max(), score.max() + 4 * se.max(), 1025)
    with one_thread():
        above, variance = _counts(score, se, grid)
    ahead = np.interp(score, grid, above) - 0.5
    noise = np.interp(score, grid, variance)
    up = ahead - np.interp(score + _QUANTILE * se, grid, above)
    down = np.interp(score - _QUANTILE * se, grid, above) - ahead - 1.0
    low = 1.0 + ahead - np.sqrt(np.square(np.maximum(up, 0.0)) + _QUANTILE**2 * noise)
    high = 1.0 + ahead + np.sqrt(np.square(np.maximum(down, 0.0)) + _QUANTILE**2 * noise)
    size = len(fit.entries.score)
    return (
        _spread_ranks(size, known, np.clip(np.floor(low + 0.5), 1, len(known)).astype(np.int32)),
        _spread_ranks(size, known, np.clip(np.floor(high + 0.5), 1, len(known)).astype(np.int32)),
    )


def _counts(score: FloatArray, se: FloatArray, grid: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Expected number of entries above each grid point, and the variance of that number.

    Entries are pooled into at most 4,096 groups of neighbouring scores, so the cost does not grow with N.
    """
    order = np.argsort(score, kind="stable")
    edges = np.unique(np.linspace(0, len(order), 4097).astype(np.int64))
    size = np.diff(edges).astype(np.float64)
    centre = np.add.reduceat(score[order], edges[:-1]) / size
    width = np.sqrt(np.add.reduceat(np.square(se[order]), edges[:-1]) / size)
    above, variance = np.empty(len(grid)), np.empty(len(grid))
    for start in range(0, len(grid), 128):
        part = slice(start, start + 128)
        chance = ndtr((centre[None, :] - grid[part, None]) / width[None, :])
        above[part] = chance @ size
        variance[part] = (chance * (1.0 - chance)) @ size
    return above, variance


def _boundary(fit: Fit, p: FloatArray, rank: IntArray, k: int) -> IntArray:
    """Entries in doubt and entries tied with the cut, best score first."""
    doubtful = (p > _DOUBT) & (p < 1.0 - _DOUBT)
    tied = np.zeros(len(p), dtype=bool)
    inside = (rank > 0) & (rank <= k)
    if np.count_nonzero(inside) > k:
        tied = rank == int(rank[inside].max())
    found = np.flatnonzero(doubtful | tied)
    return found[np.lexsort((found, -fit.entries.score[found]))].astype(np.int32)


def _spread_ranks(size: int, known: AnyInts, values: IntArray) -> IntArray:
    out = np.zeros(size, dtype=np.int32)
    out[known] = values
    return out
