"""Partial lotteries: inclusion probabilities from scores and their doubt, and a draw from a public seed.

For calls that announce a lottery beforehand.  A lottery does not make the choice better; it says openly what
the scores cannot decide.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.optimize import linprog

from scoring.arguments import between, chosen, instance, numbers, whole
from scoring.errors import Infeasible, ScoringError
from scoring.fit import Fit
from scoring.intervals import posterior
from scoring.topk import competing
from scoring.types import AnyInts, FloatArray

METHODS = ("clipped_linear", "maximin")


def lottery(
    fit: Fit,
    k: int,
    cost: ArrayLike | None = None,
    budget: float | None = None,
    method: str = "clipped_linear",
    band: float = 0.5,
    among: ArrayLike | None = None,
) -> FloatArray:
    """Probability with which each entry is to be drawn.

    Parameters
    ----------
    fit : Fit
    k : int
        Expected number of places.
    cost, budget : array of shape (N,) and number, optional
        Instead of k places, a budget that is kept in expectation; k then only bounds the number.
    method : {"clipped_linear", "maximin"}
        ``clipped_linear``: the probability rises linearly with the score, from 0 to 1 over the width of a
        typical interval, so it moves little when a score does.  ``maximin``: the largest worst case of the
        expected number of truly best entries over all rankings that are consistent with the intervals.
    band : float
        Level of the intervals.  Entries whose interval lies wholly above every possible line are in.
    among : array of bool, shape (N,), optional
        Entries that compete.

    Returns
    -------
    array, shape (N,)
        In 0..1; they sum to ``min(k, competitors)``, or their cost to the budget where it binds.

    Raises
    ------
    ScoringError
        A bad argument; a budget without costs; ``maximin`` with costs.

    References
    ----------
    Goldberg, Giles & Shah (2025), A principled approach to randomized selection under uncertainty,
    doi:10.48550/arXiv.2506.19083 (maximin over interval orders).  Heyard, Ott, Salanti & Egger (2022), Statistics
    and Public Policy 9, doi:10.1080/2330443X.2022.2086190 (lotteries near the line).

    Examples
    --------
    >>> from scoring import calibrate, composite_from, lottery
    >>> y = [70, 66, 55, 46, 49, 45, 33, 20]
    >>> fit = calibrate(composite_from([0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 1, 2, 2, 0, 1, 2], y))
    >>> p = lottery(fit, 2)
    >>> round(float(p.sum()), 6), bool(p[0] >= p[1] >= p[3])
    (2.0, True)
    """
    instance(fit, "fit", Fit)
    chosen(method, "method", METHODS)
    whole(k, "k", least=1)
    between(band, "band", 0.0, 1.0)
    rivals = np.flatnonzero(competing(fit, among))
    price = _prices(cost, budget, len(fit.entries.score))
    post = posterior(fit, level=band)
    out = np.zeros(len(fit.entries.score))
    places = min(k, len(rivals))
    if method == "maximin":
        if price is not None:
            raise ScoringError("method='maximin' is for a number of places, not for a budget.")
        out[rivals] = _maximin(post.lo[rivals], post.hi[rivals], post.score[rivals], places)
        return out
    width = max(float(np.median(post.hi[rivals] - post.lo[rivals])), 1e-9 * fit.model.design.unit)
    steep = post.score[rivals] / width
    share = _clipped(steep, np.ones(len(rivals)), float(places))
    if price is not None and budget is not None and float(price[rivals] @ share) > float(budget):
        share = _clipped(steep, price[rivals], float(budget))
    out[rivals] = share
    return out


def _prices(cost: ArrayLike | None, budget: float | None, n: int) -> FloatArray | None:
    if (cost is None) != (budget is None):
        raise ScoringError("cost and budget belong together.")
    if cost is None or budget is None:
        return None
    price = numbers(cost, "cost")
    if price.shape != (n,) or not (np.isfinite(price) & (price >= 0)).all():
        raise ScoringError(f"cost must hold {n} numbers of at least 0.")
    between(budget, "budget", 0.0, np.inf)
    return price


def _clipped(steep: FloatArray, price: FloatArray, goal: float) -> FloatArray:
    """``clip(1/2 + steep - t, 0, 1)`` with the t at which the prices of the shares sum to the goal."""
    if goal >= float(price.sum()):
        return np.ones(len(steep))
    low, high = float(steep.min()) - 1.0, float(steep.max()) + 1.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if float(price @ np.clip(0.5 + steep - middle, 0.0, 1.0)) > goal:
            low = middle
        else:
            high = middle
    return np.asarray(np.clip(0.5 + steep - 0.5 * (low + high), 0.0, 1.0))


def _maximin(lo: FloatArray, hi: FloatArray, score: FloatArray, k: int) -> FloatArray:
    """Shares with the best worst case, and among these the ones that favour the higher scores.

    A set of k can be the best when some line leaves all of it possibly above and the rest possibly below: it
    holds everybody whose interval lies above the line (M), nobody whose interval lies below, and any r of the
    others (F).  The smallest total share of such sets is ``sum_M p + max_t [r t - sum_F max(t - p, 0)]``, so the
    worst case over all lines is one linear programme in p, the worst case v, and t and the excesses per line.
    """
    n = len(lo)
    if k >= n:
        return np.ones(n)
    worth = (score - score.mean()) / max(float(score.std()), 1e-300)
    programme = _Programme(lo, hi, k)
    best = programme.solved(np.append(np.zeros(n), 1.0), (0.0, float(k)))
    least = float(best[n])
    return np.clip(programme.solved(np.append(worth, 0.0), (max(least - 1e-7 * k, 0.0), float(k)))[:n], 0.0, 1.0)


class _Programme:
    """The linear programme; variables p (n), v, then per line t and one excess for each of its F."""

    def __init__(self, lo: FloatArray, hi: FloatArray, k: int) -> None:
        self.n, self.k = len(lo), k
        rows: list[AnyInts] = []
        columns: list[AnyInts] = []
        values: list[FloatArray] = []
        size, count = self.n + 1, 0
        for line in np.unique(np.concatenate([lo, hi])).tolist():
            above, free = np.flatnonzero(lo > line), np.flatnonzero((lo <= line) & (hi >= line))
            room = k - len(above)
            if not 0 <= room <= len(free):
                continue
            t, excess = size, size + 1 + np.arange(len(free))
            ones = np.ones(len(free))
            # v - sum_M p - r t + sum_F u <= 0, and t - p_i - u_i <= 0 for i in F
            rows.append(np.full(2 + len(above) + len(free), count))
            columns.append(np.concatenate([[self.n, t], above, excess]))
            values.append(np.concatenate([[1.0, -float(room)], -np.ones(len(above)), ones]))
            rows.append(np.tile(count + 1 + np.arange(len(free)), 3))
            columns.append(np.concatenate([np.full(len(free), t), free, excess]))
            values.append(np.concatenate([ones, -ones, -ones]))
            size, count = size + 1 + len(free), count + 1 + len(free)
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        self.table = sparse.csr_matrix(entries, shape=(count, size))

    def solved(self, objective: FloatArray, worst_case: tuple[float, float]) -> FloatArray:
        """Values of all variables that maximise the objective in p and v."""
        extra = self.table.shape[1] - self.n - 1
        total = sparse.csr_matrix(np.append(np.ones(self.n), np.zeros(1 + extra))[None, :])
        solution = linprog(
            -np.append(objective, np.zeros(extra)), self.table, np.zeros(self.table.shape[0]), total, [float(self.k)],
            [(0.0, 1.0)] * self.n + [worst_case] + [(0.0, 1.0)] * extra, method="highs",
        )  # fmt: skip
        if solution.x is None:
            raise Infeasible(f"No lottery of {self.k} places: {solution.message}")
        return np.asarray(solution.x)


def draw(probabilities: ArrayLike, seed: str | int) -> AnyInts:
    """A set drawn with these inclusion probabilities, from a public seed that anybody can check.

    Systematic sampling in an order and from a starting point that SHA-256 of the seed decides: every entry is
    in with exactly its probability, and the size is the sum of the probabilities, rounded up or down.

    Parameters
    ----------
    probabilities : array, shape (N,)
        In 0..1, as from :func:`lottery`.
    seed : str or int
        Announced beforehand, decided afterwards: the numbers of a public draw, say.

    Returns
    -------
    array of int
        Positions, increasing.

    Raises
    ------
    ScoringError
        Probabilities outside 0..1, or a seed that is neither text nor a whole number.

    References
    ----------
    Madow (1949), Annals of Mathematical Statistics 20, doi:10.1214/aoms/1177729988 (systematic sampling).

    Examples
    --------
    >>> from scoring import draw
    >>> draw([1.0, 0.5, 0.5, 0.0], "2026-11-30: 7 12 23 31 40 44").tolist()
    [0, 2]
    """
    p = numbers(probabilities, "probabilities")
    if p.ndim != 1 or not ((p >= -1e-9) & (p <= 1.0 + 1e-9)).all():
        raise ScoringError("probabilities must be one-dimensional and lie in 0..1.")
    if isinstance(seed, bool) or not isinstance(seed, str | int):
        raise ScoringError(f"seed must be text or a whole number, not {seed!r}.")
    order = sorted(range(len(p)), key=lambda i: hashlib.sha256(f"{seed}/order/{i}".encode()).digest())
    start = int.from_bytes(hashlib.sha256(f"{seed}/start".encode()).digest()[:6]) / 2**48
    edges = np.round(np.cumsum(np.clip(p, 0.0, 1.0)[order]), 9)
    hits = np.floor(edges - start + 1.0) - np.floor(np.append(0.0, edges[:-1]) - start + 1.0) > 0
    return np.sort(np.array(order, dtype=np.int64)[hits])
