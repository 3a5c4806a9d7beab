"""Judges who differ in reliability (level 2) and in scale (level 3).

Level 2 estimates each judge's noise variance from leverage-corrected residuals and shrinks it to the
others' (empirical Bayes, Smyth 2004).  Level 3 adds a scale ``a_j`` by expectation-maximisation with a
ridge toward 1 whose strength is estimated too.  Both are rescaled to a geometric mean of 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, polygamma

from scoring.design import Design, reweighted
from scoring.reml import Likelihood, Optimum, Solution, maximise
from scoring.types import BoolArray, FloatArray, tally
from scoring.uncertainty import Spread, pair_of_row, spread

OUTER_ITERATIONS = 6
FEW_ENTRIES = 5
NOISE_BOUNDS = (0.25, 4.0)
SCALE_BOUNDS = (1.0 / 3.0, 3.0)


@dataclass(frozen=True, eq=False)
class Judged:
    """Estimated noise-variance ratio and scale per judge, and the fit under them."""

    noise: FloatArray
    scale: FloatArray
    design: Design
    likelihood: Likelihood
    optimum: Optimum


def iterate(
    likelihood: Likelihood, optimum: Optimum, *, level: int, usable: BoolArray
) -> Judged:
    """Alternate judge parameters and the mixed-model fit, starting from the level-1 fit.

    Parameters
    ----------
    usable : array of bool, shape (J,)
        Judges with enough entries to have a reliability and scale of their own; the rest keep 1.
    """
    design = likelihood.design
    n_judges = design.pairs.shape[1]
    noise, scale = np.ones(n_judges), np.ones(n_judges)
    ridge, where = 0.04, pair_of_row(design)
    total = optimum.iterations
    for _ in range(OUTER_ITERATIONS):
        at = optimum.solution
        errors = spread(design, at)
        pair = errors.pair[where]
        if level >= 3:
            scale, ridge = _scales(design, at, errors, pair, scale, usable, ridge)
        noise = _noise(design, at, errors, pair, noise, usable)
        design = reweighted(design, noise, scale if level >= 3 else None)
        likelihood = likelihood.under(design)
        optimum = maximise(likelihood, at.ratios)
        total += optimum.iterations
    return Judged(noise, scale, design, likelihood, Optimum(optimum.solution, total))


def residuals(design: Design, at: Solution) -> FloatArray:
    """``y - X beta - a q - b`` per row, scaled units."""
    fitted = design.columns @ at.beta + at.judge_effect[design.judge]
    part = at.entry_effect[design.entry]
    return design.y - fitted - (part if design.scale is None else part * design.scale[design.judge])


def leverage(design: Design, at: Solution, errors: Spread, pair: FloatArray) -> FloatArray:
    """Share of each row's own weight in its fitted value, 0..1; ``pair`` = cov(q_i, b_j) per row."""
    scale = np.ones(1) if design.scale is None else design.scale[design.judge]
    variance = scale * (scale * errors.entry[design.entry] + 2.0 * pair) + errors.judge[design.judge]
    return np.clip(design.omega * variance / at.residual, 0.0, 1.0)


def _noise(
    design: Design, at: Solution, errors: Spread, pair: FloatArray, old: FloatArray, usable: BoolArray
) -> FloatArray:
    """Noise-variance ratio of each judge, shrunk and scaled to a geometric mean of 1."""
    n_judges = len(old)
    squares = design.weight * np.square(residuals(design, at))
    free = tally(design.judge, 1.0 - leverage(design, at, errors, pair), n_judges)
    total = tally(design.judge, squares, n_judges)
    use = usable & (free > 0.5)
    if np.count_nonzero(use) < 2:
        return old
    raw = np.maximum(total[use] / free[use], 1e-3 * at.residual)
    prior_size, prior = variance_prior(raw, free[use])
    shrunk = np.full(len(raw), prior) if np.isinf(prior_size) else (
        (prior_size * prior + free[use] * raw) / (prior_size + free[use])
    )
    out = np.ones(n_judges)
    out[use] = np.clip(shrunk / np.exp(np.log(shrunk).mean()), *NOISE_BOUNDS)
    return out


def _scales(
    design: Design,
    at: Solution,
    errors: Spread,
    pair: FloatArray,
    old: FloatArray,
    usable: BoolArray,
    spread_of_scales: float,
) -> tuple[FloatArray, float]:
    """One EM step for the judges' scales; returns them and the new variance of scales around 1."""
    n_judges = len(old)
    quality = at.entry_effect[design.entry]
    target = design.y - design.columns @ at.beta - at.judge_effect[design.judge]
    top = tally(design.judge, design.omega * (target * quality - pair), n_judges)
    below = tally(
        design.judge, design.omega * (quality * quality + errors.entry[design.entry]), n_judges
    )
    ridge = at.residual / spread_of_scales
    out = np.ones(n_judges)
    out[usable] = (top[usable] + ridge) / (below[usable] + ridge)
    doubt = at.residual / (below[usable] + ridge)
    variance = float(np.mean(np.square(out[usable] - 1.0) + doubt)) if usable.any() else spread_of_scales
    out = np.clip(out, *SCALE_BOUNDS)
    if usable.any():
        out[usable] /= np.exp(np.log(out[usable]).mean())
    return out, float(np.clip(variance, 1e-4, 1.0))


def variance_prior(raw: FloatArray, freedom: FloatArray) -> tuple[float, float]:
    """Degrees of freedom and scale of the prior of the judges' variances (Smyth 2004, section 6.2).

    Infinite degrees of freedom mean that the variances differ no more than chance allows.
    """
    half = freedom / 2.0
    level = np.log(raw) - digamma(half) + np.log(half)
    centre = float(level.mean())
    excess = float(level.var(ddof=1)) - float(polygamma(1, half).mean())
    if excess <= 1e-12:
        return float("inf"), float(np.exp(centre))
    prior = 2.0 * _trigamma_inverse(excess)
    return prior, float(np.exp(centre + digamma(prior / 2.0) - np.log(prior / 2.0)))


def _trigamma_inverse(x: float) -> float:
    y = 0.5 + 1.0 / x
    for _ in range(50):
        value = float(polygamma(1, y))
        step = value * (1.0 - value / x) / float(polygamma(2, y))
        y += step
        if abs(step) < 1e-10 * y:
            break
    return y
