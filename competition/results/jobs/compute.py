"""From a snapshot to an outcome: the official rule, the calibration beside it, and the digest of both.

The official result never depends on the calibration: where judges share too few entries to be compared,
the run says so and goes without. Everything that is signed is an integer or a string of fixed decimals.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from uuid import UUID

import numpy as np

from competition.calls.queries import CriterionView
from competition.judging.queries.snapshot import Snapshot
from competition.judging.scores import MISSING
from competition.kernel.data.canonical import digest
from competition.results.decimals import Fixed, fixed, fixed_all
from competition.results.jobs.arithmetic import worked_sheets
from competition.results.jobs.calibrated import Calibration, calibration
from competition.results.service.runs import Outcome
from scoring import Composite, Criterion, Rule, Scores, Standing, composite, official

ENTRY_COLUMNS = (
    "rank", "official", "raw", "calibrated", "standard_error", "spread", "rank_lo", "rank_hi", "p_select",
    "n_judges", "quorum_met", "gate_failed", "passed", "tied", "close_call",
)
JUDGE_COLUMNS = ("n_entries", "mean_total", "leniency", "standard_error", "reliability", "scale", "flags")


@dataclass(frozen=True)
class Question:
    """What a run computes from: the scores, the rule and the parameters stored with the run."""

    snapshot: Snapshot
    method: Mapping[str, Any]
    parameters: Mapping[str, Any]
    seat_numbers: Mapping[UUID, int]
    currency: str


def compute(question: Question, say: Callable[[int], None]) -> Outcome:
    """Aggregate. ``say`` is told how many steps are done.

    Raises
    ------
    scoring.InvalidScores
        Scores outside their criterion's range or off its steps.
    """
    seen = question.snapshot
    criteria = _criteria(seen, question.method)
    scores = _scores(seen)
    standing = official(scores, criteria, _rule(seen, question.method), quote=seen.quotes)
    comp = composite(scores, criteria)
    found = calibration(comp, scores, question.parameters, standing.rank > 0)
    say(2)
    entries = _entries(question, standing, comp, found)
    judges = _judges(question, comp, found)
    signed = {
        "inputs": seen.digest, "method": dict(question.method), "parameters": dict(question.parameters),
        "entries": [_signed(row, "entry_id", ENTRY_COLUMNS) for row in entries],
        "judges": [_signed(row, "seat_id", JUDGE_COLUMNS) for row in judges],
        "summary": found.summary,
    }
    return Outcome(
        inputs_digest=seen.digest, result_digest=digest("run/1", signed), libraries=_libraries(),
        n_entries=len(seen.entry_ids), n_judges=int(np.unique(seen.seat).size), n_sheets=len(seen.entry),
        summary={**found.summary, **_facts(question, standing)}, entries=[_plain(row) for row in entries],
        judges=[_plain(row) for row in judges],
    )


def _criteria(seen: Snapshot, method: Mapping[str, Any]) -> list[Criterion]:
    """The rubric in hundredths of a point: whole numbers, so nothing is rounded on the way in."""
    return [
        Criterion(id=c.key, weight=c.weight, lo=c.lo, hi=c.hi, step=c.step, gate=c.gate,
                  floor_percent=floor_of(c, method))
        for c in seen.rubric.criteria
    ]


def floor_of(criterion: CriterionView, method: Mapping[str, Any]) -> int | None:
    """The floor in percent: the criterion's own; for a gate without one, the call's."""
    if criterion.floor_percent is not None:
        return criterion.floor_percent
    return int(method["floor_percent"]) if criterion.gate else None


def _scores(seen: Snapshot) -> Scores:
    values = np.where(seen.scores == MISSING, np.nan, seen.scores.astype(np.float64))
    return Scores(seen.entry, seen.seat, values, entry_ids=list(range(len(seen.entry_ids))),
                  judge_ids=list(range(len(seen.seat_ids))))


def _rule(seen: Snapshot, method: Mapping[str, Any]) -> Rule:
    """The call's rule; tie-breaks by criteria that the rubric no longer has decide nothing."""
    known = {c.key for c in seen.rubric.criteria} | {"untrimmed_mean", "lower_quote"}
    return Rule(
        method=method["method"], quorum=method["quorum"], trim_from=method["trim_from"],
        pass_mark=method["pass_mark"], tie_break=tuple(name for name in method["tie_break"] if name in known),
    )


