"""The official result and its worked arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring import digest as _digest
from scoring.carried import Carried
from scoring.errors import ScoringError
from scoring.rule import Rule, Sheets
from scoring.types import BoolArray, Criterion, FloatArray, Ids, IntArray, Scores, as_fraction


@dataclass(frozen=True)
class JudgeTotal:
    """One judge's sheet: ``scores`` in rubric order and raw units, ``total`` in percent, both exact."""

    judge: object
    judge_position: int
    scores: tuple[Fraction, ...]
    total: Fraction
    dropped: bool


@dataclass(frozen=True)
class Arithmetic:
    """How one entry's official score came about; exact fractions throughout.

    Attributes
    ----------
    entry : object
        Label.
    judges : tuple of JudgeTotal
        Valid sheets, lowest total first.
    partial : tuple
        Labels of judges whose sheet misses a criterion and does not count.
    score : Fraction or None
        Mean of the totals that were not dropped, percent, with what the entry carries; None without a valid sheet
        or without what it should carry.
    own : Fraction or None
        The mean alone, without what the entry carries.
    untrimmed_mean : Fraction or None
    criterion_percent : dict of str to Fraction
        Mean of the valid sheets per criterion, in percent of its range.
    floors : dict of str to Fraction
        Floors in percent, for criteria that have one.
    gates_failed, floors_failed : tuple of str
        Criteria below their floor.
    tie_break : tuple of (str, Fraction or None)
        Values compared among entries with equal scores, in order.
    pass_mark : Fraction or None
    rank : int
    """

    entry: object
    judges: tuple[JudgeTotal, ...]
    partial: tuple[object, ...]
    score: Fraction | None
    own: Fraction | None
    untrimmed_mean: Fraction | None
    criterion_percent: dict[str, Fraction]
    floors: dict[str, Fraction]
    gates_failed: tuple[str, ...]
    floors_failed: tuple[str, ...]
    tie_break: tuple[tuple[str, Fraction | None], ...]
    pass_mark: Fraction | None
    rank: int


