"""Random effects of groups of entries: the ratio of their variance to the residual variance.

With topics that differ in quality and judges matched to topics, a model without topics attributes part of a
topic's quality to its judges.  ``y = mu + t_g + q_i + b_j + e`` with ``t_g ~ N(0, var_group)`` leaves it in
the score.  The ratio is a third variance component, found by a search along the profile of the restricted
likelihood: its slope there is ``G - tr(C_tt) / g_t - |t|^2 / (s g_t)`` per log-ratio, where ``C_tt`` is the
groups' prediction variance over s.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from scoring.maximum import Optimum, maximise
from scoring.reml import Likelihood, Solution

SMALLEST = 1e-8
_LARGEST = 1e4
_EXACT = 1e-8
_PROBED = 1e-3


def maximise_with_groups(likelihood: Likelihood, start: tuple[float, float]) -> tuple[Likelihood, Optimum]:
    """Maximise over the ratios of entries, judges and, where the design has groups, groups.

    Parameters
    ----------
    likelihood : Likelihood
    start : (float, float)
        Ratios of entries and judges from which to search.

    Returns
    -------
    Likelihood, Optimum
        The likelihood at the groups' ratio that was found; ``SMALLEST`` stands for zero.
    """
    if not likelihood.design.n_groups:
        return likelihood, maximise(likelihood, start)
    ends: dict[float, tuple[Likelihood, Optimum]] = {}
    ratios = start

    def slope(log_ratio: float) -> float:
        nonlocal ratios
        there = likelihood.with_group_ratio(float(np.exp(log_ratio)))
        optimum = maximise(there, ratios, thorough=not ends)
        ratios = optimum.solution.ratios
        ends[log_ratio] = (there, optimum)
        return _slope(there, optimum.solution)

    low, high = np.log(1e-4), np.log(_LARGEST)
    if slope(low) >= 0.0:
        slope(np.log(SMALLEST))
        return ends[np.log(SMALLEST)]
    if slope(high) <= 0.0:
        return ends[high]
    best = float(brentq(slope, low, high, xtol=_EXACT if likelihood.exact else _PROBED, rtol=1e-12))
    slope(best)
    return ends[best]


def _slope(likelihood: Likelihood, at: Solution) -> float:
    """Slope of the restricted deviance per log of the groups' ratio."""
    d = likelihood.design
    group = slice(d.p - d.n_groups, d.p)
    ratio = 1.0 / float(d.penalty[-1])
    spread = float(np.trace(at.covariance[group, group])) / ratio
    return d.n_groups - spread - float(at.beta[group] @ at.beta[group]) / (at.residual * ratio)
