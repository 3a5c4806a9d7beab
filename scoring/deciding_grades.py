"""Single grades that decide: one judge, one criterion, one step, another selection."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from scoring.arguments import between, whole
from scoring.errors import ScoringError
from scoring.fit import Fit
from scoring.rule import LOWER_QUOTE, UNTRIMMED_MEAN
from scoring.sensitivity import selected, total_effects
from scoring.standing import Standing
from scoring.types import Criterion, as_fraction

_Key = tuple[Fraction, ...]


@dataclass(frozen=True)
class DecidingGrade:
    """A grade that would change the selection if it were one step higher or lower.

    ``entry`` and ``judge`` are positions, ``criterion`` its id (None for a total), ``step`` is +1 or -1,
    ``enters`` and ``leaves`` the positions of the entries that would come in and drop out.
    """

    entry: int
    judge: int
    criterion: str | None
    step: int
    enters: tuple[int, ...]
    leaves: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Fragility:
    """How far a selection hangs on single grades.

    Attributes
    ----------
    k : int
    grades : int
        Grades that count in all.
    deciding : tuple of DecidingGrade
        In the order of entry, judge and criterion.
    entries : tuple of int
        Positions of the entries whose own grades decide.
    """

    k: int
    grades: int
    deciding: tuple[DecidingGrade, ...]
    entries: tuple[int, ...]

    def __repr__(self) -> str:
        number = len({(d.entry, d.judge, d.criterion) for d in self.deciding})
        return f"<Fragility: {number} of {self.grades} grades decide, of {len(self.entries)} entries>"


def fragility(result: Standing | Fit, k: int, step: float | None = None) -> Fragility:
    """Which single grades, one step up or down, would change who is among the best k.

    Of an official result the whole rule is applied again, exactly: trimming, gates, quorum and tie-breaks.  Of
    a calibration totals are moved by ``step`` points and the predictions followed, at the estimated
    components.

    Parameters
    ----------
    result : Standing or Fit
        With a step on every criterion, for an official result.
    k : int
        Number of places.  Selected are the ranks 1 to k of an official result, all sharing the last one.
    step : float, optional
        Points of a total, for a calibration; default the smallest gap between two totals.

    Returns
    -------
    Fragility

    Raises
    ------
    ScoringError
        A bad argument, a criterion without a step, or a fit with ``shrink=False`` or conjugate gradients.

    References
    ----------
    Walsh & Dragnev et al. (2014), Journal of Clinical Epidemiology 67, doi:10.1016/j.jclinepi.2013.10.019
    (the fragility index, for trials).

    Examples
    --------
    >>> from scoring import Criterion, Rule, Scores, fragility, official
    >>> scores = Scores([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [[9], [9], [7], [7], [6], [8]])
    >>> standing = official(scores, [Criterion("fit", 1, 0, 10, step=1)], Rule("mean", quorum=2))
    >>> [(d.entry, d.step, d.enters) for d in fragility(standing, 1).deciding]
    []
    >>> len(fragility(standing, 2).deciding)
    8
    """
    whole(k, "k", least=1)
    if step is not None:
        between(step, "step", 0.0, np.inf)
    if isinstance(result, Standing):
        return _of_standing(result, k)
    if not isinstance(result, Fit):
        raise ScoringError(f"result must be an official result or a fit, not {type(result).__name__}.")
    return _of_fit(result, k, step)


class _Keys:
    """Exact keys of the official order, higher is better, and what one changed sheet makes of them."""

    def __init__(self, standing: Standing) -> None:
        self.standing, sheets = standing, standing.sheets
        whole_weight = sum((as_fraction(c.weight) for c in standing.criteria), Fraction(0))
        self.factor = [
            100 * as_fraction(c.weight) * g.unit / (c.span * whole_weight)
            for c, g in zip(standing.criteria, sheets.grids, strict=True)
        ]
        self.unit = [self._steps(c, g.unit) for c, g in zip(standing.criteria, sheets.grids, strict=True)]
        self.steps = [g.steps.tolist() for g in sheets.grids]
        self.totals = [Fraction(int(total), sheets.scale) for total in sheets.total.tolist()]

    def _steps(self, criterion: Criterion, unit: Fraction) -> int:
        if criterion.step is None:
            raise ScoringError(f"Criterion {criterion.id!r} has no step.")
        return int(as_fraction(criterion.step) / unit)

    def in_question(self, of_entry: list[_Key | None], everybody: list[tuple[_Key, int]], k: int) -> list[int]:
        """Entries within one grade of the line or of a gate, and those whose grades bring them into the ranking."""
        standing, sheets = self.standing, self.standing.sheets
        ranked = [key[0] for key, _ in everybody]
        if len(ranked) <= k:
            low, high = Fraction(0), Fraction(0)
        else:
            low, high = ranked[-k - 1], ranked[-k]
        reach = max(f * u for f, u in zip(self.factor, self.unit, strict=True))
        out = []
        for i, key in enumerate(of_entry):
            first, count = int(sheets.first[i]), int(sheets.count[i])
            if count < standing.rule.quorum:
                continue
            if self._near_gate(first, count) or (
                key is not None and len(ranked) > k and low - reach <= key[0] <= high + reach
            ):
                out.append(i)
        return out

    def _near_gate(self, first: int, count: int) -> bool:
        for criterion, grid, steps, unit in zip(
            self.standing.criteria, self.standing.sheets.grids, self.steps, self.unit, strict=True
        ):
            if criterion.gate and criterion.floor is not None:
                floor = criterion.floor * criterion.span / (100 * grid.unit)
                if abs(Fraction(sum(steps[first : first + count]), count) - floor) * count <= unit:
                    return True
        return False

    def key(self, i: int, sheet: int = -1, c: int = 0, by: int = 0) -> _Key | None:
        """Key of entry ``i`` with ``by`` units more on one criterion of one sheet; None where not ranked."""
        standing, sheets = self.standing, self.standing.sheets
        mine = range(int(sheets.first[i]), int(sheets.first[i] + sheets.count[i]))
        rule, count = standing.rule, len(mine)
        if count < rule.quorum:
            return None
        totals = [self.totals[s] + (by * self.factor[c] if s == sheet else 0) for s in mine]
        means = [Fraction(sum(row[s] for s in mine) + (by if c == j else 0), count) for j, row in enumerate(self.steps)]
        for criterion, grid, mean in zip(standing.criteria, sheets.grids, means, strict=True):
            floor = criterion.floor
            if criterion.gate and floor is not None and 100 * mean * grid.unit < floor * criterion.span:
                return None
        cut = 0
        if rule.method == "median":
            cut = max(count - 1, 0) // 2
        elif rule.method == "trimmed" and count >= rule.trim_from:
            cut = rule.drop
        inner = sorted(totals)[cut : count - cut]
        names = [criterion.id for criterion in standing.criteria]
        own = sum(inner, Fraction(0)) / len(inner)
        score = own if standing.carried is None else standing.carried.score(i, own)
        if score is None:
            return None
        values = [score]
        for name in rule.tie_break:
            if name == UNTRIMMED_MEAN:
                values.append(sum(totals, Fraction(0)) / count)
            elif name == LOWER_QUOTE:
                values.append(self._quote(i))
            else:
                values.append(means[names.index(name)])
        return tuple(values)

    def _quote(self, i: int) -> Fraction:
        quote = None if self.standing.quote is None else self.standing.quote[i]
        if quote is None:
            return Fraction(0)
        return -Fraction(10) ** 30 if quote == np.inf else -as_fraction(quote)


def _of_standing(standing: Standing, k: int) -> Fragility:
    keys = _Keys(standing)
    sheets = standing.sheets
    of_entry = [keys.key(i) for i in range(len(standing.rank))]
    everybody = sorted((key, j) for j, key in enumerate(of_entry) if key is not None)
    deciding = []
    for i in keys.in_question(of_entry, everybody, k):
        others = [pair for pair in everybody if pair[1] != i]
        for s in range(int(sheets.first[i]), int(sheets.first[i] + sheets.count[i])):
            for c, criterion in enumerate(standing.criteria):
                for sign in (1, -1):
                    by = sign * keys.unit[c]
                    if not 0 <= (keys.steps[c][s] + by) * sheets.grids[c].unit <= criterion.span:
                        continue
                    key = keys.key(i, s, c, by)
                    change = _changed(others, i, of_entry[i], key, k)
                    if change is not None:
                        judge = int(standing.scores.judge[sheets.row[s]])
                        deciding.append(DecidingGrade(i, judge, criterion.id, sign, *change))
    deciding.sort(key=lambda d: (d.entry, d.judge, str(d.criterion), d.step))
    grades = len(sheets.row) * len(standing.criteria)
    return Fragility(k, grades, tuple(deciding), tuple(sorted({d.entry for d in deciding})))


def _changed(
    others: list[tuple[_Key, int]], i: int, before: _Key | None, after: _Key | None, k: int
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Entries that enter and leave the ranks 1 to k when the key of entry ``i`` changes."""
    if before == after:
        return None
    old, new = _top(others, i, before, k), _top(others, i, after, k)
    if old == new:
        return None
    return tuple(sorted(new - old)), tuple(sorted(old - new))


def _top(others: list[tuple[_Key, int]], i: int, key: _Key | None, k: int) -> set[int]:
    """Positions with rank 1 to k: fewer than k entries are better."""
    size = len(others)
    best: set[int] = set()
    if key is not None:
        equal = bisect_left(others, (key, len(others) + 10**9))
        if size - equal < k:
            best.add(i)
    at = size - 1
    while at >= 0:
        value = others[at][0]
        first = at
        while first > 0 and others[first - 1][0] == value:
            first -= 1
        better = size - 1 - at + (1 if key is not None and key > value else 0)
        if better >= k:
            break
        best.update(j for _, j in others[first : at + 1])
        at = first - 1
    return best


def _of_fit(fit: Fit, k: int, step: float | None) -> Fragility:
    if not (fit.shrink and fit.exact):
        raise ScoringError("fragility is for fits with shrink=True, fitted exactly.")
    design = fit.model.design
    if step is None:
        gaps = np.diff(np.unique(design.raw))
        step = float(gaps.min())
    before = selected(fit, k)
    score = np.where(np.isnan(fit.entries.score), -np.inf, fit.entries.score)
    order = np.lexsort((np.arange(len(score)), -np.round(score, 9)))
    deciding = []
    for row, change in enumerate(total_effects(fit, np.arange(design.n))):
        for sign in (1, -1):
            moved = score + sign * step * change
            best = np.lexsort((np.arange(len(score)), -np.round(moved, 9)))[:k] if k < len(order) else order
            after = {int(i) for i in best if np.isfinite(moved[i])}
            if after != before:
                entry, judge = int(design.entry[row]), int(design.judge[row])
                parts = tuple(sorted(after - before)), tuple(sorted(before - after))
                deciding.append(DecidingGrade(entry, judge, None, sign, *parts))
    deciding.sort(key=lambda d: (d.entry, d.judge, d.step))
    return Fragility(k, design.n, tuple(deciding), tuple(sorted({d.entry for d in deciding})))
