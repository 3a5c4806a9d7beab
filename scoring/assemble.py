"""From solved equations to a fit in points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.fit import LEVELS, Entries, Fit, Judges, Links, Model, Options
from scoring.groups import SMALLEST
from scoring.levels import FEW_ENTRIES
from scoring.reml import Likelihood, Solution
from scoring.types import AnyInts, BoolArray, Composite, FloatArray, tally
from scoring.uncertainty import Spread, spread

_NOISY = 2.0


@dataclass(frozen=True, eq=False)
class _Level:
    """Means in points: of the pools, and overall; each entry's deviation from its pool, and its variance."""

    pool: FloatArray
    mean: float
    error: float
    deviation: FloatArray
    variance: FloatArray


def model_of(
    options: Options,
    links: Links,
    used: Composite,
    silenced: BoolArray,
    likelihood: Likelihood,
    solution: Solution,
    noise: FloatArray,
    scale: FloatArray,
    errors: Spread | None = None,
) -> Model:
    """Collect the state; standard errors are computed unless given (they depend on the design only)."""
    design = likelihood.design
    return Model(
        options=options,
        links=links,
        used=used,
        silenced=silenced,
        design=design,
        likelihood=likelihood,
        solution=solution,
        spread=spread(design, solution) if errors is None else errors,
        noise=noise,
        scale=scale,
    )


def assemble(
    comp: Composite,
    model: Model,
    warnings: tuple[str, ...],
    iterations: int,
    *,
    converged: bool,
    reason: str,
    last_step: float,
) -> Fit:
    """The public fit of a solved model."""
    options, at, unit = model.options, model.solution, model.design.unit
    level = _levels(model)
    entries = _entries(comp, model, level)
    variance = unit * unit * at.residual
    between = variance * at.ratios[0]
    if not options.shrink:
        scored = model.links.component >= 0
        between = max(float(level.deviation[scored].var(ddof=1) - np.square(entries.se[scored]).mean()), 0.0)
    pools, d = model.links.n_pools if options.shrink else 0, model.design
    group = variance / float(d.penalty[-1]) if d.n_groups else 0.0
    return Fit(
        mu=level.mean,
        mu_se=level.error,
        var_entry=float(between),
        var_judge=float(variance * at.ratios[1]),
        var_residual=float(variance),
        var_group=0.0 if group <= 2.0 * SMALLEST * variance else float(group),
        converged=converged,
        iterations=iterations,
        last_step=last_step,
        warnings=warnings,
        entries=entries,
        judges=_judges(comp, model, level, entries),
        level=LEVELS[options.level - 1],
        level_reason=reason,
        pools=options.pools,
        shrink=options.shrink,
        exact=options.exact,
        seed=options.seed,
        fixed_effects=unit * at.beta[pools : d.p - d.n_groups],
        comp=comp,
        model=model,
    )


def _levels(model: Model) -> _Level:
    links, at, design = model.links, model.solution, model.design
    scored = links.component >= 0
    share = np.bincount(links.component[scored], minlength=links.n_pools) / np.count_nonzero(scored)
    if model.options.shrink:
        pool = design.centre + design.unit * at.beta[: links.n_pools]
        weight = np.zeros(len(at.beta))
        weight[: links.n_pools] = share
        deviation, variance = design.unit * at.entry_effect, model.spread.entry
        if design.n_groups:
            groups, shares = group_effects(model, at.beta[design.p - design.n_groups :])
            pool = pool + design.unit * groups.mean
            deviation = deviation + design.unit * groups.deviation
            variance = variance + _group_variance(model, shares)
            weight[design.p - design.n_groups :] = share @ shares
        error = design.unit * np.sqrt(at.residual * float(weight @ at.covariance @ weight))
        return _Level(pool, float(share @ pool), float(error), deviation, variance)
    return _fixed_levels(model, scored, share)


@dataclass(frozen=True, eq=False)
class GroupEffects:
    """Mean group effect of each pool's entries, and each entry's deviation from it; scaled units."""

    mean: FloatArray
    deviation: FloatArray


def group_effects(model: Model, effect: FloatArray) -> tuple[GroupEffects, FloatArray]:
    """Group effects of the entries, centred in each pool, and each group's share in each pool.

    Parameters
    ----------
    model : Model
        Of a design with groups.
    effect : array, shape (G,) or (G, m)
        Effect of each group, possibly in several draws.

    Returns
    -------
    GroupEffects, array of shape (n_pools, G)
    """
    links, design = model.links, model.design
    pool = np.maximum(links.component, 0)
    shares = np.zeros((links.n_pools, design.n_groups))
    scored = links.component >= 0
    np.add.at(shares, (pool[scored], design.group_of_entry[scored]), 1.0)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1.0)
    mean = shares @ effect
    return GroupEffects(mean, np.asarray(effect[design.group_of_entry] - mean[pool])), shares


def _group_variance(model: Model, shares: FloatArray) -> FloatArray:
    """Variance that the estimated group effects add to entries' deviations from their pool, scaled units."""
    at, design, links = model.solution, model.design, model.links
    toward = -at.ratios[0] * at.entry_part[:, 1:]
    first = design.p - design.n_groups
    toward[np.arange(len(toward)), first + design.group_of_entry] += 1.0
    toward[:, first:] -= shares[np.maximum(links.component, 0)]
    return np.asarray(at.residual * ((toward @ at.covariance) * toward).sum(axis=1))


