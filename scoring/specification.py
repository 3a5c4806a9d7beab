"""Whether judges were matched to entries by something that also makes entries better or worse.

The mixed model assumes that entries' quality and judges are unrelated.  Where judges of one topic read the
entries of that topic only, and topics differ, that fails.  Hausman's contrast (1978; Mundlak 1978 for the
random-effects case) compares the judges' effects with entries as fixed effects, which do not need the
assumption, with those of the mixed model, in the directions in which the mixed model draws at least half of
its information from it.  The contrast knows only what the few bridging scores tell.  In the same directions the
mixed model attributes to judges what may be the entries', so there its judges differ more than they do in the
other directions; both signs estimate the same quantity and are combined by their precisions.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import brentq
from scipy.special import chdtrc, fdtrc

from scoring.design import Design
from scoring.reml import Solution
from scoring.solver import gram
from scoring.types import AnyInts, FloatArray

MOST_JUDGES = 300
_BORROWED = 0.5
_ALONE = 1e-8
_ENOUGH_DIRECTIONS = 4


def matching_p_value(design: Design, at: Solution) -> float:
    """Chance of so large a contrast if entries and judges were unrelated; 1 where nothing is borrowed.

    Parameters
    ----------
    design : Design
        Of one pool, without judges' scales, with at most :data:`MOST_JUDGES` judges.
    at : Solution

    Returns
    -------
    float
    """
    seen = np.flatnonzero(design.judge_weight > 0)
    if len(seen) < 3 or at.ratios[0] == 0.0:
        return 1.0
    mixed, mixed_right = _equations(design, at.shrink, seen, profile=True)
    inverse = np.divide(1.0, design.entry_weight, out=np.zeros_like(at.shrink), where=design.entry_weight > 0)
    within, within_right = _equations(design, inverse, seen, profile=False)
    # The mean of all judges is not estimable: work in its complement.
    basis = np.linalg.svd(np.ones((1, len(seen))))[2][1:].T
    share, vector = eigh(basis.T @ within @ basis, basis.T @ mixed @ basis)
    borrowed = np.flatnonzero((share < _BORROWED) & (share > _ALONE))
    if not borrowed.size:
        return 1.0
    both = vector.T @ (basis.T @ mixed_right)
    own = vector[:, borrowed].T @ (basis.T @ within_right) / share[borrowed]
    by_bridges = both[borrowed] - own
    precision = np.diag(1.0 / (at.residual * (1.0 / share[borrowed] - 1.0)))
    spread = vector.T @ (basis.T @ mixed @ basis)
    return _combined_p_value(both, by_bridges, precision, spread @ spread.T, borrowed, at.residual)


def _combined_p_value(
    both: FloatArray, by_bridges: FloatArray, precision: FloatArray, spread: FloatArray, borrowed: AnyInts, noise: float
) -> float:
    """Chance of what is borrowed being so far from nothing, by the bridges and by the judges' own spread together.

    Parameters
    ----------
    both : array, shape (J - 1,)
        Judges' effects in the mixed model, in directions that are independent with variance ``noise``.
    by_bridges, precision : array, shape (k,), (k, k)
        Estimate of what entries add in the borrowed directions, from the contrast, and its precision.
    spread : array, shape (J - 1, J - 1)
        Covariance of ``both`` per variance of a judge.
    borrowed : array of int, shape (k,)
    """
    free = np.setdiff1d(np.arange(len(both)), borrowed)
    weighted, freedom = precision @ by_bridges, np.inf
    total = precision
    if len(free) >= _ENOUGH_DIRECTIONS:
        judges = _judge_variance(both[free], spread[np.ix_(free, free)], noise)
        size = len(borrowed)
        between = np.linalg.inv(noise * np.eye(size) + judges * spread[np.ix_(borrowed, borrowed)])
        total = precision + between
        weighted = weighted + between @ both[borrowed]
        freedom = len(free) / float(np.trace(np.linalg.solve(total, between)) / size) ** 2
    squares = float(weighted @ np.linalg.solve(total, weighted))
    if np.isinf(freedom):
        return float(chdtrc(len(borrowed), squares))
    return float(fdtrc(len(borrowed), freedom, squares / len(borrowed)))


def _judge_variance(both: FloatArray, spread: FloatArray, noise: float) -> float:
    """Variance of a judge at which these directions have their expected sum of squares (Paule & Mandel 1982)."""
    value, vector = np.linalg.eigh(spread)
    seen = np.square(vector.T @ both)

    def excess(variance: float) -> float:
        return float((seen / (noise + variance * value)).sum()) - len(both)

    if excess(0.0) <= 0.0:
        return 0.0
    high = 1.0
    while excess(high) > 0.0:
        high *= 4.0
    return float(brentq(excess, 0.0, high))


def _equations(
    design: Design, shrink: FloatArray, seen: AnyInts, *, profile: bool
) -> tuple[FloatArray, FloatArray]:
    """Information matrix and right side of fixed judge effects, the columns of X taken out."""
    system = np.diag(design.judge_weight) - gram(design.pairs, shrink)
    right = design.judge_sums - design.pairs.T @ (shrink[:, None] * design.entry_sums)
    if not profile:
        return system[np.ix_(seen, seen)], right[seen, 0]
    cross = design.gram - design.entry_sums.T @ (shrink[:, None] * design.entry_sums)
    to_x = np.linalg.solve(cross[1:, 1:] + np.diag(design.penalty), np.column_stack([cross[1:, 0], right[:, 1:].T]))
    system = system - right[:, 1:] @ to_x[:, 1:]
    total = right[:, 0] - right[:, 1:] @ to_x[:, 0]
    return system[np.ix_(seen, seen)], total[seen]
