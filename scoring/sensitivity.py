"""What would change if one judge, or one grade, were not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from scoring.arguments import instance, whole
from scoring.design import Design
from scoring.errors import ScoringError
from scoring.fit import Fit
from scoring.summaries import competition_ranks
from scoring.threads import one_thread
from scoring.topk import competing
from scoring.types import AnyInts, BoolArray, FloatArray, Ids


@dataclass(frozen=True, eq=False, repr=False)
class Influence:
    """What changes without each judge, in the order of ``ids``; 0 for a judge without scores.

    Attributes
    ----------
    ids : array, shape (J,)
        Judges.  Not for publication.
    k : int
    places : array of int, shape (J,)
        Places among the best k that change hands.
    ranks : array of int, shape (J,)
        Entries whose rank changes.
    shift : array of float, shape (J,)
        Largest change of an entry's score, relative to the mean of all changes.
    enters, leaves : tuple of tuple of int
        Positions of the entries that enter and leave the best k.
    """

    ids: Ids
    k: int
    places: AnyInts
    ranks: AnyInts
    shift: FloatArray
    enters: tuple[tuple[int, ...], ...]
    leaves: tuple[tuple[int, ...], ...]

    def __repr__(self) -> str:
        most = int(self.places.max(initial=0))
        return f"<Influence: {len(self.ids)} judges, at most {most} of {self.k} places change>"


def influence(fit: Fit, k: int) -> Influence:
    """Leave each judge out in turn, keeping variance components and the other judges' parameters.

    The sums of the design move by the judge's rows only and the equations are solved again, which is exact.
    An entry that only this judge scored falls back to the mean.

    Parameters
    ----------
    fit : Fit
        Of one pool.
    k : int
        Number of places.

    Returns
    -------
    Influence

    Raises
    ------
    ScoringError
        A bad argument, several pools, ``shrink=False``, or a fit by conjugate gradients.

    References
    ----------
    Cook (1977), Technometrics 19, doi:10.1080/00401706.1977.10489493.  Demidenko & Stukel (2005), Statistics in
    Medicine 24, 893-909 (influence in mixed models).

    Examples
    --------
    >>> from scoring import calibrate, composite_from, influence
    >>> y = [70, 60, 20, 55, 46, 60, 40, 31, 35, 20, 15, 10]
    >>> fit = calibrate(composite_from([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3], [0, 1, 2] * 4, y), level="severity")
    >>> influence(fit, 1).places.tolist()
    [0, 0, 1]
    """
    instance(fit, "fit", Fit)
    whole(k, "k", least=1)
    model = fit.model
    if model.links.n_pools > 1 or not fit.shrink or not fit.exact:
        raise ScoringError("influence is for fits of one pool with shrink=True, fitted exactly.")
    counted = model.links.component >= 0
    base = _effects(model.design, fit, counted)
    best = _best(base, k)
    rank = competition_ranks(np.where(counted, base, np.nan))
    places, ranks, shift, enters, leaves = [], [], [], [], []
    with one_thread():
        for judge in range(fit.comp.n_judges):
            score = base
            if model.design.judge_weight[judge] > 0:
                score = _effects(_without(model.design, judge), fit, counted)
            chosen = _best(score, k)
            change = (score - base)[counted]
            places.append(len(chosen - best))
            ranks.append(int(np.count_nonzero(competition_ranks(np.where(counted, score, np.nan)) != rank)))
            shift.append(float(np.abs(change - change.mean()).max()))
            enters.append(tuple(sorted(chosen - best)))
            leaves.append(tuple(sorted(best - chosen)))
    return Influence(
        fit.judges.ids, k, np.array(places), np.array(ranks), np.array(shift), tuple(enters), tuple(leaves)
    )


def _without(design: Design, judge: int) -> Design:
    """The design without the rows of one judge."""
    rows = np.flatnonzero(design.judge == judge)
    entry, omega = design.entry[rows], design.omega[rows]
    factor = omega if design.scale is None else omega * design.scale[judge]
    square = factor if design.scale is None else factor * design.scale[judge]
    table = np.column_stack([design.y[rows], design.columns[rows]])
    entry_weight, entry_sums = design.entry_weight.copy(), design.entry_sums.copy()
    np.subtract.at(entry_weight, entry, square)
    np.subtract.at(entry_sums, entry, table * factor[:, None])
    judge_weight, judge_sums = design.judge_weight.copy(), design.judge_sums.copy()
    judge_weight[judge], judge_sums[judge] = 0.0, 0.0
    pairs = design.pairs.copy()
    pairs.data[pairs.indices == judge] = 0.0
    return replace(
        design,
        pairs=pairs,
        entry_weight=np.where(np.abs(entry_weight) < 1e-9, 0.0, entry_weight),
        judge_weight=judge_weight,
        entry_sums=entry_sums,
        judge_sums=judge_sums,
        gram=design.gram - table.T @ (table * omega[:, None]),
    )


def _effects(design: Design, fit: Fit, counted: BoolArray) -> FloatArray:
    """Deviations of the entries at the fit's variance ratios, in points; -inf where there is no entry."""
    at = fit.model.likelihood.under(design).solve(*fit.model.solution.ratios)
    effect = at.entry_effect
    if design.n_groups:
        effect = effect + at.beta[design.p - design.n_groups :][design.group_of_entry]
    return np.where(counted, design.unit * effect, -np.inf)


def _best(score: FloatArray, k: int) -> set[int]:
    order = np.lexsort((np.arange(len(score)), -np.round(score, 9)))
    return {int(i) for i in order[:k] if np.isfinite(score[i])}


def total_effects(fit: Fit, rows: AnyInts) -> Iterator[FloatArray]:
    """Change of every entry's score per point added to one total, for each of these rows.

    Parameters
    ----------
    fit : Fit
        Fitted exactly, with ``shrink=True``.
    rows : array of int
        Rows of the model's design.

    Yields
    ------
    array, shape (N,)
    """
    d, at = fit.model.design, fit.model.solution
    for row in rows.tolist():
        omega, entry, judge = d.omega[row], int(d.entry[row]), int(d.judge[row])
        factor = omega if d.scale is None else omega * d.scale[judge]
        right = np.zeros(len(d.judge_weight))
        right[judge] += omega
        start, stop = d.pairs.indptr[entry], d.pairs.indptr[entry + 1]
        right[d.pairs.indices[start:stop]] -= d.pairs.data[start:stop] * at.shrink[entry] * factor
        part = at.ratios[1] * at.system.solve(right[:, None])[:, 0]
        cross = omega * d.columns[row] - d.entry_sums[entry, 1:] * at.shrink[entry] * factor
        cross -= d.judge_sums[:, 1:].T @ part - d.entry_sums[:, 1:].T @ (at.shrink * (d.pairs @ part))
        beta = at.covariance @ cross
        left = -(d.pairs @ part) - (d.entry_sums[:, 1:] - d.pairs @ (at.ratios[1] * at.judge_part[:, 1:])) @ beta
        left[entry] += factor
        change = at.shrink * left
        if d.n_groups:
            change = change + beta[d.p - d.n_groups :][d.group_of_entry]
        yield change


def selected(fit: Fit, k: int) -> set[int]:
    """Positions of the k best entries by score, ties by position."""
    counted = competing(fit, None)
    return _best(np.where(counted, fit.entries.score, -np.inf), k)
