"""How firm a result is: other rules, the panel without one judge, single grades, further scores, and lots.

Everything asks the same question: who would be selected instead? Selected are here the entries that passed and stand
within the call's slots, with all that share the last of these ranks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

import scoring
from competition.results.jobs.calibrated import Calibration
from scoring import Criterion, Fit, Rule, Scores, Standing

Bools = npt.NDArray[np.bool_]
Positions = frozenset[int]
LISTED = 20  # entries or grades that a page lists of one kind
FRAGILE_MOST = 3000  # entries; the rule is applied anew for each grade near the line
NEAR = 200  # entries nearest to the line, for which further scores are considered
BATCHES = (5, 10, 20)  # further scores
SETTLED = 0.005  # doubt below which the line counts as settled


@dataclass(frozen=True)
class Result:
    """An aggregation while it is still arrays: positions are those of the snapshot."""

    scores: Scores
    criteria: Sequence[Criterion]
    rule: Rule
    standing: Standing
    calibrated: Calibration
    parameters: Mapping[str, Any]
    entry_ids: Sequence[UUID]
    seats: Sequence[int]  # the seat number of each judge
    barred: Sequence[tuple[int, int]] = ()  # positions of entry and judge, of pairs with a conflict of interest

    @property
    def slots(self) -> int:
        return max(1, int(self.parameters["slots"]))

    def names(self, positions: Positions | Sequence[int]) -> list[str]:
        """The ids of at most :data:`LISTED` entries, in the order of their codes."""
        return [str(self.entry_ids[at]) for at in sorted(positions)[:LISTED]]


def sensitivity(result: Result) -> dict[str, Any]:
    """What the page on the firmness of a result shows, as JSON values."""
    return {
        "selected": len(selected(result.standing, result.slots)),
        "methods": methods(result), "judges": without_each_judge(result), "grades": single_grades(result),
        "next": further_scores(result), "chances": lottery_chances(result),
    }


def selected(standing: Standing, slots: int) -> Positions:
    """The entries that passed and are within the slots, with all that share the last of these ranks."""
    passed = np.flatnonzero(standing.passed & (standing.rank > 0))
    if not passed.size:
        return frozenset()
    last = np.sort(standing.rank[passed])[:slots][-1]
    return frozenset(passed[standing.rank[passed] <= last].tolist())


def _change(result: Result, before: Positions, after: Positions) -> dict[str, Any]:
    return {"enters": result.names(after - before), "leaves": result.names(before - after),
            "changes": len(after - before) + len(before - after)}


def methods(result: Result) -> list[dict[str, Any]]:
    """Each way to combine the judges' totals: who would be selected instead, and how many ranks would differ."""
    before = selected(result.standing, result.slots)
    rows = []
    for method in ("mean", "trimmed", "median"):
        standing = scoring.official(
            result.scores, result.criteria, replace(result.rule, method=method), quote=result.standing.quote,
            carried=result.standing.carried,
        )
        rows.append({
            "method": method, "ranks": int((standing.rank != result.standing.rank).sum()),
            **_change(result, before, selected(standing, result.slots)),
        })
    if result.calibrated.fit is not None:
        score = np.where(result.standing.rank > 0, result.calibrated.score, np.nan)
        rank = _ranks(score)
        open_to = np.flatnonzero(result.standing.passed & (rank > 0))
        best = open_to[np.argsort(rank[open_to], kind="stable")][:result.slots]
        rows.append({
            "method": "calibrated", "ranks": int((rank != result.standing.rank).sum()),
            **_change(result, before, frozenset(best.tolist())),
        })
    return rows


