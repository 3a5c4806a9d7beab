"""Whether judges were matched to entries by something that also makes entries better or worse.

The mixed model assumes that entries' quality and judges are unrelated.  Where judges of one topic read the
entries of that topic only, and topics differ, that fails.  Hausman's contrast (1978; Mundlak 1978 for the
random-effects case) compares the judges' effects with entries as fixed effects, which do not need the
assumption, with those of the mixed model, in the directions in which the mixed model draws at least half of
its information from it.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh
from scipy.special import chdtrc

from scoring.design import Design
from scoring.reml import Solution
from scoring.solver import gram
from scoring.types import AnyInts, FloatArray

MOST_JUDGES = 300
_BORROWED = 0.5
_ALONE = 1e-8


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
    own = vector[:, borrowed].T @ (basis.T @ within_right) / share[borrowed]
    both = vector[:, borrowed].T @ (basis.T @ mixed_right)
    squares = np.square(own - both) / (at.residual * (1.0 / share[borrowed] - 1.0))
    return float(chdtrc(len(borrowed), float(squares.sum())))


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
