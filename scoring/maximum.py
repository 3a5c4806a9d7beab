"""The maximum of the restricted likelihood over the variance ratios.

Average-information steps do the work (Gilmour, Thompson & Cullis 1995), with Schall's fixed point (1991) where
a step is too long.  On small panels such a search can end beside the optimum, so the end is checked against
the gradient and, with few judges, against a coarse grid over the whole plane; where either objects, a bounded
quasi-Newton search in the square roots of the ratios (Byrd, Lu, Nocedal & Zhu 1995) starts from several
points, and Newton steps on the gradient polish its best end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from scoring.design import Design
from scoring.errors import NotConverged
from scoring.reml import NOISE_FLOOR, Likelihood, Solution
from scoring.surface import ratios_of, surface
from scoring.types import AnyInts, FloatArray

_MAX_ITERATIONS = 200
_CRAWLS_AFTER = 25  # hardly any panel takes as many steps; from here on they are extrapolated
_LONG_STEP = 0.7
_EXACT_STEP = 1e-8
_NEARLY_NOISELESS = 1e-4
_PROBE_STEP = 1e-3
_HALVINGS = 12
_SETTLED = 1e-4
_LOWER = 1e-7
_GRID_JUDGES = 60
_GRID_ENTRIES = 2000
_GRID = np.array([0.0, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.96, 0.99])
_POLISH_STEPS = 40
_DIFFERENCE = 1e-4


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where the search ended; ``converged`` says whether the projected gradient vanishes there."""

    solution: Solution
    iterations: int
    converged: bool = True


def maximise(likelihood: Likelihood, start: tuple[float, float], *, thorough: bool = True) -> Optimum:
    """Maximise the restricted likelihood over the ratios of entries and judges.

    Parameters
    ----------
    likelihood : Likelihood
    start : (float, float)
        Ratios from which to search.
    thorough : bool
        Also look at a grid over the whole plane, where that is cheap, for an optimum that is lower still.

    Returns
    -------
    Optimum
        In exact mode the log-gradient is below 1e-4 unless ``converged`` is False; with probes the last step
        was below 1e-3, and the remaining error is about its square.

    Raises
    ------
    NotConverged
        With probes, after 200 iterations.
    """
    g = np.array([0.0 if likelihood.fixed_entries else float(start[0]), float(start[1])])
    if not likelihood.exact:
        return _search_with_probes(likelihood, g)
    optimum, settled = _climb(likelihood, g)
    if optimum.solution.residual < _NEARLY_NOISELESS:
        return optimum
    starts = []
    if thorough and _is_small(likelihood.design):
        lowest, ratios = _lowest_on_grid(likelihood)
        here = likelihood.deviance(optimum.solution)
        if lowest < here - _LOWER * max(abs(here), 1.0):
            starts.append(ratios)
    if starts or not (settled or _projected_gradient(likelihood, optimum.solution) < _SETTLED):
        starts += [optimum.solution.ratios, start, (1.0, 1.0), (0.1, 1.0), (1.0, 0.1)]
        optimum = _from_several_starts(likelihood, optimum, starts)
    return optimum


def _climb(likelihood: Likelihood, g: FloatArray) -> tuple[Optimum, bool]:
    """Average-information steps that lower the deviance, and whether the last one was negligible.

    A ratio that runs to zero is set to zero once the gradient there points outward, and released when it no
    longer does.
    """
    at = likelihood.solve(float(g[0]), float(g[1]))
    deviance = likelihood.deviance(at)
    before: FloatArray | None = None
    for iteration in range(1, _MAX_ITERATIONS + 1):
        proposal, size = _propose(likelihood, at, g)
        if size < _EXACT_STEP:
            return Optimum(at, iteration), True
        if iteration > _CRAWLS_AFTER:
            proposal, before = _stretched(g, proposal, before)
        for halving in range(_HALVINGS):
            trial = likelihood.solve(float(proposal[0]), float(proposal[1]))
            lower = likelihood.deviance(trial)
            if lower <= deviance + 1e-10 * max(abs(deviance), 1.0):
                break
            if halving == _HALVINGS - 1 or size < 10.0 * _EXACT_STEP:
                return Optimum(at, iteration), False
            middle = np.sqrt(g * np.maximum(proposal, 0.0))
            proposal = np.where(middle > 0, middle, (g + proposal) / 2.0)
        g, at, deviance = proposal, trial, lower
    return Optimum(at, _MAX_ITERATIONS), False


