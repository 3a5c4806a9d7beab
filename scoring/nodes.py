"""The posterior of the variance components, and of judges' noise and scale, as a few hundred nodes.

The shares of entries, judges, noise (and groups) in the variance have a prior on their simplex that is flat
but for the weight ``(1 - x)^-2`` of the share x of entries (and groups), and the scale has the prior ``1 / s``;
their posterior weight is then ``exp(-deviance / 2)`` of the restricted likelihood (Harville 1974) times the
Jacobian of the axes.  Given all else the ratio r of entries to the rest then has the density ``1 / (1 + r)``,
between a flat share and a flat variance: with a flat share alone a panel whose entries happen to look alike
gets intervals that are too narrow (93 % instead of 95 % on 20 entries with two reviews).

A coarse grid finds where the weight is, a fine grid covers that window, and nodes of equal weight are taken from
it in a snake through its cells, so no random number is involved.  The residual scale is ``rss / chi-square`` at
each node.

At levels ``reliability`` and ``scale`` each node also gets noise ratios and scales drawn from an
approximate posterior: scaled inverse chi-square and normal around the estimates, the strength of shrinkage
itself drawn from its marginal likelihood on a grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import digamma, gammaln

from scoring.design import reweighted
from scoring.fit import Model
from scoring.levels import FEW_ENTRIES, NOISE_BOUNDS, SCALE_BOUNDS, noise_parts, scale_parts, trigamma_inverse
from scoring.reml import Likelihood
from scoring.surface import ratios_of, surface
from scoring.types import BoolArray, FloatArray

_CELLS = 24
_TOWARD_ENTRIES = 2.0
_NEGLIGIBLE = 1e-5
_MOST_NODES = 128
_GROUP_RATIOS = np.geomspace(1e-4, 30.0, 12)
_NOISE_SPREADS = np.linspace(0.0, 1.2, 25)
_SCALE_SPREADS = np.linspace(0.0, 0.6, 25)


@dataclass(frozen=True, eq=False)
class Cloud:
    """Ratios of entries, judges and groups at nodes of equal weight, shape (m,) each."""

    entry: FloatArray
    judge: FloatArray
    group: FloatArray


def nodes_of(model: Model, draws: int, rng: np.random.Generator) -> Iterator[tuple[Model, int]]:
    """Models at the nodes, and how many draws to take at each; they add up to ``draws``.

    Parameters
    ----------
    model : Model
        Of an exact fit with few judges.
    draws : int
    rng : numpy.random.Generator
        For judges' noise and scale; unused at level ``severity``.
    """
    count = min(_MOST_NODES, draws)
    cloud = cloud_of(model.likelihood, count)
    judges = _JudgeDraws(model, count, rng) if model.options.level > 1 else None
    for node in range(count):
        likelihood, noise, scale = model.likelihood, model.noise, model.scale
        if judges is not None:
            noise, scale = judges.at(node)
            weighted = reweighted(model.design, noise, scale if model.options.level > 2 else None)
            likelihood = likelihood.under(weighted)
        if likelihood.design.n_groups:
            likelihood = likelihood.with_group_ratio(float(cloud.group[node]))
        at = likelihood.solve(float(cloud.entry[node]), float(cloud.judge[node]))
        size = (node + 1) * draws // count - node * draws // count
        yield replace(
            model, design=likelihood.design, likelihood=likelihood, solution=at, noise=noise, scale=scale
        ), size


def cloud_of(likelihood: Likelihood, count: int) -> Cloud:
    """Nodes of equal weight of the components' posterior."""
    group = _GROUP_RATIOS if likelihood.design.n_groups else np.zeros(1)
    u = _middles(0.0, 1.0, 1 if likelihood.fixed_entries else _CELLS)
    t = _middles(0.0, 1.0, _CELLS)
    weight = _weights(likelihood, u, t, group)
    u, t = _window(u, weight.sum(axis=(0, 2))), _window(t, weight.sum(axis=(0, 1)))
    weight = _weights(likelihood, u, t, group)
    weight[:, 1::2] = weight[:, 1::2, ::-1]
    edge = np.cumsum(weight.ravel())
    place = np.searchsorted(edge, (np.arange(count) + 0.5) / count * edge[-1])
    plane, row, column = np.unravel_index(np.minimum(place, edge.size - 1), weight.shape)
    column = np.where(row % 2 == 1, len(t) - 1 - column, column)
    entry, judge = ratios_of(u[row], t[column])
    return Cloud(np.zeros(count) if likelihood.fixed_entries else entry, judge, group[plane])


def _middles(low: float, high: float, cells: int) -> FloatArray:
    return np.asarray(low + (high - low) * (np.arange(cells) + 0.5) / cells)


def _window(axis: FloatArray, weight: FloatArray) -> FloatArray:
    """A finer axis over the part that carries weight, with one cell on either side."""
    if len(axis) < 2:
        return axis
    cell = float(axis[1] - axis[0])
    inside = axis[weight > _NEGLIGIBLE * float(weight.max())]
    low, high = float(inside.min()) - 1.5 * cell, float(inside.max()) + 1.5 * cell
    return _middles(max(low, 0.0), min(high, 1.0), len(axis))


