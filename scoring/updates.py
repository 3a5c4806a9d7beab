"""Late scores: new predictions at once, variance components when it is worth it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.arguments import instance
from scoring.assemble import assemble, model_of
from scoring.calibration import calibrate, examine, likelihood_of, without_constant
from scoring.cautions import input_warnings
from scoring.design import reweighted, shifted
from scoring.errors import Disconnected, InvalidScores, ScoringError
from scoring.fit import Fit, Model
from scoring.threads import one_thread
from scoring.totals import replaced_rows
from scoring.types import AnyInts, Composite, FloatArray, Ids, Scores


def update(fit: Fit, changed: Composite | Scores) -> Fit:
    """Put changed, new or withdrawn totals into a fit, keeping its variance components and judge ratios.

    Effects are exact given the components (with conjugate gradients to about 1e-7 standard deviations of
    the totals); call :func:`refit` when more than about 1 % of the rows have
    changed.  When only totals change, standard errors stay and nothing but sums is recomputed.

    Parameters
    ----------
    fit : Fit
    changed : Composite or Scores
        Rows that replace the row of the same judge and entry, or are added.  A row with coverage 0 withdraws
        the total.  Scores must have a single column, the total itself (make a composite otherwise).
        Labels are matched with the fit's; integers without labels are positions when the fit has
        labels of another type.  A judge or entry that the fit does not know is an error: refit.

    Returns
    -------
    Fit

    Raises
    ------
    InvalidScores
        Unknown labels, or a judge-entry pair that occurs twice in ``changed`` or as replicates in the fit.
    Disconnected, NotIdentifiable
        When the rows that remain no longer allow the fit.

    References
    ----------
    Henderson (1975), Biometrics 31, doi:10.2307/2529430.

    Examples
    --------
    >>> from scoring import calibrate, composite_from, update
    >>> comp = composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31])
    >>> late = update(calibrate(comp), composite_from([2], [1], [90]))
    >>> late.rank.tolist()
    [1, 3, 1]
    """
    instance(fit, "fit", Fit)
    late = _totals(changed)
    entry = _positions(late.entry_ids, fit.comp.entry_ids, "entry")[late.entry]
    judge = _positions(late.judge_ids, fit.comp.judge_ids, "judge")[late.judge]
    bad = np.flatnonzero((entry < 0) | (judge < 0))
    if bad.size:
        raise InvalidScores("Unknown entry or judge: make a new fit.", bad.tolist())
    key = entry.astype(np.int64) * fit.comp.n_judges + judge
    if len(np.unique(key)) < len(key):
        raise InvalidScores("A judge-entry pair occurs twice.", np.arange(len(key)).tolist())
    where = _find(fit.comp, entry, judge)
    with one_thread():
        if _only_totals(fit, late, where):
            return _moved(fit, late, where)
        return _rebuilt(fit, late, where, entry, judge)


def refit(fit: Fit) -> Fit:
    """Estimate everything anew from the rows the fit holds, with the same options.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    Fit
        At the level of ``fit``, also where that was chosen automatically.

    Raises
    ------
    ScoringError
        As :func:`scoring.calibrate`.

    References
    ----------
    Patterson & Thompson (1971), Biometrika 58, doi:10.1093/biomet/58.3.545.

    Examples
    --------
    >>> from scoring import calibrate, composite_from, refit
    >>> comp = composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31])
    >>> fit = calibrate(comp)
    >>> refit(fit).digest == fit.digest
    True
    """
    instance(fit, "fit", Fit)
    return calibrate(
        fit.comp, level=fit.level, pools=fit.pools, shrink=fit.shrink, exact=fit.exact, seed=fit.seed
    )


def _totals(changed: Composite | Scores) -> Composite:
    if isinstance(changed, Composite):
        return changed
    if not isinstance(changed, Scores):
        raise ScoringError(f"changed must be a Composite or Scores, not {type(changed).__name__}.")
    if changed.values.shape[1] != 1 or changed.entry_ids is None or changed.judge_ids is None:
        raise InvalidScores("Give totals: make a composite of the changed sheets first.")
    y = changed.values[:, 0]
    n = len(y)
    return Composite(
        entry=changed.entry,
        judge=changed.judge,
        y=y,
        weight=np.ones(n) if changed.weight is None else changed.weight,
        coverage=np.where(np.isnan(y), 0.0, 1.0),
        fixed=changed.fixed,
        entry_ids=changed.entry_ids,
        judge_ids=changed.judge_ids,
        n_entries=changed.n_entries,
        n_judges=changed.n_judges,
        lo=-np.inf,
        hi=np.inf,
    )


def _positions(labels: Ids, fit_labels: Ids, what: str) -> AnyInts:
    """Position in ``known`` of each label; -1 where it is not there."""
    plain = np.issubdtype(labels.dtype, np.integer)
    if plain and np.issubdtype(fit_labels.dtype, np.integer):
        if len(fit_labels) and np.array_equal(fit_labels, np.arange(len(fit_labels))):
            return np.where((labels >= 0) & (labels < len(fit_labels)), labels, -1)
        order = np.argsort(fit_labels, kind="stable")
        place = np.clip(np.searchsorted(fit_labels[order], labels), 0, max(len(fit_labels) - 1, 0))
        place_of = order[place] if len(fit_labels) else np.zeros(len(labels), dtype=np.int64)
        return np.where(fit_labels[place_of] == labels, place_of, -1)
    if plain:
        return np.where(labels < len(fit_labels), labels, -1)
    index = {label: position for position, label in enumerate(fit_labels.tolist())}
    return np.array([index.get(label, -1) for label in labels.tolist()], dtype=np.int64)


def _find(comp: Composite, entry: AnyInts, judge: AnyInts) -> AnyInts:
    """Row of each pair in the composite, -1 where there is none; raises on replicates."""
    near = _rows_of(comp, entry)
    stored = comp.entry[near].astype(np.int64) * comp.n_judges + comp.judge[near]
    order = np.argsort(stored, kind="stable")
    stored = stored[order]
    wanted = entry.astype(np.int64) * comp.n_judges + judge
    first = np.searchsorted(stored, wanted, side="left")
    count = np.searchsorted(stored, wanted, side="right") - first
    if (count > 1).any():
        raise InvalidScores("The fit holds replicates of this pair.", np.flatnonzero(count > 1).tolist())
    out = np.full(len(wanted), -1, dtype=np.int64)
    out[count == 1] = near[order[first[count == 1]]]
    return out


def _rows_of(comp: Composite, entry: AnyInts) -> AnyInts:
    """Rows of these entries, in order; found by bisection where rows come by entry."""
    if bool((comp.entry[1:] >= comp.entry[:-1]).all()):
        wanted = np.unique(entry).astype(comp.entry.dtype)
        first = np.searchsorted(comp.entry, wanted, side="left")
        count = np.searchsorted(comp.entry, wanted, side="right") - first
        skipped = first - np.append(0, np.cumsum(count)[:-1])
        return np.asarray(np.arange(int(count.sum())) + np.repeat(skipped, count))
    touched = np.zeros(comp.n_entries, dtype=bool)
    touched[entry] = True
    return np.flatnonzero(touched[comp.entry])


def _only_totals(fit: Fit, late: Composite, where: AnyInts) -> bool:
    """Whether every change keeps who scored whom, weights and columns."""
    if (where < 0).any() or not late.coverage.all() or len(fit.model.used.y) != len(fit.comp.y):
        return False
    same = bool((late.weight == fit.comp.weight[where]).all())
    return same and (late.fixed is None or np.array_equal(late.fixed, _fixed_of(fit.comp, where)))


def _fixed_of(comp: Composite, where: AnyInts) -> FloatArray:
    return np.zeros((len(where), 0)) if comp.fixed is None else comp.fixed[where]


def _moved(fit: Fit, late: Composite, where: AnyInts) -> Fit:
    model = fit.model
    y, coverage = fit.comp.y.copy(), fit.comp.coverage
    y[where] = late.y
    if (coverage[where] != late.coverage).any():
        coverage = coverage.copy()
        coverage[where] = late.coverage
    comp = replaced_rows(
        fit.comp, fit.comp.entry, fit.comp.judge, y, fit.comp.weight, coverage, fit.comp.fixed
    )
    links = model.links.with_rows(comp)
    design = shifted(model.design, where, y)
    likelihood = model.likelihood.with_sums(design)
    solution = likelihood.predict(model.solution, model.design)
    moved = model_of(
        model.options,
        links,
        comp,
        model.silenced,
        likelihood,
        solution,
        model.noise,
        model.scale,
        model.spread,
    )
    moved = replace(moved, scale_variance=model.scale_variance)
    return _assembled(fit, comp, moved, fit.warnings)


def _rebuilt(fit: Fit, late: Composite, where: AnyInts, entry: AnyInts, judge: AnyInts) -> Fit:
    old, options = fit.comp, fit.model.options
    keep = np.ones(len(old.y), dtype=bool)
    keep[where[where >= 0]] = False
    stay = np.flatnonzero(keep)
    add = np.flatnonzero(late.coverage > 0)
    fixed = None
    if old.fixed is not None:
        columns = late.fixed if late.fixed is not None else _fixed_of(old, np.maximum(where, 0))
        if late.fixed is None and (where < 0).any():
            raise InvalidScores("New rows need their fixed columns.", np.flatnonzero(where < 0).tolist())
        fixed = np.vstack([old.fixed[stay], columns[add]])
    comp = replaced_rows(
        old,
        np.concatenate([old.entry[stay], entry[add].astype(np.int32)]),
        np.concatenate([old.judge[stay], judge[add].astype(np.int32)]),
        np.concatenate([old.y[stay], late.y[add]]),
        np.concatenate([old.weight[stay], late.weight[add]]),
        np.concatenate([old.coverage[stay], late.coverage[add]]),
        fixed,
    )
    links = examine(comp, largest=options.pools == "largest")
    if links.n_pools > 1 and options.pools == "refuse":
        raise Disconnected([np.flatnonzero(links.component == c).tolist() for c in range(links.n_pools)])
    used, silenced = links.rows, np.zeros_like(links.constant)
    if options.level > 1:
        used, silenced = without_constant(links)
    likelihood = likelihood_of(used, links, options)
    if likelihood.design.n_groups:
        likelihood = likelihood.with_group_ratio(1.0 / float(fit.model.design.penalty[-1]))
    if options.level > 1:
        scale = fit.model.scale if options.level > 2 else None
        likelihood = likelihood.under(reweighted(likelihood.design, fit.model.noise, scale))
    solution = likelihood.solve(*fit.model.solution.ratios)
    unit = fit.model.design.unit / likelihood.design.unit
    solution = replace(solution, residual=fit.model.solution.residual * unit * unit)
    model = model_of(options, links, used, silenced, likelihood, solution, fit.model.noise, fit.model.scale)
    model = replace(model, scale_variance=fit.model.scale_variance)
    return _assembled(fit, comp, model, tuple(input_warnings(comp, links)))


def _assembled(fit: Fit, comp: Composite, model: Model, warnings: tuple[str, ...]) -> Fit:
    """The public fit, what describes the search being that of the fit it came from."""
    return assemble(
        comp, model, warnings, fit.iterations, converged=fit.converged, reason=fit.level_reason,
        last_step=fit.last_step,
    )