def _is_small(design: Design) -> bool:
    n_entries, n_judges = design.pairs.shape
    return bool(n_judges <= _GRID_JUDGES and n_entries <= _GRID_ENTRIES)


def _lowest_on_grid(likelihood: Likelihood) -> tuple[float, tuple[float, float]]:
    """Lowest deviance on a coarse grid of shares, and the ratios there."""
    u = _GRID[:1] if likelihood.fixed_entries else _GRID
    deviance = surface(likelihood, u, _GRID)
    row, column = np.unravel_index(int(np.argmin(deviance)), deviance.shape)
    entry, judge = ratios_of(u[row], _GRID[column])
    return float(deviance[row, column]), (float(entry), float(judge))


def _projected_gradient(likelihood: Likelihood, at: Solution) -> float:
    """Largest slope of the deviance per log-ratio, or inward from a ratio of zero per typical ratio."""
    traces, squares = likelihood.slope(at)
    gradient, g = traces - squares, np.array(at.ratios)
    slope = np.where(g > 0, np.abs(g * gradient), np.maximum(-gradient, 0.0) * _typical(likelihood.design))
    return float(slope[1] if likelihood.fixed_entries else slope.max())


def _typical(design: Design) -> FloatArray:
    """Ratios at which the scores tell as much of an effect as its own spread does."""
    weights = (design.entry_weight, design.judge_weight)
    return 1.0 / np.array([float(weight[weight > 0].mean()) for weight in weights])


def _from_several_starts(
    likelihood: Likelihood, optimum: Optimum, starts: list[tuple[float, float]]
) -> Optimum:
    """The lowest of several bounded searches, polished."""

    def value(root: FloatArray) -> tuple[float, FloatArray]:
        at = likelihood.solve(float(root[0] ** 2), float(root[1] ** 2))
        traces, squares = likelihood.slope(at)
        return likelihood.deviance(at), 2.0 * root * (traces - squares)

    entries_fixed = likelihood.fixed_entries
    best, lowest, calls = optimum.solution, likelihood.deviance(optimum.solution), optimum.iterations
    for entry, judge in starts:
        first = np.sqrt(np.maximum([0.0 if entries_fixed else entry, judge], [0.0 if entries_fixed else 1e-4, 1e-4]))
        end = minimize(value, first, jac=True, method="L-BFGS-B", bounds=[(0.0, 1e4)] * 2)
        at = _polished(likelihood, np.square(end.x))
        deviance = likelihood.deviance(at)
        calls += int(end.nfev)
        if deviance < lowest - 1e-9 * max(abs(lowest), 1.0) or (
            deviance <= lowest + 1e-9 * max(abs(lowest), 1.0)
            and _projected_gradient(likelihood, at) < _projected_gradient(likelihood, best)
        ):
            best, lowest = at, min(deviance, lowest)
    return Optimum(best, calls, _projected_gradient(likelihood, best) < _SETTLED)


def _polished(likelihood: Likelihood, g: FloatArray) -> Solution:
    """Newton steps on the log-ratios, the Hessian from differences of the gradient; tiny ratios become zero."""
    g = np.where(g < 1e-4 * _typical(likelihood.design), 0.0, g)
    at = likelihood.solve(float(g[0]), float(g[1]))
    gradient = _log_gradient(likelihood, at)
    for _ in range(_POLISH_STEPS):
        inward = _inward(likelihood, at)
        if inward.any():
            g = np.where(inward, 1e-2 * _typical(likelihood.design), g)
            at = likelihood.solve(float(g[0]), float(g[1]))
            gradient = _log_gradient(likelihood, at)
        free = np.flatnonzero(g > 0)
        if not free.size or float(np.abs(gradient).max()) < 1e-9:
            break
        step = _newton_step(likelihood, g, gradient, free)
        g, at, gradient, moved = _searched(likelihood, g, at, step)
        if not moved:
            break
    return at