def _weights(likelihood: Likelihood, u: FloatArray, t: FloatArray, group: FloatArray) -> FloatArray:
    """Posterior weight of each cell, shape (groups, u, t), up to a factor."""
    entry, judge = ratios_of(u[:, None], t[None, :])
    total = 1.0 + judge + (0.0 if likelihood.fixed_entries else entry)
    if likelihood.fixed_entries:
        # The ratio of judges alone: shares of judges and noise on an interval.
        judge = t[None, :] / (1.0 - t[None, :])
        log_prior = np.zeros((len(u), len(t)))
        u = np.zeros(1)
    else:
        log_prior = -2.0 * np.log1p(-t[None, :]) - 3.0 * np.log1p(-u[:, None])
    planes = []
    for ratio in group.tolist():
        plane = likelihood.with_group_ratio(ratio) if likelihood.design.n_groups else likelihood
        deviance = surface(plane, u, t)
        power = 0.0 if likelihood.fixed_entries else 4.0 if ratio else 3.0
        prior = log_prior - power * np.log(total + ratio) + (np.log(ratio) if ratio else 0.0)
        if not likelihood.fixed_entries:
            prior = prior + _TOWARD_ENTRIES * (np.log(total + ratio) - np.log1p(judge))
        planes.append(prior - 0.5 * deviance)
    logs = np.array(planes)
    return np.asarray(np.exp(logs - logs.max()))


class _JudgeDraws:
    """Noise ratios and scales of the judges at every node."""

    def __init__(self, model: Model, count: int, rng: np.random.Generator) -> None:
        self._model, self._rng = model, rng
        entries = model.links.entries_of_judge
        self._usable: BoolArray = (entries >= FEW_ENTRIES) & ~model.silenced
        self._raw, self._freedom, self._use = noise_parts(model.design, model.solution, model.spread, self._usable)
        self._spreads = np.zeros(count)
        if np.count_nonzero(self._use) > 1:
            self._spreads = _sampled(_NOISE_SPREADS, self._noise_evidence(), count, rng)
        self._scale_spreads = np.zeros(count)
        if model.options.level > 2:
            self._top, self._below = scale_parts(model.design, model.solution, model.spread)
            self._scale_spreads = _sampled(_SCALE_SPREADS, self._scale_evidence(), count, rng)

    def at(self, node: int) -> tuple[FloatArray, FloatArray]:
        """Noise ratios and scales drawn for this node."""
        noise, scale = np.ones(len(self._usable)), np.ones(len(self._usable))
        spread = float(self._spreads[node])
        if spread > 0.0:
            prior_size = 2.0 * trigamma_inverse(spread**2)
            prior = self._prior(prior_size)
            size = prior_size + self._freedom
            drawn = (prior_size * prior + self._freedom * self._raw) / self._rng.chisquare(size)
            noise[self._use] = np.clip(drawn / np.exp(np.log(drawn).mean()), *NOISE_BOUNDS)
        spread = float(self._scale_spreads[node])
        if spread > 0.0:
            use, residual = self._usable, self._model.solution.residual
            ridge = residual / spread**2
            mean = (self._top[use] + ridge) / (self._below[use] + ridge)
            sd = np.sqrt(residual / (self._below[use] + ridge))
            drawn = np.clip(mean + sd * self._rng.standard_normal(len(mean)), *SCALE_BOUNDS)
            scale[use] = drawn / np.exp(np.log(drawn).mean())
        return noise, scale

    def _prior(self, prior_size: float) -> float:
        half = self._freedom / 2.0
        centre = float((np.log(self._raw) - digamma(half) + np.log(half)).mean())
        return float(np.exp(centre + digamma(prior_size / 2.0) - np.log(prior_size / 2.0)))

    def _noise_evidence(self) -> FloatArray:
        """Log-likelihood of the judges' residual variances at every spread of log-variances."""
        f = self._freedom
        out = np.zeros(len(_NOISE_SPREADS))
        for place, spread in enumerate(_NOISE_SPREADS.tolist()):
            d = 2.0 * trigamma_inverse(max(spread, 1e-3) ** 2)
            x = self._raw / self._prior(d)
            terms = gammaln((f + d) / 2.0) - gammaln(d / 2.0) - f / 2.0 * np.log(d / 2.0) + f / 2.0 * np.log(x)
            out[place] = float((terms - (f + d) / 2.0 * np.log1p(f * x / d)).sum())
        return out

    def _scale_evidence(self) -> FloatArray:
        """Log-likelihood of the judges' scales at every spread around 1."""
        use = self._usable & (self._below > 0)
        off = self._top[use] / self._below[use] - 1.0
        variance = self._model.solution.residual / self._below[use] + np.square(_SCALE_SPREADS)[:, None]
        return np.asarray(-0.5 * (np.log(variance) + np.square(off) / variance).sum(axis=1))


def _sampled(axis: FloatArray, logs: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Values of equal weight, in random order."""
    edge = np.cumsum(np.exp(logs - logs.max()))
    place = np.searchsorted(edge, (np.arange(count) + 0.5) / count * edge[-1])
    return np.asarray(axis[rng.permutation(np.minimum(place, len(axis) - 1))])
