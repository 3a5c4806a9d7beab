"""Calibration: what an entry would have scored from an average judge, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.arguments import chosen, instance, whole
from scoring.assemble import assemble, model_of
from scoring.cautions import fit_warnings, input_warnings
from scoring.design import build
from scoring.errors import Disconnected, InvalidScores, NotIdentifiable
from scoring.fit import LEVELS, Fit, Links, Options
from scoring.groups import maximise_with_groups
from scoring.levels import FEW_ENTRIES, iterate
from scoring.links import missing_bridges, pair_counts
from scoring.links import pools as find_pools
from scoring.maximum import Optimum, moments
from scoring.reml import Likelihood
from scoring.solver_blocks import partition_of
from scoring.threads import one_thread
from scoring.totals import replaced_rows, scored
from scoring.types import AnyInts, BoolArray, Composite, tally

POOLS = ("refuse", "largest", "within", "assume_equal_pools", "assume_equal_judges")
DENSE_JUDGES = 1500
_CONSTANT_FROM = 3
_LARGEST_TOTAL = 1e150
_SCALE_FROM = 15
_RELIABILITY_FROM = 12
_JUDGES_FROM = 4


def calibrate(
    comp: Composite,
    level: int | str = "auto",
    pools: str = "refuse",
    shrink: bool = True,
    exact: bool | str = "auto",
    seed: int = 0,
) -> Fit:
    """Separate entries' quality from judges' habits by restricted maximum likelihood.

    Model: ``y_ij = mu + x'beta + t_g(i) + a_j q_i + b_j + e_ij`` with ``q_i ~ N(0, var_entry)``,
    ``b_j ~ N(0, var_judge)``, ``e_ij ~ N(0, var_residual v_j / w_ij)`` and, where the entries have groups,
    ``t_g ~ N(0, var_group)``.

    Parameters
    ----------
    comp : Composite
        Totals per judge and entry; rows with coverage 0 are ignored.  Repeated pairs are replicates.  With
        ``comp.group`` the groups' levels are estimated and stay in the score.  The effect of ``comp.fixed``
        columns leaves the score: use them for what must not count (the stage), not for the topic.
    level : {"auto", "severity", "reliability", "scale"} or {1, 2, 3}
        ``severity``: each judge adds ``b_j`` (``a = v = 1``), the model of lme4's
        ``y ~ 1 + (1|entry) + (1|judge)``.  ``reliability``: also each judge's noise ratio ``v_j``.
        ``scale``: also each judge's scale ``a_j``.  ``auto`` takes ``scale`` where the panel carries it and
        a simpler level otherwise; ``Fit.level_reason`` says why.
    pools : {"refuse", "largest", "within", "assume_equal_pools", "assume_equal_judges"}
        What to do when no judge links some entries: refuse; calibrate the largest pool and leave the others
        without a score; give each pool a mean of its own and rank within pools only; assume that the pools
        are equally good (their difference is the judges'); or assume that their judges are equally severe
        (their difference is the entries').
    shrink : bool
        False treats entries as fixed effects: no shrinkage toward the mean, so an entry with few judges is
        not held back.  Judges stay random; groups play no part.
    exact : {"auto", True, False}
        Dense Cholesky, pool by pool (default up to 1,500 judges, and in pools whose squared sizes add up to
        no more than theirs), or conjugate gradients with probes.
    seed : int
        Seed of the probes.

    Returns
    -------
    Fit

    Raises
    ------
    NotIdentifiable
        No score, one entry, one judge, no entry with two judges, or all totals equal.
    Disconnected
        More than one pool and ``pools="refuse"``; the error names the missing bridges.
    NotConverged
        Conjugate gradients did not converge.
    ScoringError
        An argument that is none of the above.

    Notes
    -----
    A search that does not end at a stationary point gives ``Fit.converged = False`` and a warning.

    References
    ----------
    Patterson & Thompson (1971), Biometrika 58, doi:10.1093/biomet/58.3.545 (REML).  Gilmour, Thompson & Cullis
    (1995), Biometrics 51, doi:10.2307/2533274 (average information).  Smyth (2004), doi:10.2202/1544-6115.1027
    (shrinking variances).  Hausman (1978), Econometrica 46, doi:10.2307/1913827 (the matching test).

    Examples
    --------
    >>> from scoring import calibrate, composite_from
    >>> comp = composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31])
    >>> fit = calibrate(comp, level="severity")
    >>> fit.rank.tolist(), fit.entries.score.round(1).tolist()
    ([1, 2, 3], [65.0, 50.5, 35.5])
    >>> fit.judges.leniency.round(1).tolist()
    [4.7, -4.7]
    """
    instance(comp, "comp", Composite)
    chosen(level, "level", ("auto", *LEVELS, 1, 2, 3))
    chosen(pools, "pools", POOLS)
    chosen(shrink, "shrink", (True, False))
    chosen(exact, "exact", ("auto", True, False))
    dense = comp.n_judges <= DENSE_JUDGES if exact == "auto" else bool(exact)
    number = 0 if level == "auto" else LEVELS.index(level) + 1 if isinstance(level, str) else int(level)
    options = Options(number or 1, pools, bool(shrink), dense, whole(seed, "seed"))
    with one_thread():
        links = examine(comp, largest=pools == "largest")
        if links.n_pools > 1 and pools == "refuse":
            missing = missing_bridges(links.pairs, links.component, links.judge_component, links.n_pools)
            raise Disconnected(
                [np.flatnonzero(links.component == c).tolist() for c in range(links.n_pools)], missing
            )
        if exact == "auto" and not dense and links.n_pools > 1:
            # Pools are independent: many judges in small pools are no large system.
            options = replace(options, exact=partition_of(links.pairs).cells <= DENSE_JUDGES**2)
        reason = "as asked for"
        if not number:
            return _highest_settled(comp, links, options, *_carried(links))
        return _fitted(comp, links, replace(options, level=number), reason)


def _highest_settled(comp: Composite, links: Links, options: Options, number: int, reason: str) -> Fit:
    """The fit at level ``number``, or at the next lower one that settles."""
    for level in range(number, 1, -1):
        fit = _fitted(comp, links, replace(options, level=level), reason)
        if fit.converged:
            return fit
        reason = f"{LEVELS[level - 1]} did not settle"
    return _fitted(comp, links, replace(options, level=1), reason)


def _carried(links: Links) -> tuple[int, str]:
    """The highest level for which the panel has the scores, and why."""
    count = links.entries_of_judge[links.entries_of_judge > 0]
    typical, judges = float(np.median(count)), int(np.count_nonzero(count >= FEW_ENTRIES))
    text = f"judges scored {typical:g} entries (median)"
    if judges >= _JUDGES_FROM and typical >= _SCALE_FROM:
        return 3, f"{text}: enough for a scale of their own"
    if judges >= _JUDGES_FROM and typical >= _RELIABILITY_FROM:
        return 2, f"{text}: enough for a noise ratio, not for a scale ({_SCALE_FROM})"
    return 1, f"{text} and {judges} of them at least {FEW_ENTRIES}: too few to tell judges' noise apart"


def examine(comp: Composite, *, largest: bool = False) -> Links:
    """Links of a composite; raises NotIdentifiable when no calibration is possible.

    Parameters
    ----------
    comp : Composite
    largest : bool
        Leave out every pool but the largest.
    """
    rows = scored(comp)
    if not len(rows.y):
        raise NotIdentifiable("There is no score.")
    pairs = pair_counts(rows)
    component, judge_component, n_pools = find_pools(pairs)
    every = component
    if largest and n_pools > 1:
        keep = np.flatnonzero(component[rows.entry] == 0)
        rows = _subset(rows, keep)
        pairs = pair_counts(rows)
        component, judge_component, n_pools = find_pools(pairs)
    per_entry = np.diff(pairs.indptr).astype(np.int32)
    per_judge = np.bincount(pairs.indices, minlength=comp.n_judges).astype(np.int32)
    if np.count_nonzero(per_entry) < 2:
        raise NotIdentifiable("There is only one entry: nothing to compare it with.")
    if np.count_nonzero(per_judge) < 2:
        raise NotIdentifiable("There is only one judge: severity and quality cannot be told apart.")
    if int(per_entry.max()) < 2:
        raise NotIdentifiable("No entry was scored by two judges: quality and noise cannot be told apart.")
    low, high = float(rows.y.min()), float(rows.y.max())
    if low == high:
        raise NotIdentifiable("All totals are equal: there is nothing to rank.")
    if max(abs(low), abs(high)) > _LARGEST_TOTAL or high - low < 1.0 / _LARGEST_TOTAL:
        raise InvalidScores(f"Totals from {low} to {high}: they and their range must lie in 1e-150..1e150.")
    first = np.zeros(comp.n_judges, dtype=np.int64)
    first[rows.judge[::-1]] = np.arange(len(rows.y) - 1, -1, -1)
    moved = tally(rows.judge, (rows.y != rows.y[first[rows.judge]]).astype(np.float64), comp.n_judges)
    constant = (moved == 0) & (per_judge >= _CONSTANT_FROM)
    return Links(rows, pairs, component, n_pools, per_entry, per_judge, constant, judge_component, every)


def likelihood_of(rows: Composite, links: Links, options: Options) -> Likelihood:
    """The likelihood of these rows at level ``severity``."""
    pool_of_entry = np.maximum(links.component, 0)
    fixed = not options.shrink
    design = build(
        rows,
        pair_counts(rows) if len(rows.y) < len(links.rows.y) else links.pairs,
        pool_of_entry=pool_of_entry,
        n_pools=links.n_pools,
        fixed_entries=fixed,
    )
    return Likelihood(design, exact=options.exact, seed=options.seed, fixed_entries=fixed)


def _fitted(comp: Composite, links: Links, options: Options, reason: str) -> Fit:
    warnings = input_warnings(comp, links)
    likelihood = likelihood_of(links.rows, links, options)
    if likelihood.freedom < 1:
        raise NotIdentifiable("There are no more scores than effects to estimate.")
    likelihood, optimum = maximise_with_groups(likelihood, moments(likelihood.design))
    severity = (likelihood, optimum)
    used, silenced = links.rows, np.zeros(comp.n_judges, dtype=np.bool_)
    noise, scale = np.ones(comp.n_judges), np.ones(comp.n_judges)
    last_step, scale_variance = 0.0, 0.0
    if options.level > 1:
        used, silenced = without_constant(links)
        if silenced.any():
            likelihood = likelihood_of(used, links, options)
            likelihood, optimum = maximise_with_groups(likelihood, optimum.solution.ratios)
            warnings.append(f"{int(silenced.sum())} judges gave every entry the same total: no weight.")
        usable = (links.entries_of_judge >= FEW_ENTRIES) & ~silenced
        judged = iterate(likelihood, optimum, level=options.level, usable=usable)
        likelihood, optimum = judged.likelihood, judged.optimum
        noise, scale, last_step = judged.noise, judged.scale, judged.last_step
        scale_variance = judged.scale_variance
        if likelihood.design.n_groups:
            likelihood, optimum = maximise_with_groups(likelihood, optimum.solution.ratios)
        if not judged.settled:
            warnings.append(f"Judges' noise and scale still moved by {last_step:.1e} (log) in the last round.")
            optimum = Optimum(optimum.solution, optimum.iterations, converged=False)
    model = model_of(options, links, used, silenced, likelihood, optimum.solution, noise, scale)
    model = replace(model, scale_variance=scale_variance)
    warnings += fit_warnings(model, *severity, converged=optimum.converged)
    return assemble(
        comp, model, tuple(warnings), optimum.iterations, converged=optimum.converged, reason=reason,
        last_step=last_step,
    )


def without_constant(links: Links) -> tuple[Composite, BoolArray]:
    """Rows without the constant judges, unless an entry or a link would be lost."""
    rows, nobody = links.rows, np.zeros(links.rows.n_judges, dtype=np.bool_)
    keep = np.flatnonzero(~links.constant[rows.judge])
    if len(keep) == len(rows.y):
        return rows, nobody
    left = _subset(rows, keep)
    component, judge_component, n_pools = find_pools(pair_counts(left))
    lost = bool(((component < 0) & (links.component >= 0)).any())
    if lost or n_pools != links.n_pools or np.count_nonzero(judge_component >= 0) < 2:
        return rows, nobody
    return left, links.constant


def _subset(rows: Composite, keep: AnyInts) -> Composite:
    fixed = None if rows.fixed is None else rows.fixed[keep]
    return replaced_rows(
        rows, rows.entry[keep], rows.judge[keep], rows.y[keep], rows.weight[keep], rows.coverage[keep], fixed
    )
