"""Who is among the best k, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from scoring.arguments import between, chosen, instance, unmasked, whole
from scoring.cautions import FLAT, WEAK
from scoring.draws import can_integrate, entry_draws
from scoring.errors import Disconnected, ScoringError
from scoring.fit import Fit
from scoring.summaries import competition_ranks
from scoring.threads import one_thread
from scoring.types import AnyInts, BoolArray, FloatArray, IntArray

METHODS = ("auto", "plugin", "joint", "integrated")
_SMALL_N = 100
_SMALL_J = 30
_QUANTILE = 1.959963984540054


@dataclass(frozen=True, eq=False, repr=False)
class TopK:
    """Probabilities of being among the best k.

    Attributes
    ----------
    k : int
    method : {"plugin", "joint", "integrated"}
        What was used.
    band : float
        Level of the rank interval that decides who is too close to call.
    p : array of float, shape (N,)
        P(entry is among the best k); sums to ``min(k, scored entries)``; 0 for an entry without a score.
    rank : array of int32, shape (N,)
        Competition rank of the calibrated score (1, 2, 2, 4); 0 without a score.
    boundary : array of int32
        Positions of the entries that are too close to call, ``(1 - band) / 2 < p < (1 + band) / 2``, and of
        entries tied with the cut, by rank, then position.
    """

    k: int
    method: str
    band: float
    p: FloatArray
    rank: IntArray
    boundary: IntArray
    _fit: Fit
    _rivals: AnyInts
    _drawn: tuple[IntArray, IntArray] | None

    def __repr__(self) -> str:
        rivals, close = len(self._rivals), len(self.boundary)
        return f"<TopK: {self.k} places for {rivals} entries, {close} too close to call, method {self.method}>"

    @cached_property
    def _interval(self) -> tuple[IntArray, IntArray]:
        return _approximate_interval(self._fit, self._rivals) if self._drawn is None else self._drawn

    @property
    def rank_lo(self) -> IntArray:
        """Best rank of the 95 % interval; 0 without a score."""
        return self._interval[0]

    @property
    def rank_hi(self) -> IntArray:
        """Worst rank of the 95 % interval; 0 without a score."""
        return self._interval[1]


def top_k(
    fit: Fit,
    k: int,
    method: str = "auto",
    draws: int = 1000,
    seed: int = 0,
    among: ArrayLike | None = None,
    band: float = 0.9,
) -> TopK:
    """Probability that each entry is among the best k, with 95 % rank intervals.

    Parameters
    ----------
    fit : Fit
    k : int
        Number of places, at least 1.
    method : {"auto", "plugin", "joint", "integrated"}
        ``plugin`` solves ``sum Phi((score_i - t) / se_i) = k`` for the cut t: deterministic, treats entries
        as independent.  ``joint`` draws judges and entries from their posterior at the estimated variance
        components, so that what entries share through their judges cancels.  ``integrated`` also draws the
        components, and judges' noise and scale.  ``auto`` takes ``integrated`` below 100 entries or 30
        judges and where the scores hardly distinguish entries (``joint`` where it does not apply), ``joint``
        for pools that are compared by assumption and for weakly linked panels, ``plugin`` otherwise.
    draws, seed : int
        For ``joint`` and ``integrated``.
    among : array of bool, shape (N,), optional
        Entries that compete for the places; the others keep their calibrated score, but get no rank and take
        none from anybody.  All by default.
    band : float
        Entries whose rank interval of this level touches the line are too close to call: ``0.9`` marks
        0.05 < P < 0.95; ``0.5`` marks 0.25 < P < 0.75, the rule of the Swiss science foundation.

    Returns
    -------
    TopK

    Raises
    ------
    Disconnected
        Entries of several pools of a fit with ``pools="within"`` have no common ranking.
    ScoringError
        A bad argument, or nobody who competes.

    References
    ----------
    Goldstein & Spiegelhalter (1996), JRSS A 159, doi:10.2307/2983325 (intervals of ranks).  Heyard, Ott, Salanti
    & Egger (2022), Statistics and Public Policy 9, doi:10.1080/2330443X.2022.2086190 (rank intervals that
    touch the funding line).

    Examples
    --------
    >>> from scoring import calibrate, composite_from, top_k
    >>> comp = composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31])
    >>> top = top_k(calibrate(comp), 1)
    >>> top.rank.tolist(), round(float(top.p.sum()), 6), top.method
    ([1, 2, 3], 1.0, 'integrated')
    """
    instance(fit, "fit", Fit)
    chosen(method, "method", METHODS)
    whole(k, "k", least=1)
    whole(draws, "draws", least=1)
    whole(seed, "seed")
    between(band, "band", 0.0, 1.0)
    counted = competing(fit, among)
    rivals = np.flatnonzero(counted)
    links = fit.model.links
    if method == "auto":
        method = automatic(fit)
    elif method == "integrated" and not can_integrate(fit):
        raise ScoringError("method='integrated' is for small panels with noise, fitted exactly.")
    p = np.zeros(len(links.component))
    drawn = None
    if method in ("joint", "integrated"):
        draw_method = "integrated" if method == "integrated" else "plugin"
        p[rivals], low, high = _by_draws(fit, rivals, k, draws, seed, draw_method)
        drawn = _spread_ranks(len(p), rivals, low), _spread_ranks(len(p), rivals, high)
    else:
        p[rivals] = chances(fit.entries.score[rivals], fit.entries.se[rivals], k, fit.model.design.unit)
    rank = competition_ranks(np.where(counted, fit.entries.score, np.nan))
    return TopK(k, method, band, p, rank, _boundary(p, rank, k, band), fit, rivals, drawn)


def automatic(fit: Fit) -> str:
    """How to weigh the doubt in a fit: ``integrated`` or ``joint`` in small or weakly linked panels."""
    links = fit.model.links
    few = int(np.count_nonzero(links.component >= 0)) < _SMALL_N
    few |= int(np.count_nonzero(links.entries_of_judge)) < _SMALL_J
    if few or any(FLAT in warning for warning in fit.warnings):
        return "integrated" if can_integrate(fit) else "joint" if few else "plugin"
    weak = links.n_pools > 1 or any(WEAK in warning for warning in fit.warnings)
    return "joint" if weak else "plugin"


def competing(fit: Fit, among: ArrayLike | None) -> BoolArray:
    """Mask of the entries that compete for the places; raises where they cannot be compared."""
    links = fit.model.links
    counted = np.asarray(links.component >= 0)
    if among is not None:
        mask = unmasked(among, "among")
        if mask.dtype != bool or mask.shape != counted.shape:
            raise ScoringError(f"among must be a bool array with {len(counted)} items.")
        counted = counted & mask
    if not counted.any():
        raise ScoringError("No entry with a score competes for the places.")
    if fit.pools == "within" and len(np.unique(links.component[counted])) > 1:
        raise Disconnected([np.flatnonzero(links.component == c).tolist() for c in range(links.n_pools)])
    return np.asarray(counted)


def chances(score: FloatArray, se: FloatArray, k: int, unit: float) -> FloatArray:
    """``Phi((score - t) / se)`` with the cut t at which they sum to k.

    Entries without an error are compared at a resolution of ``1e-9 unit``: equals share the places.
    """
    if k >= len(score):
        return np.ones(len(score))
    if k <= 0:
        return np.zeros(len(score))
    origin, cut = cut_line(score, se, k, unit)
    return np.asarray(ndtr((score - origin - cut) / np.maximum(se, 1e-9 * unit)))


def cut_line(score: FloatArray, se: FloatArray, k: int, unit: float) -> tuple[float, float]:
    """The k-th score, and the distance from it to the cut at which the chances sum to k, ``0 < k < N``.

    Bisection-guarded Newton steps.
    """
    width = np.maximum(se, 1e-9 * unit)
    origin = float(np.partition(score, -k)[-k])
    score = score - origin
    reach = 12.0 * float(width.max())
    low, high, cut = float(score.min()) - reach, float(score.max()) + reach, 0.0
    for _ in range(200):
        z = (score - cut) / width
        over = float(ndtr(z).sum()) - k
        low, high = (cut, high) if over > 0 else (low, cut)
        if abs(over) < 1e-10 * k or high - low < 1e-14 * max(abs(low), abs(high)):
            break
        slope = float((np.exp(-0.5 * z * z) / width).sum()) / np.sqrt(2.0 * np.pi)
        step = cut + over / slope if slope > 0 else low - 1.0
        cut = step if low < step < high else 0.5 * (low + high)
    return origin, cut


def _by_draws(
    fit: Fit, rivals: AnyInts, k: int, draws: int, seed: int, method: str
) -> tuple[FloatArray, IntArray, IntArray]:
    """Share of draws in the top k, and the 2.5 % and 97.5 % quantiles of the rank; equals share their places."""
    best = np.empty((draws, len(rivals)), dtype=np.int32)
    worst = np.empty_like(best)
    places = np.arange(1, len(rivals) + 1, dtype=np.int32)
    done = 0
    for block in entry_draws(fit, draws, seed, method):
        for column in block[rivals].T:
            order = np.argsort(-column, kind="stable")
            new = np.append(True, column[order][1:] != column[order][:-1])
            first = np.maximum.accumulate(np.where(new, places, 0))
            size = np.diff(np.append(np.flatnonzero(new), len(rivals)))
            best[done, order] = first
            worst[done, order] = first + np.repeat(size, size).astype(np.int32) - 1
            done += 1
    hits = np.clip((k + 1.0 - best) / (worst - best + 1.0), 0.0, 1.0).mean(axis=0)
    low = np.quantile(best, 0.025, axis=0, method="inverted_cdf")
    high = np.quantile(worst, 0.975, axis=0, method="inverted_cdf")
    return hits, low.astype(np.int32), high.astype(np.int32)


def _approximate_interval(fit: Fit, rivals: AnyInts) -> tuple[IntArray, IntArray]:
    """95 % rank intervals for many entries.

    An entry's rank is 1 + the number of entries above its true score: the interval of the score moves
    along the expected count, widened by the count's own variance.
    """
    score, se = fit.entries.score[rivals], np.maximum(fit.entries.se[rivals], 1e-9 * fit.model.design.unit)
    size = len(fit.entries.score)
    if float(np.ptp(score)) + float(se.max()) < 1e-8 * fit.model.design.unit:
        ends = np.ones(len(rivals), dtype=np.int32), np.full(len(rivals), len(rivals), dtype=np.int32)
        return _spread_ranks(size, rivals, ends[0]), _spread_ranks(size, rivals, ends[1])
    grid = np.linspace(score.min() - 4 * se.max(), score.max() + 4 * se.max(), 1025)
    with one_thread():
        above, variance = _counts(score, se, grid)
    ahead = np.interp(score, grid, above) - 0.5
    noise = np.interp(score, grid, variance)
    up = ahead - np.interp(score + _QUANTILE * se, grid, above)
    down = np.interp(score - _QUANTILE * se, grid, above) - ahead - 1.0
    low = 1.0 + ahead - np.sqrt(np.square(np.maximum(up, 0.0)) + _QUANTILE**2 * noise)
    high = 1.0 + ahead + np.sqrt(np.square(np.maximum(down, 0.0)) + _QUANTILE**2 * noise)
    return (
        _spread_ranks(size, rivals, np.clip(np.floor(low + 0.5), 1, len(rivals)).astype(np.int32)),
        _spread_ranks(size, rivals, np.clip(np.floor(high + 0.5), 1, len(rivals)).astype(np.int32)),
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


def _boundary(p: FloatArray, rank: IntArray, k: int, band: float) -> IntArray:
    """Entries in doubt and entries tied with the cut, by rank, then position."""
    edge = (1.0 - band) / 2.0
    doubtful = (p > edge) & (p < 1.0 - edge)
    tied = np.zeros(len(p), dtype=bool)
    inside = (rank > 0) & (rank <= k)
    if np.count_nonzero(inside) > k:
        tied = rank == int(rank[inside].max())
    close = np.flatnonzero(doubtful | tied)
    return close[np.lexsort((close, rank[close]))].astype(np.int32)


def _spread_ranks(size: int, rivals: AnyInts, values: IntArray) -> IntArray:
    out = np.zeros(size, dtype=np.int32)
    out[rivals] = values
    return out
