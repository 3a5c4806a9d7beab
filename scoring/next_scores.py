"""Which one further score would do most to settle who is above the cut line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtr, owens_t

from scoring.errors import ScoringError
from scoring.fit import Fit
from scoring.types import AnyInts, FloatArray


@dataclass(frozen=True, eq=False)
class NextBest:
    """Further scores in order of what they are worth, best first.

    Attributes
    ----------
    entry, judge : array of int, shape (m,)
        Positions in the fit.
    gain : array of float, shape (m,)
        Expected fall of p (1 - p), p = chance that the entry is among the k best: at most 0.25, and 0
        when the score cannot change anything.
    """

    entry: AnyInts
    judge: AnyInts
    gain: FloatArray

    @property
    def pairs(self) -> AnyInts:
        """Entry and judge side by side, shape (m, 2)."""
        return np.column_stack([self.entry, self.judge])

    def __len__(self) -> int:
        return len(self.gain)

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        return zip(self.entry.tolist(), self.judge.tolist(), self.gain.tolist(), strict=True)


def next_best(fit: Fit, k: int, candidates: ArrayLike) -> NextBest:
    """Rank candidate pairs by how much one more score would settle the cut line.

    Parameters
    ----------
    fit : Fit
    k : int
        Number of places, 1..N-1 for anything to be unsettled.
    candidates : int array, shape (m, 2), or bool array, shape (N, J)
        Pairs of entry and judge that may be asked for: no conflicts, not scored yet.

    Returns
    -------
    NextBest
        Gain falls; equal gains in the order of entry, then judge.  Entries and judges without a score
        start from the spread of the population.

    Raises
    ------
    ScoringError
        k below 0, or candidates outside the fit.

    Notes
    -----
    With the cut line t held fixed, entry i is N(q, se^2) and h = (q - t) / se.  A score by judge j adds
    an observation with variance v_j s + se(b_j)^2 (in the entry's points, so divided by the judge's
    scale squared), which moves the mean by an amount known in distribution and leaves the variance
    (1 - r) se^2.  Then E[p'^2] is the bivariate normal probability Phi2(h, h; r), and with Owen's T
    (Owen 1956) the expected fall of p (1 - p) is

        Phi(h) (1 - Phi(h)) - 2 T(h, sqrt((1 - r) / (1 + r))).

    This is the knowledge gradient for classification about a threshold, without the correlation between
    entries; one-step, so batches should be spread over entries.
    """
    if k < 0:
        raise ScoringError("k must not be negative.")
    entry, judge = _pairs(candidates, len(fit.entries.score), len(fit.judges.leniency))
    score = np.where(np.isnan(fit.entries.score), fit.mu, fit.entries.score)
    unseen = float(np.sqrt(max(fit.var_entry, 0.0)))
    se = np.where(np.isnan(fit.entries.se), unseen, fit.entries.se)
    h = (score - cut_line(score, se, k)) / np.maximum(se, 1e-300)
    noise = _noise(fit)
    gain = np.zeros(len(entry))
    told = (se[entry] > 0) & np.isfinite(noise[judge]) & np.isfinite(h[entry])
    i, j = entry[told], judge[told]
    share = se[i] ** 2 / (se[i] ** 2 + noise[j])
    p = ndtr(h[i])
    left = 2.0 * owens_t(h[i], np.sqrt((1.0 - share) / (1.0 + share)))
    gain[told] = np.maximum(p * ndtr(-h[i]) - left, 0.0)
    order = np.lexsort((judge, entry, -np.round(gain, 12)))
    return NextBest(entry[order], judge[order], gain[order])


def cut_line(score: FloatArray, se: FloatArray, k: int) -> float:
    """The t at which the chances Phi((score - t) / se) add up to k; infinite when all or none get in."""
    if k <= 0:
        return float("inf")
    if k >= len(score):
        return float("-inf")
    width = np.maximum(se, 1e-9 * max(float(np.ptp(score)), 1e-300))
    reach = 40.0 * float(width.max())

    def excess(t: float) -> float:
        return float(ndtr((score - t) / width).sum()) - k

    return float(brentq(excess, float(score.min()) - reach, float(score.max()) + reach, xtol=1e-12, rtol=1e-14))


def _pairs(candidates: ArrayLike, n_entries: int, n_judges: int) -> tuple[AnyInts, AnyInts]:
    given = np.asarray(candidates)
    if given.dtype == bool and given.shape == (n_entries, n_judges):
        entry, judge = np.nonzero(given)
        return entry, judge
    if not given.size:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    if given.ndim != 2 or given.shape[1] != 2 or given.dtype.kind not in "iu":
        raise ScoringError("candidates must be pairs of entry and judge, or a boolean table.")
    if given.min() < 0 or (given.max(axis=0) >= (n_entries, n_judges)).any():
        raise ScoringError(f"candidates must point inside {n_entries} entries and {n_judges} judges.")
    return given[:, 0].astype(np.int64), given[:, 1].astype(np.int64)


def _noise(fit: Fit) -> FloatArray:
    """Variance of one further score of each judge about the entry's quality, in the entry's points."""
    judges = fit.judges
    unseen = np.isnan(judges.leniency)
    noise_ratio = np.where(unseen, 1.0, judges.noise_ratio)
    scale = np.where(unseen | ~(judges.scale > 0), 1.0, judges.scale)
    leniency = np.where(unseen, fit.var_judge, judges.se**2)
    variance: FloatArray = (fit.var_residual * noise_ratio + leniency) / scale**2
    return variance