def _inward(likelihood: Likelihood, at: Solution) -> FloatArray:
    """Ratios of zero at which the deviance falls inward."""
    traces, squares = likelihood.slope(at)
    inward = (np.array(at.ratios) == 0.0) & ((traces - squares) * _typical(likelihood.design) < -_SETTLED)
    if likelihood.fixed_entries:
        inward[0] = False
    return np.asarray(inward)


def _log_gradient(likelihood: Likelihood, at: Solution) -> FloatArray:
    traces, squares = likelihood.slope(at)
    return np.asarray(np.array(at.ratios) * (traces - squares))


def _newton_step(likelihood: Likelihood, g: FloatArray, gradient: FloatArray, free: AnyInts) -> FloatArray:
    hessian = np.zeros((2, 2))
    for c in free.tolist():
        ends = []
        for sign in (1.0, -1.0):
            moved = g.copy()
            moved[c] *= np.exp(sign * _DIFFERENCE)
            ends.append(_log_gradient(likelihood, likelihood.solve(float(moved[0]), float(moved[1]))))
        hessian[:, c] = (ends[0] - ends[1]) / (2.0 * _DIFFERENCE)
    part = (hessian + hessian.T)[np.ix_(free, free)] / 2.0
    value, vector = np.linalg.eigh(part)
    curvature = np.maximum(np.abs(value), 1e-6 * max(float(np.abs(value).max()), 1e-12))
    step = np.zeros(2)
    step[free] = -vector @ ((vector.T @ gradient[free]) / curvature)
    return np.clip(step, -2.0, 2.0)


def _searched(
    likelihood: Likelihood, g: FloatArray, at: Solution, step: FloatArray
) -> tuple[FloatArray, Solution, FloatArray, bool]:
    """The step, halved until the deviance does not rise; a ratio below its floor becomes zero."""
    deviance, floor = likelihood.deviance(at), 1e-6 * _typical(likelihood.design)
    size = float(np.abs(_log_gradient(likelihood, at)).max())
    for _ in range(_HALVINGS):
        next_g = g * np.exp(step)
        next_g = np.where(next_g < floor, 0.0, next_g)
        trial = likelihood.solve(float(next_g[0]), float(next_g[1]))
        gradient = _log_gradient(likelihood, trial)
        level = likelihood.deviance(trial) <= deviance + 1e-12 * max(abs(deviance), 1.0)
        if level and (likelihood.deviance(trial) < deviance or float(np.abs(gradient).max()) < size):
            return next_g, trial, gradient, True
        step = step / 2.0
    return g, at, _log_gradient(likelihood, at), False


def _stretched(
    g: FloatArray, proposal: FloatArray, before: FloatArray | None
) -> tuple[FloatArray, FloatArray | None]:
    """The end of a crawl, extrapolated from two log-steps (Aitken 1926), and the step to compare the next with.

    Where the average information is far from the observed one, on a panel of three judges say, steps shrink
    by a constant factor near 1 only.
    """
    moving = (g > 0) & (proposal > 0)
    step = np.log(np.divide(proposal, g, out=np.ones_like(g), where=moving))
    if before is None:
        return proposal, step
    shrink = np.divide(step, before, out=np.zeros_like(step), where=np.abs(before) > 0)
    far = np.where((shrink > 0.0) & (shrink < 1.0), 1.0 / np.maximum(1.0 - shrink, 0.02), 1.0)
    return np.where(moving, g * np.exp(np.clip(step * far, -1.0, 1.0)), proposal), None