@dataclass(frozen=True, eq=False, repr=False)
class Standing:
    """Official result, in the order of ``ids``.

    Attributes
    ----------
    ids : array, shape (N,)
    rank : array of int32
        1, 2, 2, 4 among entries with quorum and without a failed gate; 0 = not ranked.
    score : array of float
        Percent, for display (nearest float to the exact value); NaN without a valid sheet.
    n_judges : array of int32
        Valid sheets.
    quorum_met, gate_failed, floor_failed, passed : array of bool
        ``floor_failed``: below the floor of a criterion that is no gate.  ``passed``: quorum, gates, floors
        and pass mark.
    tie_group : array of int32
        Equal numbers = truly equal after the whole tie-break chain; counts 1, 2, 3 ... from the best;
        0 = not ranked.
    carried : Carried or None
        What an earlier stage adds; ``score`` is of both together, on 0 to ``carried.most``.
    """

    ids: Ids
    rank: IntArray
    score: FloatArray
    n_judges: IntArray
    quorum_met: BoolArray
    gate_failed: BoolArray
    floor_failed: BoolArray
    passed: BoolArray
    tie_group: IntArray
    quote: NDArray[Any] | None
    criteria: tuple[Criterion, ...]
    rule: Rule
    scores: Scores
    sheets: Sheets
    counted: BoolArray
    carried: Carried | None = None

    def __repr__(self) -> str:
        return f"<Standing: {len(self.rank)} entries, {int(np.count_nonzero(self.rank))} ranked, {self.rule.method}>"

    @property
    def tied(self) -> BoolArray:
        """Whether the entry shares its rank."""
        size = np.bincount(self.tie_group)
        return np.asarray((self.tie_group > 0) & (size[self.tie_group] > 1))

    def exact(self, i: int) -> Fraction | None:
        """Exact score of entry ``i`` in percent; None without a valid sheet."""
        return self.explain(i).score

    def explain(self, i: int) -> Arithmetic:
        """Worked arithmetic of entry ``i`` (its position)."""
        if not 0 <= i < len(self.rank):
            raise ScoringError(f"There is no entry at position {i}.")
        sheets = self.sheets
        start = int(sheets.first[i])
        mine = range(start, start + int(sheets.count[i]))
        judges = tuple(self._judge(s) for s in mine)
        counted = [j.total for j in judges if not j.dropped]
        percent = self._percent(i)
        floors = {c.id: c.floor for c in self.criteria if c.floor is not None}
        below = [c for c in self.criteria if c.floor is not None and percent and percent[c.id] < c.floor]
        plain = sum((j.total for j in judges), Fraction(0)) / len(judges) if judges else None
        mark = self.rule.pass_mark
        own = sum(counted, Fraction(0)) / len(counted) if counted else None
        return Arithmetic(
            entry=self.ids[i],
            judges=judges,
            partial=self._partial(i),
            score=own if self.carried is None else self.carried.score(i, own),
            own=own,
            untrimmed_mean=plain,
            criterion_percent=percent,
            floors=floors,
            gates_failed=tuple(c.id for c in below if c.gate),
            floors_failed=tuple(c.id for c in below if not c.gate),
            tie_break=tuple((name, self._tie_value(name, i, percent, plain)) for name in self.rule.tie_break),
            pass_mark=None if mark is None else as_fraction(mark),
            rank=int(self.rank[i]),
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of rubric, rule and exact result, the same on every machine."""
        rubric = [
            (c.id, as_fraction(c.weight), as_fraction(c.lo), as_fraction(c.hi), c.step, c.gate, c.floor)
            for c in self.criteria
        ]
        parameters = {"rubric": str(rubric), "rule": str(self.rule), "ids": str(self.ids.tolist())}
        if self.carried is not None:
            parameters["carried"] = str(self.carried)
        arrays = {
            "rank": self.rank.astype(np.float64),
            "passed": self.passed.astype(np.float64),
            "n_judges": self.n_judges.astype(np.float64),
            "score": self.score,
        }
        return _digest.of_results("official", parameters, arrays, 1e-9)

    def _judge(self, sheet: int) -> JudgeTotal:
        sheets = self.sheets
        judge = int(self.scores.judge[sheets.row[sheet]])
        ids = self.scores.judge_ids
        raw = tuple(
            as_fraction(c.lo) + int(g.steps[sheet]) * g.unit
            for c, g in zip(self.criteria, sheets.grids, strict=True)
        )
        total = Fraction(int(sheets.total[sheet]), sheets.scale)
        label = judge if ids is None else ids[judge]
        return JudgeTotal(label, judge, raw, total, not bool(self.counted[sheet]))

    def _percent(self, i: int) -> dict[str, Fraction]:
        sheets = self.sheets
        start, count = int(sheets.first[i]), int(sheets.count[i])
        if not count:
            return {}
        return {
            c.id: Fraction(100 * sum(g.steps[start : start + count].tolist()), count) * g.unit / c.span
            for c, g in zip(self.criteria, sheets.grids, strict=True)
        }

    def _partial(self, i: int) -> tuple[object, ...]:
        mine = np.flatnonzero(self.scores.entry == i)
        gaps = mine[np.isnan(self.scores.values[mine]).any(axis=1)]
        ids = self.scores.judge_ids
        return tuple(int(j) if ids is None else ids[j] for j in self.scores.judge[gaps])

    def _tie_value(
        self, name: str, i: int, percent: dict[str, Fraction], plain: Fraction | None
    ) -> Fraction | None:
        if name == "untrimmed_mean":
            return plain
        if name != "lower_quote":
            return percent.get(name)
        if self.quote is None or self.quote[i] == np.inf:
            return None
        return as_fraction(self.quote[i])