def _ranks(score: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Ranks 1, 2 … by falling score, equals sharing one; 0 without a score. Scores are compared as they are stored."""
    rounded = np.round(score, 6)
    counted = np.sort(rounded[~np.isnan(rounded)])
    above = len(counted) - np.searchsorted(counted, rounded, side="right")
    return np.where(np.isnan(score), 0, above + 1)


def without_each_judge(result: Result) -> list[dict[str, Any]]:
    """The official result without the sheets of each judge in turn; a sheet that is missing costs no quorum.

    ``points``: by how much the judge moves the calibrated scores of single entries, at most; None without calibration.
    """
    ranked = result.standing.quorum_met
    scores, rule = result.scores, replace(result.rule, quorum=1)
    keep = ranked[scores.entry]
    before = selected(result.standing, result.slots)
    points = _shifts(result)
    rows = []
    for judge, seat in enumerate(result.seats):
        left = keep & (scores.judge != judge)
        if left.sum() == keep.sum():
            continue
        standing = scoring.official(
            _rows(scores, left), result.criteria, rule, quote=result.standing.quote, carried=result.standing.carried,
        )
        rows.append({
            "seat": seat, "points": points.get(judge),
            "ranks": int((standing.rank[ranked] != result.standing.rank[ranked]).sum()),
            **_change(result, before, selected(standing, result.slots)),
        })
    return rows


def _rows(scores: Scores, chosen: Bools) -> Scores:
    return Scores(scores.entry[chosen], scores.judge[chosen], scores.values[chosen], entry_ids=scores.entry_ids,
                  judge_ids=scores.judge_ids)


def _shifts(result: Result) -> dict[int, str | None]:
    fit = result.calibrated.fit
    if fit is None or not fit.exact or len(result.entry_ids) * len(result.seats) > 2_000_000:
        return {}
    try:
        with np.errstate(invalid="ignore"):  # entries without a score
            shift = scoring.influence(fit, result.slots).shift
    except scoring.ScoringError:
        return {}
    return {judge: f"{value:.2f}" for judge, value in enumerate(shift.tolist())}


def single_grades(result: Result) -> dict[str, Any] | None:
    """Grades that would change the selection if they were one step higher or lower; None in very large calls."""
    n_entries = len(result.entry_ids)
    inside = selected(result.standing, result.slots)
    if n_entries > FRAGILE_MOST or not inside:
        return None
    last = max(int(result.standing.rank[at]) for at in inside)
    places = int(((result.standing.rank > 0) & (result.standing.rank <= last)).sum())
    fragile = scoring.fragility(result.standing, places)
    listed = [
        {"entry": str(result.entry_ids[grade.entry]), "seat": result.seats[grade.judge], "criterion": grade.criterion,
         "step": grade.step, "enters": result.names(grade.enters), "leaves": result.names(grade.leaves)}
        for grade in fragile.deciding[:LISTED]
    ]
    deciding = len({(grade.entry, grade.judge, grade.criterion) for grade in fragile.deciding})
    return {"grades": fragile.grades, "deciding": deciding, "entries": len(fragile.entries), "listed": listed}


def further_scores(result: Result) -> dict[str, Any] | None:
    """How much of the doubt about the line some further scores would remove; which scores, nobody reads here.

    ``doubt``: the sum over entries of p (1 - p), p = chance of a place. ``left``: what remains of it after so many;
    empty where every judge has scored all entries near the line.
    """
    fit, chance = result.calibrated.fit, result.calibrated.p
    if fit is None:
        return None
    doubt = np.nan_to_num(chance * (1 - chance))
    if float(doubt.sum()) < SETTLED:
        return {"doubt": "0.00", "left": []}
    near = np.argsort(-doubt, kind="stable")[:NEAR]
    near = near[doubt[near] > 0]
    pairs = _unscored(fit, np.sort(near), result.barred)
    gain = np.cumsum(scoring.next_best(fit, result.slots, candidates=pairs, n=BATCHES[-1]).gain)
    whole = float(doubt.sum())
    numbers = [number for number in BATCHES if number <= len(gain)] or [len(gain)] * (len(gain) > 0)
    left = [[number, f"{max(0.0, whole - float(gain[number - 1])):.2f}"] for number in numbers]
    return {"doubt": f"{whole:.2f}", "left": left}


def _unscored(
    fit: Fit, entries: npt.NDArray[np.int64], barred: Sequence[tuple[int, int]]
) -> npt.NDArray[np.int64]:
    """Pairs of entry and judge, without a conflict, of which there is no score yet."""
    comp = fit.comp
    table = np.ones((len(entries), comp.n_judges), np.bool_)
    place = np.full(comp.n_entries, -1, np.int64)
    place[entries] = np.arange(len(entries))
    seen = (comp.coverage > 0) & (place[comp.entry] >= 0)
    table[place[comp.entry[seen]], comp.judge[seen]] = False
    for entry, judge in barred:
        if place[entry] >= 0:
            table[place[entry], judge] = False
    rows, judges = np.nonzero(table)
    return np.column_stack([entries[rows], judges])


def lottery_chances(result: Result) -> list[list[str]] | None:
    """``[entry id, chance]`` of every entry with a chance of a place, where the call announced a draw.

    None where there is no calibration, or where everybody who passed gets a place.
    """
    fit = result.calibrated.fit
    among = result.standing.passed & ~np.isnan(result.calibrated.score)
    if not result.parameters.get("lottery") or fit is None or int(among.sum()) <= result.slots:
        return None
    chances = scoring.lottery(fit, result.slots, band=int(result.parameters["band"]) / 100, among=among)
    return [[str(result.entry_ids[at]), f"{chances[at]:.12f}"] for at in np.flatnonzero(chances > 0).tolist()]
