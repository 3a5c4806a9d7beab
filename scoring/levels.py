"""Judges who differ in reliability (level 2) and in scale (level 3).

Level 2 estimates each judge's noise variance from leverage-corrected residuals and shrinks it to the
others' (empirical Bayes, Smyth 2004).  Level 3 adds a scale ``a_j`` with a ridge toward 1 whose strength is
that of greatest marginal likelihood.  Both are rescaled to a geometric mean of 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

from scoring.design import Design, reweighted
from scoring.maximum import Optimum, maximise
from scoring.reml import Likelihood, Solution
from scoring.types import AnyInts, BoolArray, FloatArray, tally
from scoring.uncertainty import Spread, pair_of_row, spread

EXACT_STEP = 1e-6
PROBE_STEP = 3e-3
_EXACT_ROUNDS = 100
_PROBE_ROUNDS = 12
_MEMORY = 4
_LONGEST = 0.5
_FIRST_SCALE_VARIANCE = 0.04
FEW_ENTRIES = 5
NOISE_BOUNDS = (0.25, 4.0)
SCALE_BOUNDS = (1.0 / 3.0, 3.0)
SCALE_VARIANCE_BOUNDS = (1e-4, 1.0)


@dataclass(frozen=True, eq=False)
class Judged:
    """Estimated noise-variance ratio and scale per judge, and the fit under them.

    ``last_step`` is the largest change of a log-ratio or log-scale in the last round; ``scale_variance`` the
    estimated variance of scales around 1.
    """

    noise: FloatArray
    scale: FloatArray
    scale_variance: float
    last_step: float
    likelihood: Likelihood
    optimum: Optimum

    @property
    def settled(self) -> bool:
        """Whether the rounds ended because the judges' parameters did not move any more."""
        return self.last_step < (EXACT_STEP if self.likelihood.exact else PROBE_STEP)


def iterate(
    likelihood: Likelihood, optimum: Optimum, *, level: int, usable: BoolArray
) -> Judged:
    """Alternate judge parameters and the mixed-model fit, starting from the severity fit, until they settle.

    A round is a fixed-point map of the judges' log-ratios, log-scales and the log-variance of scales; Anderson's
    extrapolation (1965; Walker & Ni 2011) over the last rounds replaces hundreds of plain rounds by about
    twenty.

    Parameters
    ----------
    usable : array of bool, shape (J,)
        Judges with enough entries to have a reliability and scale of their own; the rest keep 1.
    """
    round_of = _Round(likelihood, level, usable, pair_of_row(likelihood.design))
    tolerance, most = (EXACT_STEP, _EXACT_ROUNDS) if likelihood.exact else (PROBE_STEP, _PROBE_ROUNDS)
    state = round_of.first()
    points: list[FloatArray] = []
    images: list[FloatArray] = []
    total, step = optimum.iterations, float("inf")
    for _ in range(most):
        image = round_of.next(state, likelihood, optimum.solution)
        step = float(np.abs(image - state).max(initial=0.0))
        points, images = [*points[-_MEMORY:], state], [*images[-_MEMORY:], image]
        state = image if step < tolerance else round_of.bounded(_extrapolated(points, images))
        noise, scale = round_of.parameters(state)
        likelihood = likelihood.under(reweighted(likelihood.design, noise, scale if level >= 3 else None))
        optimum = maximise(likelihood, optimum.solution.ratios, thorough=False)
        total += optimum.iterations
        if step < tolerance:
            break
    noise, scale = round_of.parameters(state)
    last = Optimum(optimum.solution, total, optimum.converged)
    return Judged(noise, scale, float(np.exp(state[-1])), step, likelihood, last)


