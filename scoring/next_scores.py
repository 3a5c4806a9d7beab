"""Which further scores would do most to settle who is above the cut line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, owens_t

from scoring.arguments import instance, unmasked, whole
from scoring.errors import ScoringError
from scoring.fit import Fit
from scoring.intervals import posterior
from scoring.topk import cut_line
from scoring.types import AnyInts, BoolArray, FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class NextBest:
    """Further scores in order of what they are worth, best first.

    Attributes
    ----------
    entry, judge : array of int, shape (m,)
        Positions in the fit.
    gain : array of float, shape (m,)
        Expected fall of p (1 - p), p = chance that the entry is among the k best: at most 0.25, and 0
        when the score cannot change anything.  In a batch, after the scores before it.
    """

    entry: AnyInts
    judge: AnyInts
    gain: FloatArray

    def __repr__(self) -> str:
        return f"<NextBest: {len(self)} scores for {len(np.unique(self.entry))} entries>"

    @property
    def pairs(self) -> AnyInts:
        """Entry and judge side by side, shape (m, 2)."""
        return np.column_stack([self.entry, self.judge])

    def __len__(self) -> int:
        return len(self.gain)

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        return zip(self.entry.tolist(), self.judge.tolist(), self.gain.tolist(), strict=True)


def next_best(
    fit: Fit,
    k: int,
    candidates: ArrayLike | None = None,
    n: int | None = None,
    most_per_judge: int | None = None,
) -> NextBest:
    """Rank candidate pairs by how much one more score would settle the cut line, or choose a batch.

    Parameters
    ----------
    fit : Fit
    k : int
        Number of places, 1..N-1 for anything to be unsettled.
    candidates : int array, shape (m, 2), or bool array, shape (N, J), optional
        Pairs of entry and judge that may be asked for: no conflicts, not scored yet.  All pairs without a
        score by default.
    n : int, optional
        Choose a batch of so many scores one after the other, each counting on those before it, so that the
        batch spreads over entries.  Without it all candidates are ranked as if each were the only one.
    most_per_judge : int, optional
        Most scores of a batch that one judge is asked for.

    Returns
    -------
    NextBest
        Gain falls; equal gains in the order of entry, then judge.  Entries and judges without a score
        start from the spread of the population.

    Raises
    ------
    ScoringError
        A bad argument, or candidates outside the fit.

    Notes
    -----
    With the cut line t held fixed, entry i is N(q, se^2) and h = (q - t) / se, both from
    :func:`scoring.posterior`.  A score by judge j adds an observation with variance v_j s + se(b_j)^2 (in the
    entry's points, so divided by the judge's scale squared), which moves the mean by an amount known in
    distribution and leaves the variance (1 - r) se^2.  Then E[p'^2] is the bivariate normal probability
    Phi2(h, h; r), and with Owen's T the expected fall of p (1 - p) is

        Phi(h) (1 - Phi(h)) - 2 T(h, sqrt((1 - r) / (1 + r))).

    This is the knowledge gradient for classification about a threshold, without the correlation between
    entries.  In a batch r counts the earlier scores of the same entry, and the gain is the difference.

    References
    ----------
    Owen (1956), Annals of Mathematical Statistics 27, doi:10.1214/aoms/1177728074.  Frazier, Powell & Dayanik
    (2008), SIAM Journal on Control and Optimization 47, doi:10.1137/070693424 (knowledge gradient).

    Examples
    --------
    >>> from scoring import calibrate, composite_from, next_best
    >>> y = [70, 60, 55, 46, 51, 41, 33, 20]
    >>> fit = calibrate(composite_from([0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 1, 2, 2, 0, 1, 2], y))
    >>> next_best(fit, 2, n=2).entry.tolist()
    [2, 1]
    """
    instance(fit, "fit", Fit)
    whole(k, "k")
    most = None if most_per_judge is None else whole(most_per_judge, "most_per_judge", least=1)
    entry, judge = _pairs(fit, candidates)
    post = posterior(fit)
    score = np.where(np.isnan(post.score), fit.mu, post.score)
    unseen = float(np.sqrt(max(fit.var_entry, 0.0)))
    se = np.where(np.isnan(post.se), unseen, post.se)
    if not 0 < k < len(score):
        h = np.full(len(score), np.inf)
    else:
        unit = fit.model.design.unit
        origin, cut = cut_line(score, se, k, unit)
        h = (score - origin - cut) / np.maximum(se, 1e-9 * unit)
    noise = _noise(fit)[judge]
    precision = np.divide(se[entry] ** 2, noise, out=np.zeros(len(entry)), where=np.isfinite(noise))
    if n is None:
        gain = _fall(h[entry], precision)
        order = np.lexsort((judge, entry, -np.round(gain, 12)))
        return NextBest(entry[order], judge[order], gain[order])
    return _batch(entry, judge, h, precision, whole(n, "n"), len(entry) if most is None else most)


def _fall(h: FloatArray, precision: FloatArray) -> FloatArray:
    """Expected fall of p (1 - p) by scores whose precision is ``precision`` times the entry's own."""
    share = precision / (1.0 + precision)
    with np.errstate(invalid="ignore"):
        left = 2.0 * owens_t(h, np.sqrt((1.0 - share) / (1.0 + share)))
        fall = ndtr(h) * ndtr(-h) - left
    return np.where((precision > 0) & np.isfinite(h), np.maximum(fall, 0.0), 0.0)


def _batch(
    entry: AnyInts, judge: AnyInts, h: FloatArray, precision: FloatArray, n: int, most: int
) -> NextBest:
    """Greedy choice; the gain of further scores of an entry falls with those chosen before."""
    precision_added = np.zeros(len(h))
    load = np.zeros(int(judge.max(initial=-1)) + 1, dtype=np.int64)
    open_pairs = np.ones(len(entry), dtype=bool)
    gain = _fall(h[entry], precision)
    rows: list[int] = []
    gains: list[float] = []
    for _ in range(min(n, len(entry))):
        worth = np.where(open_pairs, np.round(gain, 12), -1.0)
        row = int(np.lexsort((judge, entry, -worth))[0])
        if not open_pairs[row]:
            break
        rows.append(row)
        gains.append(float(gain[row]))
        open_pairs[row] = False
        load[judge[row]] += 1
        if load[judge[row]] >= most:
            open_pairs &= judge != judge[row]
        i = entry[row]
        precision_added[i] += precision[row]
        same = np.flatnonzero(entry == i)
        before = _fall(h[entry[same]], np.full(len(same), precision_added[i]))
        gain[same] = np.maximum(_fall(h[entry[same]], precision_added[i] + precision[same]) - before, 0.0)
    return NextBest(entry[rows], judge[rows], np.array(gains))


def _pairs(fit: Fit, candidates: ArrayLike | None) -> tuple[AnyInts, AnyInts]:
    n_entries, n_judges = len(fit.entries.score), len(fit.judges.leniency)
    if candidates is None:
        table = np.ones((n_entries, n_judges), dtype=bool)
        seen = fit.comp.coverage > 0
        table[fit.comp.entry[seen], fit.comp.judge[seen]] = False
        return _places(table)
    pairs = unmasked(candidates, "candidates")
    if pairs.dtype == bool and pairs.shape == (n_entries, n_judges):
        return _places(pairs)
    if not pairs.size:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise ScoringError("candidates must be pairs of entry and judge, or a boolean table.")
    if pairs.min() < 0 or (pairs.max(axis=0) >= (n_entries, n_judges)).any():
        raise ScoringError(f"candidates must point inside {n_entries} entries and {n_judges} judges.")
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)


def _places(table: BoolArray) -> tuple[AnyInts, AnyInts]:
    rows, columns = np.nonzero(table)
    return rows, columns


def _noise(fit: Fit) -> FloatArray:
    """Variance of one further score of each judge about the entry's quality, in the entry's points."""
    judges = fit.judges
    unseen = np.isnan(judges.leniency)
    noise_ratio = np.where(unseen, 1.0, judges.noise_ratio)
    scale = np.where(unseen | ~(judges.scale > 0), 1.0, judges.scale)
    leniency = np.where(unseen, fit.var_judge, judges.se**2)
    variance: FloatArray = (fit.var_residual * noise_ratio + leniency) / scale**2
    return variance