def _entries(
    question: Question, standing: Standing, comp: Composite, found: Calibration
) -> list[dict[str, Any]]:
    """One row per entry, values as they are signed."""
    seen = question.snapshot
    numbers = [question.seat_numbers[seat] for seat in seen.seat_ids]
    sheets = worked_sheets(standing, comp, numbers)
    values = standing.score
    orders = _orders(standing.rank, values, found.score, sheets.spread)
    columns = {
        "rank": [int(r) or None for r in standing.rank.tolist()],
        "official": sheets.exact, "official_value": fixed_all(values), "raw": fixed_all(sheets.plain),
        "calibrated": fixed_all(found.score), "standard_error": fixed_all(found.se),
        "spread": fixed_all(sheets.spread), "rank_lo": found.rank_lo, "rank_hi": found.rank_hi,
        "p_select": fixed_all(found.p), "n_judges": standing.n_judges.tolist(),
        "quorum_met": standing.quorum_met.tolist(), "gate_failed": standing.gate_failed.tolist(),
        "passed": standing.passed.tolist(), "tied": standing.tied.tolist(), "close_call": found.close.tolist(),
        "worked": sheets.worked, **orders,
    }
    names = list(columns)
    return [
        {"entry_id": entry_id, **dict(zip(names, row, strict=True))}
        for entry_id, row in zip(seen.entry_ids, zip(*columns.values(), strict=True), strict=True)
    ]


def _orders(rank: Any, official_score: Any, calibrated: Any, spread: Any) -> dict[str, list[int]]:
    """Places in each order of the results page; what is missing comes last, equals by rank, then by code."""
    n = len(rank)
    code = np.arange(n)
    by_rank = np.where(rank > 0, rank, n + 1)

    def places(score: Any) -> list[int]:
        rounded = np.round(np.where(np.isnan(score), -np.inf, score), 6)
        out = np.empty(n, np.int64)
        out[np.lexsort((code, by_rank, -rounded))] = np.arange(1, n + 1)
        found: list[int] = out.tolist()
        return found

    ranked = np.where(rank > 0, -rank.astype(np.float64), np.nan)
    return {
        "by_rank": places(ranked), "by_official": places(official_score), "by_calibrated": places(calibrated),
        "by_spread": places(spread),
    }


def _judges(question: Question, comp: Composite, found: Calibration) -> list[dict[str, Any]]:
    seen = question.snapshot
    n = len(seen.seat_ids)
    known = comp.coverage > 0
    count = np.bincount(comp.judge[known], minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(comp.judge[known], comp.y[known], minlength=n) / count
    return [
        {
            "seat_id": seat, "n_entries": int(count[j]), "mean_total": fixed(mean[j]),
            "leniency": fixed(found.leniency[j]), "standard_error": fixed(found.judge_se[j]),
            "reliability": fixed(found.reliability[j]), "scale": fixed(found.scale[j]),
            "flags": list(found.flags[j]),
        }
        for j, seat in enumerate(seen.seat_ids)
    ]


def _facts(question: Question, standing: Standing) -> dict[str, Any]:
    seen = question.snapshot
    rubric = [
        {"key": c.key, "label": c.label, "weight": c.weight, "lo": c.lo, "hi": c.hi, "gate": c.gate,
         "floor": floor_of(c, question.method)}
        for c in seen.rubric.criteria
    ]
    return {
        "rubric": rubric, "rubric_number": seen.rubric.number, "total_scale": str(standing.sheets.scale),
        "currency": question.currency, "partial_sheets": len(seen.entry) - len(standing.sheets.row),
        "left_out": seen.left_out,
        "rubric_versions": len(seen.rubric_version_ids),
        "ranked": int((standing.rank > 0).sum()), "quorum_missed": int((~standing.quorum_met).sum()),
        "gate_failed": int((standing.quorum_met & standing.gate_failed).sum()),
        "passed": int(standing.passed.sum()),
    }


def _signed(row: Mapping[str, Any], key: str, columns: tuple[str, ...]) -> list[Any]:
    return [row[key], *(str(v) if isinstance(v := row[name], Fixed) else v for name in columns)]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: float(v) if isinstance(v, Fixed) else v for name, v in row.items()}


def _libraries() -> dict[str, str]:
    return {"python": platform.python_version(), "numpy": version("numpy"), "scipy": version("scipy")}
