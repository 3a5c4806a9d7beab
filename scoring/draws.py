"""Draws of entries' scores from their posterior, jointly with the judges."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scoring.arguments import chosen, instance, whole
from scoring.assemble import group_effects
from scoring.fit import Fit, Model
from scoring.nodes import nodes_of
from scoring.solver import Exact
from scoring.solver_blocks import Blocks
from scoring.threads import one_thread
from scoring.types import FloatArray, tally

_BLOCK = 16
_MOST_ENTRIES = 2000
_MOST_JUDGES = 100
_MOST_CELLS = 40_000


def entry_draws(fit: Fit, draws: int, seed: int = 0, method: str = "plugin") -> Iterator[FloatArray]:
    """Blocks of draws of the entries' scores, NaN for unscored entries.

    Fixed effects, then ``b | beta``, then ``q | b, beta``: the exact Gaussian posterior with flat prior on
    the fixed effects.  With many judges ``b`` is drawn by perturbation (Papandreou & Yuille 2010): one
    linear solve a draw and no factor.

    Parameters
    ----------
    fit : Fit
    draws : int
        Number of draws in all blocks together.
    seed : int
    method : {"plugin", "integrated"}
        Given the estimated variance components, or with components (and judges' noise and scale) drawn
        from their own posterior; see :func:`scoring.posterior`.

    Yields
    ------
    array, shape (N, m)
        The m of all blocks add up to ``draws``.

    Examples
    --------
    >>> import numpy as np
    >>> from scoring import calibrate, composite_from, entry_draws
    >>> comp = composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31])
    >>> draws = np.concatenate(list(entry_draws(calibrate(comp), 100)), axis=1)
    >>> draws.shape
    (3, 100)

    References
    ----------
    Papandreou & Yuille (2010), Gaussian sampling by local perturbations, NIPS 23.
    """
    instance(fit, "fit", Fit)
    whole(draws, "draws", least=1)
    rng = np.random.default_rng(whole(seed, "seed"))
    if chosen(method, "method", ("plugin", "integrated")) == "integrated":
        yield from _integrated(fit, draws, rng)
        return
    for start in range(0, draws, _BLOCK):
        size = min(_BLOCK, draws - start)
        with one_thread():
            block = _block(fit, fit.model, np.full(size, np.sqrt(fit.model.solution.residual)), rng)
        yield block


def can_integrate(fit: Fit) -> bool:
    """Whether the panel is small enough, and its components uncertain at all, to integrate over them."""
    n_entries, n_judges = fit.model.design.pairs.shape
    small = n_entries <= _MOST_ENTRIES and n_judges <= _MOST_JUDGES and n_entries * n_judges <= _MOST_CELLS
    simple = fit.shrink or fit.model.links.n_pools == 1
    return bool(fit.exact and small and simple and not fit.model.solution.floored)


def _integrated(fit: Fit, draws: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Draws spread evenly over nodes of the components' posterior, the residual scale drawn for each."""
    with one_thread():
        for model, size in nodes_of(fit.model, draws, rng):
            rss, freedom = model.solution.rss, model.likelihood.freedom
            sd = np.sqrt(rss / rng.chisquare(freedom, size))
            yield _block(fit, model, sd, rng)


def _block(fit: Fit, model: Model, sd: FloatArray, rng: np.random.Generator) -> FloatArray:
    """One block of draws; ``sd`` is the residual standard deviation of each, in scaled units."""
    at, design, size = model.solution, model.design, len(sd)
    root = np.linalg.cholesky(at.covariance) if len(at.beta) else np.zeros((0, 0))
    step = sd * (root @ rng.standard_normal((len(at.beta), size)))
    judge = at.judge_effect[:, None] - at.ratios[1] * at.judge_part[:, 1:] @ step
    judge = judge + sd * np.sqrt(at.ratios[1]) * _judge_noise(model, size, rng)
    target = design.entry_sums @ np.concatenate([[1.0], -at.beta])
    left = target[:, None] - design.entry_sums[:, 1:] @ step - design.pairs @ judge
    quality = at.shrink[:, None] * left
    quality += sd * np.sqrt(at.shrink)[:, None] * rng.standard_normal(quality.shape)
    scores = fit.mu + design.unit * (quality + _level(fit, model, quality, step))
    scores[model.links.component < 0] = np.nan
    return np.asarray(scores)


def _level(fit: Fit, model: Model, quality: FloatArray, step: FloatArray) -> FloatArray:
    """What is added to entries' effects: group effects, pool means, or the origin of fixed entries (their mean)."""
    at, design, links = model.solution, model.design, model.links
    scored_entries, pool = links.component >= 0, np.maximum(links.component, 0)
    if not fit.shrink:
        if links.n_pools == 1:
            return np.asarray(-quality[scored_entries].mean(axis=0, keepdims=True))
        shift = (fit.entries.score - fit.mu) / design.unit - at.entry_effect
        return np.asarray(shift[:, None])
    out = np.zeros((len(pool), step.shape[1]))
    if design.n_groups:
        first = len(at.beta) - design.n_groups
        out += group_effects(model, at.beta[first:, None] + step[first:])[0].deviation
    if links.n_pools > 1 and fit.pools == "assume_equal_judges":
        share = np.bincount(pool[scored_entries], minlength=links.n_pools) / np.count_nonzero(scored_entries)
        means = at.beta[: links.n_pools]
        out += (means - share @ means)[pool][:, None] + step[: links.n_pools][pool]
    return out


def _judge_noise(model: Model, size: int, rng: np.random.Generator) -> FloatArray:
    """Draws with covariance ``S^-1``, shape (J, size)."""
    at, design = model.solution, model.design
    n_judges = len(at.judge_effect)
    if isinstance(at.system, Exact | Blocks):
        return at.system.noise(rng.standard_normal((n_judges, size)))
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
