"""Calibration: what an entry would have scored from an average judge, and how sure that is."""

from __future__ import annotations

import numpy as np

from scoring.assemble import assemble, model_of
from scoring.design import build
from scoring.errors import Disconnected, NotIdentifiable, ScoringError
from scoring.fit import Fit, Links, Model, Options
from scoring.levels import FEW_ENTRIES, iterate
from scoring.links import linkage, pair_counts
from scoring.links import pools as find_pools
from scoring.reml import Likelihood, maximise, moments
from scoring.threads import one_thread
from scoring.totals import replaced_rows, scored
from scoring.types import BoolArray, Composite, tally

POOLS = ("refuse", "within", "assume_equal_pools", "assume_equal_judges")
DENSE_JUDGES = 1500
_LINKAGE_JUDGES = 300
_CONSTANT_FROM = 3
_BOUND_SHARE = 0.2


def calibrate(
    comp: Composite,
    level: int = 1,
    pools: str = "refuse",
    shrink: bool = True,
    exact: bool | str = "auto",
    seed: int = 0,
) -> Fit:
    """Separate entries' quality from judges' habits by restricted maximum likelihood.

    Model: ``y_ij = mu + x'beta + a_j q_i + b_j + e_ij`` with ``q_i ~ N(0, var_entry)``,
    ``b_j ~ N(0, var_judge)``, ``e_ij ~ N(0, var_residual v_j / w_ij)``.

    Parameters
    ----------
    comp : Composite
        Totals per judge and entry; rows with coverage 0 are ignored.  Repeated pairs are replicates.
    level : {1, 2, 3}
        1: severity ``b_j`` only (``a = v = 1``), the model of lme4's ``y ~ 1 + (1|entry) + (1|judge)``.
        2: also each judge's reliability ``v_j``.  3: also each judge's scale ``a_j``.
    pools : {"refuse", "within", "assume_equal_pools", "assume_equal_judges"}
        What to do when no judge links some entries: refuse; give each pool a mean of its own and rank
        within pools only; assume that the pools are equally good (their difference is the judges'); or
        assume that their judges are equally severe (their difference is the entries').
    shrink : bool
        False treats entries as fixed effects: no shrinkage toward the mean, so an entry with few judges is
        not held back.  Judges stay random.
    exact : {"auto", True, False}
        Dense Cholesky (default up to 1,500 judges) or conjugate gradients with probes.
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
        More than one pool and ``pools="refuse"``.
    NotConverged
        The variance components did not settle.
    """
    if level not in (1, 2, 3):
        raise ScoringError("level must be 1, 2 or 3.")
    if pools not in POOLS:
        raise ScoringError(f"Unknown pools={pools!r}; choose one of {', '.join(POOLS)}.")
    if exact not in (True, False, "auto"):
        raise ScoringError('exact must be True, False or "auto".')
    dense = comp.n_judges <= DENSE_JUDGES if exact == "auto" else bool(exact)
    options = Options(level, pools, bool(shrink), dense, int(seed))
    with one_thread():
        links = examine(comp)
        if links.n_pools > 1 and pools == "refuse":
            raise Disconnected(
                [np.flatnonzero(links.component == c).tolist() for c in range(links.n_pools)]
            )
        return _fitted(comp, links, options)


def examine(comp: Composite) -> Links:
    """Links of a composite; raises NotIdentifiable when no calibration is possible."""
    rows = scored(comp)
    pairs = pair_counts(rows)
    component, _, n_pools = find_pools(pairs)
    if not len(rows.y):
        raise NotIdentifiable("There is no score.")
    per_entry = np.diff(pairs.indptr).astype(np.int32)
    per_judge = np.bincount(pairs.indices, minlength=comp.n_judges).astype(np.int32)
    if np.count_nonzero(per_entry) < 2:
        raise NotIdentifiable("There is only one entry: nothing to compare it with.")
    if np.count_nonzero(per_judge) < 2:
        raise NotIdentifiable("There is only one judge: severity and quality cannot be told apart.")
    if int(per_entry.max()) < 2:
        raise NotIdentifiable("No entry was scored by two judges: quality and noise cannot be told apart.")
    if float(rows.y.min()) == float(rows.y.max()):
        raise NotIdentifiable("All totals are equal: there is nothing to rank.")
    first = np.zeros(comp.n_judges, dtype=np.int64)
    first[rows.judge[::-1]] = np.arange(len(rows.y) - 1, -1, -1)
    moved = tally(rows.judge, (rows.y != rows.y[first[rows.judge]]).astype(np.float64), comp.n_judges)
    constant = (moved == 0) & (per_judge >= _CONSTANT_FROM)
    return Links(rows, pairs, component, n_pools, per_entry, per_judge, constant)