def _fixed_levels(model: Model, scored: BoolArray, share: FloatArray) -> _Level:
    """Fixed entries: the error is that of the difference from the mean of the entry's pool, or of all entries
    where pools are compared by their judges; the fixed columns' own error counts."""
    links, at, design = model.links, model.solution, model.design
    count = int(np.count_nonzero(scored))
    value = design.centre + design.unit * at.entry_effect
    own = np.maximum(links.component, 0)
    size = np.maximum(share * count, 1.0)
    pool = tally(links.component[scored], value[scored], links.n_pools) / size
    overall, variance = _against_mean(model, np.zeros_like(own), np.array([float(count)]))
    if links.n_pools > 1 and model.options.pools != "assume_equal_judges":
        _, variance = _against_mean(model, own, size)
    deviation = np.where(scored, value - pool[own], 0.0)
    return _Level(pool, float(share @ pool), float(design.unit * np.sqrt(overall[0])), deviation, variance)


def _against_mean(model: Model, part: AnyInts, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Variance of the mean of each part of the entries, and of every entry's difference from its part's mean.

    Parameters
    ----------
    part : array of int, shape (N,)
        Part of each entry; no judge scored in two parts, unless there is one part only.
    size : array, shape (P,)
        Scored entries in each part.

    Returns
    -------
    array of shape (P,), array of shape (N,)
        In scaled units.
    """
    at, design = model.solution, model.design
    weight = at.shrink / size[part]
    toward = design.pairs.T @ weight
    solved = at.ratios[1] * at.system.solve(toward[:, None])[:, 0]
    part_of_judge = np.zeros(len(toward), dtype=np.int64)
    part_of_judge[design.judge] = part[design.entry]
    mean = tally(part, weight / size[part], len(size)) + tally(part_of_judge, toward * solved, len(size))
    shared = weight + at.shrink * (design.pairs @ solved)
    # What a column of X takes from each entry, and from the mean.
    left = design.entry_sums[:, 1:] - at.ratios[1] * (design.pairs @ at.judge_part[:, 1:])
    slope = at.shrink[:, None] * left
    middle = np.column_stack([tally(part, column, len(size)) for column in slope.T] or [np.zeros((len(size), 0))])
    middle /= size[:, None]
    toward_mean = slope - middle[part]
    from_columns = ((toward_mean @ at.covariance) * toward_mean).sum(axis=1)
    difference = model.spread.entry + at.residual * (mean[part] - 2.0 * shared + from_columns)
    return at.residual * (mean + ((middle @ at.covariance) * middle).sum(axis=1)), difference


def _entries(comp: Composite, model: Model, level: _Level) -> Entries:
    links, options = model.links, model.options
    scored = links.component >= 0
    pool = level.pool[np.maximum(links.component, 0)]
    variance = level.variance
    effect = level.deviation
    start = np.full(comp.n_entries, level.mean)
    if links.n_pools > 1 and options.pools == "assume_equal_judges":
        effect = effect + pool - level.mean
        variance = variance + _pool_variance(model)
    elif options.pools == "within":
        start = pool
    se = model.design.unit * np.sqrt(np.maximum(variance, 0.0))
    return Entries(
        ids=comp.entry_ids,
        score=np.where(scored, start + effect, np.nan),
        effect=np.where(scored, effect, np.nan),
        se=np.where(scored, se, np.nan),
        n_judges=links.judges_of_entry,
        component=links.every_component,
    )


def _pool_variance(model: Model) -> FloatArray:
    """Variance that the estimated pool means add when pools are compared, scaled units."""
    links, at = model.links, model.solution
    if not model.options.shrink:
        return np.zeros(len(links.component))
    slope = at.ratios[0] * at.entry_part[:, 1:]
    own = np.zeros_like(slope)
    own[np.arange(len(own)), np.maximum(links.component, 0)] = 1.0
    toward = own - slope
    return np.asarray(at.residual * ((toward @ at.covariance) * toward).sum(axis=1))


def _judges(comp: Composite, model: Model, level: _Level, entries: Entries) -> Judges:
    links, unit = model.links, model.design.unit
    seen = links.entries_of_judge > 0
    leniency = unit * model.solution.judge_effect
    se = unit * np.sqrt(np.maximum(model.spread.judge, 0.0))
    rows = links.rows
    if links.n_pools > 1 and model.options.pools == "assume_equal_pools":
        pool_of_judge = np.zeros(comp.n_judges, dtype=np.int64)
        pool_of_judge[rows.judge] = links.component[rows.entry]
        leniency = leniency + level.pool[pool_of_judge] - level.mean
    if model.silenced.any():
        gap = tally(rows.judge, rows.y - entries.score[rows.entry], comp.n_judges)
        size = np.maximum(np.bincount(rows.judge, minlength=comp.n_judges), 1)
        leniency = np.where(model.silenced, gap / size, leniency)
        se = np.where(model.silenced, np.nan, se)
    noise_ratio = np.where(model.silenced, np.nan, model.noise)
    return Judges(
        ids=comp.judge_ids,
        leniency=np.where(seen, leniency, np.nan),
        se=np.where(seen, se, np.nan),
        noise_ratio=noise_ratio,
        scale=np.where(model.silenced, np.nan, model.scale),
        n_entries=links.entries_of_judge,
        flags=_flags(links, noise_ratio),
    )


def _flags(links: Links, noise_ratio: FloatArray) -> tuple[tuple[str, ...], ...]:
    """Names of what is odd about each judge."""
    count = links.entries_of_judge
    marks = (
        ("no_scores", count == 0),
        ("constant", links.constant),
        ("few_entries", (count > 0) & (count < FEW_ENTRIES)),
        ("noisy", np.nan_to_num(noise_ratio) >= _NOISY),
    )
    flags: list[tuple[str, ...]] = [()] * len(count)
    for name, mask in marks:
        for judge in np.flatnonzero(mask):
            flags[judge] = (*flags[judge], name)
    return tuple(flags)
