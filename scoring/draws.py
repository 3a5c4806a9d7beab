"""Posterior draws of entry effects, jointly with the judges, given the variance components."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.linalg import solve_triangular

from scoring.fit import Fit
from scoring.solver import Exact
from scoring.threads import one_thread
from scoring.types import FloatArray, tally

_BLOCK = 16


def entry_draws(fit: Fit, draws: int, seed: int = 0) -> Iterator[FloatArray]:
    """Blocks of draws of the entries' scores, shape (N, at most 16), NaN for unscored entries.

    Fixed effects, then ``b | beta``, then ``q | b, beta``: the exact Gaussian posterior with flat prior on
    the fixed effects.  With many judges ``b`` is drawn by perturbation (Papandreou & Yuille 2010): one
    linear solve a draw and no factor.

    Parameters
    ----------
    fit : Fit
    draws : int
        Number of draws in all blocks together.
    seed : int
    """
    rng = np.random.default_rng(seed)
    for start in range(0, draws, _BLOCK):
        with one_thread():
            block = _block(fit, min(_BLOCK, draws - start), rng)
        yield block


def _block(fit: Fit, size: int, rng: np.random.Generator) -> FloatArray:
    model, at, design = fit.model, fit.model.solution, fit.model.design
    sd = np.sqrt(at.residual)
    root = np.linalg.cholesky(at.covariance) if len(at.beta) else np.zeros((0, 0))
    step = sd * root @ rng.standard_normal((len(at.beta), size))
    judge = at.judge_effect[:, None] - at.ratios[1] * at.judge_part[:, 1:] @ step
    judge = judge + sd * np.sqrt(at.ratios[1]) * _judge_noise(fit, size, rng)
    target = design.entry_sums @ np.concatenate([[1.0], -at.beta])
    left = target[:, None] - design.entry_sums[:, 1:] @ step - design.pairs @ judge
    quality = at.shrink[:, None] * left
    quality += sd * np.sqrt(at.shrink)[:, None] * rng.standard_normal(quality.shape)
    scores = fit.mu + design.unit * quality
    pool = np.maximum(model.links.component, 0)
    if not fit.shrink:
        scores += fit.entries.score[:, None] - fit.mu - design.unit * at.entry_effect[:, None]
    elif fit.pools == "assume_equal_judges" and model.links.n_pools > 1:
        offset = fit.entries.effect - design.unit * at.entry_effect
        scores += offset[:, None] + design.unit * step[: model.links.n_pools][pool]
    scores[model.links.component < 0] = np.nan
    return np.asarray(scores)


def _judge_noise(fit: Fit, size: int, rng: np.random.Generator) -> FloatArray:
    """Draws with covariance ``S^-1``, shape (J, size)."""
    model, at, design = fit.model, fit.model.solution, fit.model.design
    n_judges = len(at.judge_effect)
    if isinstance(at.system, Exact):
        noise = rng.standard_normal((n_judges, size))
        return np.asarray(solve_triangular(at.system.factor, noise, lower=True, trans="T"))
    rhs = rng.standard_normal((n_judges, size))
    ratio = 0.0 if model.likelihood.fixed_entries else at.ratios[0]
    for draw in range(size):
        rows = rng.standard_normal(design.n) * np.sqrt(design.omega)
        scaled = rows if design.scale is None else rows * design.scale[design.judge]
        quality = np.sqrt(ratio) * rng.standard_normal(design.pairs.shape[0])
        entry = tally(design.entry, scaled, len(quality)) + design.entry_weight * quality
        judge = tally(design.judge, rows, n_judges) + design.pairs.T @ quality
        rhs[:, draw] += np.sqrt(at.ratios[1]) * (judge - design.pairs.T @ (at.shrink * entry))
    return at.system.solve(rhs)