def _search_with_probes(likelihood: Likelihood, g: FloatArray) -> Optimum:
    """Search in single precision, then solve once in double precision.

    The ratios are rounded to five digits, far below the error of the probes, so that the last digits of a
    processor's single-precision sums do not reach the predictions.
    """
    precise = False
    for iteration in range(1, _MAX_ITERATIONS + 1):
        at = likelihood.solve(float(g[0]), float(g[1]), precise=precise)
        precise = at.residual < 10.0 * _NEARLY_NOISELESS
        g, size = _propose(likelihood, at, g)
        if size < _PROBE_STEP:
            entry, judge = (float(f"{ratio:.4e}") for ratio in g)
            return Optimum(likelihood.solve(entry, judge), iteration)
    raise _unsettled(at)


def _unsettled(at: Solution) -> NotConverged:
    state = {"ratio_entry": at.ratios[0], "ratio_judge": at.ratios[1], "residual": at.residual}
    return NotConverged("The variance components did not settle.", state)


def _propose(likelihood: Likelihood, at: Solution, g: FloatArray) -> tuple[FloatArray, float]:
    """Next ratios, and the size of the move on the log scale (0 = stationary).

    Where the residual all but vanishes both ratios grow together and the information is singular along
    that line: there Schall's step, squared, leads to the floor of the residual variance.
    """
    traces, squares = likelihood.slope(at)
    gradient = traces - squares
    free = (g > 0) | (gradient < 0)
    if likelihood.fixed_entries:
        free[0] = False
    index = np.flatnonzero(free)
    if not index.size:
        return g, 0.0
    if _NEARLY_NOISELESS > at.residual > NOISE_FLOOR and bool((squares[index] > traces[index]).all()):
        growth = np.ones(2)
        growth[index] = np.clip(np.square(squares[index] / traces[index]), 1.0, 10.0)
        return np.where(g > 0, g * growth, growth / NOISE_FLOOR**0.5), 1.0
    information = likelihood.information(at)[np.ix_(index, index)]
    move = np.zeros(2)
    ridge = 1e-14 * np.diag(np.maximum(np.diagonal(information), 1e-300))
    move[index] = -np.linalg.solve(information + ridge, gradient[index])
    proposal, size = g.copy(), 0.0
    for c in index.tolist():
        tiny = 1e-6 / float(np.mean((likelihood.design.entry_weight, likelihood.design.judge_weight)[c]))
        if g[c] == 0.0:
            proposal[c], size = max(float(move[c]), 10.0 * tiny), 1.0
            continue
        log_step = float(move[c]) / float(g[c])
        size = max(size, abs(log_step))
        if log_step <= -1.0:
            proposal[c] = 0.0 if _ends_at_zero(likelihood, g, c) else g[c] / 10.0
        elif abs(log_step) > _LONG_STEP:
            ratio = squares[c] / traces[c] if traces[c] > 0 else np.exp(np.sign(log_step))
            proposal[c] = g[c] * float(np.clip(ratio, 0.1, 10.0))
        else:
            proposal[c] = g[c] + move[c]
    return proposal, size


def _ends_at_zero(likelihood: Likelihood, g: FloatArray, c: int) -> bool:
    """Whether the deviance rises from zero in this ratio, the other being kept."""
    there = g.copy()
    there[c] = 0.0
    at = likelihood.solve(float(there[0]), float(there[1]), precise=False)
    traces, squares = likelihood.slope(at)
    return bool(traces[c] >= squares[c])


def moments(design: Design) -> tuple[float, float]:
    """Starting ratios from within-entry, within-judge and total sums of squares."""
    n_entries = int(np.count_nonzero(design.entry_weight > 0))
    n_judges = int(np.count_nonzero(design.judge_weight > 0))
    total = float(design.gram[0, 0])
    within_entry = total - _between(design.entry_sums[:, 0], design.entry_weight)
    within_judge = total - _between(design.judge_sums[:, 0], design.judge_weight)
    a = within_entry / max(design.n - n_entries, 1)
    b = within_judge / max(design.n - n_judges, 1)
    c = total / max(design.n - 1, 1)
    noise = max(a + b - c, 0.02 * c)
    return max(b - noise, 0.02 * c) / noise, max(a - noise, 0.02 * c) / noise


def _between(sums: FloatArray, weight: FloatArray) -> float:
    return float(np.divide(sums * sums, weight, out=np.zeros_like(sums), where=weight > 0).sum())