class _Round:
    """The state of all judges as one vector of logarithms, and one round of estimation."""

    def __init__(self, likelihood: Likelihood, level: int, usable: BoolArray, pairs: AnyInts) -> None:
        self.level, self.usable, self.pairs = level, usable, pairs
        self.n_judges = likelihood.design.pairs.shape[1]

    def first(self) -> FloatArray:
        """All judges alike."""
        return np.concatenate([np.zeros(2 * self.n_judges), [np.log(_FIRST_SCALE_VARIANCE)]])

    def parameters(self, state: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Noise ratios and scales."""
        return np.exp(state[: self.n_judges]), np.exp(state[self.n_judges : -1])

    def bounded(self, state: FloatArray) -> FloatArray:
        """The nearest admissible state: inside the bounds, geometric means of 1 among usable judges."""
        out = state.copy()
        for part, (low, high) in ((out[: self.n_judges], NOISE_BOUNDS), (out[self.n_judges : -1], SCALE_BOUNDS)):
            part[:] = np.clip(part, np.log(low), np.log(high))
        out[-1] = np.clip(out[-1], *np.log(SCALE_VARIANCE_BOUNDS))
        return out

    def next(self, state: FloatArray, likelihood: Likelihood, at: Solution) -> FloatArray:
        """The judges' parameters estimated from the fit under the present ones."""
        design = likelihood.design
        errors = spread(design, at)
        pair = errors.pair[self.pairs]
        noise, scale = self.parameters(state)
        variance = float(np.exp(state[-1]))
        if self.level >= 3:
            scale, variance = scales(design, at, errors, pair, self.usable, variance)
        noise = noise_ratios(design, at, errors, pair, noise, self.usable)
        return np.concatenate([np.log(noise), np.log(scale), [np.log(variance)]])


def _extrapolated(points: list[FloatArray], images: list[FloatArray]) -> FloatArray:
    """Anderson's mixture of the last images whose residuals combine to the smallest."""
    if len(points) < 2:
        return images[-1]
    left = np.array(images) - np.array(points)
    changes, moves = np.diff(left, axis=0), np.diff(np.array(images), axis=0)
    normal = changes @ changes.T
    normal += 1e-10 * np.trace(normal) * np.eye(len(normal)) + 1e-300 * np.eye(len(normal))
    mixture = np.linalg.solve(normal, changes @ left[-1])
    step = images[-1] - mixture @ moves - images[-1]
    largest = float(np.abs(step).max())
    return np.asarray(images[-1] + step * min(1.0, _LONGEST / max(largest, 1e-300)))


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


def noise_ratios(
    design: Design, at: Solution, errors: Spread, pair: FloatArray, old: FloatArray, usable: BoolArray
) -> FloatArray:
    """Noise-variance ratio of each judge, shrunk and scaled to a geometric mean of 1."""
    raw, freedom, use = _noise_parts(design, at, errors, pair, usable)
    if np.count_nonzero(use) < 2:
        return old
    ratios = shrunken(raw, freedom)
    out = np.ones(len(old))
    out[use] = np.clip(ratios / np.exp(np.log(ratios).mean()), *NOISE_BOUNDS)
    return out


def noise_parts(
    design: Design, at: Solution, errors: Spread, usable: BoolArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Residual variance and degrees of freedom of the judges that have them, and the mask of those judges."""
    return _noise_parts(design, at, errors, errors.pair[pair_of_row(design)], usable)


def _noise_parts(
    design: Design, at: Solution, errors: Spread, pair: FloatArray, usable: BoolArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    n_judges = len(usable)
    squares = design.weight * np.square(residuals(design, at))
    free = tally(design.judge, 1.0 - leverage(design, at, errors, pair), n_judges)
    total = tally(design.judge, squares, n_judges)
    use = usable & (free > 0.5)
    raw = np.maximum(total[use] / free[use], 1e-3 * at.residual)
    return raw, free[use], use


def shrunken(raw: FloatArray, freedom: FloatArray) -> FloatArray:
    """Each judge's noise variance, moved toward the others' by what chance alone explains."""
    prior_size, prior = variance_prior(raw, freedom)
    if np.isinf(prior_size):
        return np.full(len(raw), prior)
    return np.asarray((prior_size * prior + freedom * raw) / (prior_size + freedom))


def scales(
    design: Design,
    at: Solution,
    errors: Spread,
    pair: FloatArray,
    usable: BoolArray,
    spread_of_scales: float,
) -> tuple[FloatArray, float]:
    """One step for the variance of scales around 1, and for the scales under it."""
    n_judges = design.pairs.shape[1]
    top, below = _scale_parts(design, at, errors, pair)
    telling = usable & (below > 0)
    variance = spread_of_scales
    if telling.any():
        variance = _scale_variance(top[telling] / below[telling] - 1.0, at.residual / below[telling])
    ridge = at.residual / variance
    out = np.ones(n_judges)
    out[usable] = (top[usable] + ridge) / (below[usable] + ridge)
    out = np.clip(out, *SCALE_BOUNDS)
    if usable.any():
        out[usable] /= np.exp(np.log(out[usable]).mean())
    return out, variance


def _scale_variance(off: FloatArray, doubt: FloatArray) -> float:
    """Variance of scales around 1 of greatest marginal likelihood, ``off ~ N(0, variance + doubt)``, inside its bounds.

    Expectation-maximisation has the same fixed point, but takes hundreds of rounds where judges hardly differ.
    """

    def slope(log_variance: float) -> float:
        total = np.exp(log_variance) + doubt
        return float(((np.square(off) - total) / np.square(total)).sum())

    low, high = np.log(SCALE_VARIANCE_BOUNDS)
    if slope(low) <= 0.0:
        return SCALE_VARIANCE_BOUNDS[0]
    if slope(high) >= 0.0:
        return SCALE_VARIANCE_BOUNDS[1]
    return float(np.exp(brentq(slope, low, high, xtol=1e-10, rtol=1e-12)))


def scale_parts(design: Design, at: Solution, errors: Spread) -> tuple[FloatArray, FloatArray]:
    """Per judge: expected cross-product of totals and quality, and expected sum of squares of quality."""
    return _scale_parts(design, at, errors, errors.pair[pair_of_row(design)])


def _scale_parts(
    design: Design, at: Solution, errors: Spread, pair: FloatArray
) -> tuple[FloatArray, FloatArray]:
    n_judges = design.pairs.shape[1]
    quality = at.entry_effect[design.entry]
    target = design.y - design.columns @ at.beta - at.judge_effect[design.judge]
    top = tally(design.judge, design.omega * (target * quality - pair), n_judges)
    squares = quality * quality + errors.entry[design.entry]
    return top, tally(design.judge, design.omega * squares, n_judges)


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
    prior = 2.0 * trigamma_inverse(excess)
    return prior, float(np.exp(centre + digamma(prior / 2.0) - np.log(prior / 2.0)))


def trigamma_inverse(x: float) -> float:
    """The y at which ``trigamma(y) = x`` (Smyth 2004, appendix)."""
    y = 0.5 + 1.0 / x
    for _ in range(50):
        value = float(polygamma(1, y))
        step = value * (1.0 - value / x) / float(polygamma(2, y))
        y += step
        if abs(step) < 1e-10 * y:
            break
    return y