def likelihood_of(rows: Composite, links: Links, options: Options) -> Likelihood:
    """The level-1 likelihood of these rows."""
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


def _fitted(comp: Composite, links: Links, options: Options) -> Fit:
    warnings = input_warnings(comp, links)
    likelihood = likelihood_of(links.rows, links, options)
    if likelihood.freedom < 1:
        raise NotIdentifiable("There are no more scores than effects to estimate.")
    optimum = maximise(likelihood, moments(likelihood.design))
    used, silenced = links.rows, np.zeros(comp.n_judges, dtype=np.bool_)
    noise, scale = np.ones(comp.n_judges), np.ones(comp.n_judges)
    if options.level > 1:
        used, silenced = without_constant(links)
        if silenced.any():
            likelihood = likelihood_of(used, links, options)
            optimum = maximise(likelihood, optimum.solution.ratios)
            warnings.append(f"{int(silenced.sum())} judges gave every entry the same total: no weight.")
        usable = (links.entries_of_judge >= FEW_ENTRIES) & ~silenced
        judged = iterate(likelihood, optimum, level=options.level, usable=usable)
        likelihood, optimum = judged.likelihood, judged.optimum
        noise, scale = judged.noise, judged.scale
    model = model_of(options, links, used, silenced, likelihood, optimum.solution, noise, scale)
    if optimum.solution.floored:
        warnings.append("The scores are free of noise: standard errors are nominal.")
    warnings += _linkage_warnings(comp, model)
    return assemble(comp, model, tuple(warnings), optimum.iterations)


def without_constant(links: Links) -> tuple[Composite, BoolArray]:
    """Rows without the constant judges, unless an entry or a link would be lost."""
    rows, nobody = links.rows, np.zeros(links.rows.n_judges, dtype=np.bool_)
    keep = np.flatnonzero(~links.constant[rows.judge])
    if len(keep) == len(rows.y):
        return rows, nobody
    fixed = None if rows.fixed is None else rows.fixed[keep]
    left = replaced_rows(
        rows, rows.entry[keep], rows.judge[keep], rows.y[keep], rows.weight[keep], rows.coverage[keep], fixed
    )
    component, judge_component, n_pools = find_pools(pair_counts(left))
    lost = bool(((component < 0) & (links.component >= 0)).any())
    if lost or n_pools != links.n_pools or np.count_nonzero(judge_component >= 0) < 2:
        return rows, nobody
    return left, links.constant


def input_warnings(comp: Composite, links: Links) -> list[str]:
    warnings = []
    rows = links.rows
    if len(rows.y) < len(comp.y):
        warnings.append(f"{len(comp.y) - len(rows.y)} rows without a score were left out.")
    replicates = len(rows.y) - int(links.judges_of_entry.sum())
    if replicates:
        warnings.append(f"{replicates} repeated judge-entry pairs were taken as replicates.")
    if links.constant.any():
        warnings.append(f"{int(links.constant.sum())} judges gave every entry the same total.")
    if links.n_pools > 1:
        warnings.append(f"{links.n_pools} pools of entries are not linked by any judge.")
    if np.isfinite(comp.lo) and np.isfinite(comp.hi):
        share = float(((rows.y <= comp.lo) | (rows.y >= comp.hi)).mean())
        if share > _BOUND_SHARE:
            text = f"{share:.0%} of the totals are at an end of the scale: audit with an ordinal model."
            warnings.append(text)
    return warnings


def _linkage_warnings(comp: Composite, model: Model) -> list[str]:
    """A link so weak that whole groups are in doubt: above half an entry's error, and twice a mixed panel's."""
    links = model.links
    if links.n_pools > 1 or comp.n_judges > _LINKAGE_JUDGES:
        return []
    found = linkage(links.rows)
    error = found.weakest_contrast_se * np.sqrt(model.solution.residual)
    typical = float(np.sqrt(np.median(model.spread.entry[links.component >= 0])))
    weak = error > 0.5 * typical and found.weakest_contrast_se > 2.0 * found.mixed_contrast_se
    if not weak or model.solution.floored:
        return []
    return ["Two groups of judges are only weakly linked: add bridging scores before comparing across them."]
