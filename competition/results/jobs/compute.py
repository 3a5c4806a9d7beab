"""From a snapshot to an outcome: the official rule, the calibration, and the digest of both.

The official result never depends on the calibration: where judges share too few entries to be compared, the run has a
warning and no calibration. Everything under the digest is an integer or a string of fixed decimals.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from uuid import UUID

import numpy as np

from competition.calls.queries import CriterionView
from competition.judging.queries.entry_groups import EntryGroups
from competition.judging.queries.sheet_records import SheetRecord
from competition.judging.queries.snapshot import Snapshot
from competition.judging.scores import MISSING
from competition.kernel.data.canonical import digest
from competition.results.decimals import Fixed, fixed, fixed_all
from competition.results.jobs.analysis import analysis
from competition.results.jobs.arithmetic import arithmetic_of
from competition.results.jobs.calibrated import Calibration, calibration
from competition.results.jobs.carried import Earlier, parts, with_earlier
from competition.results.jobs.sensitivity import Result
from competition.results.service.runs import RunResult
from scoring import Composite, Criterion, Rule, Scores, Standing, composite, official

ENTRY_COLUMNS = (
    "rank", "official", "raw", "calibrated", "standard_error", "spread", "rank_lo", "rank_hi", "p_select",
    "n_judges", "quorum_met", "gate_failed", "passed", "tied", "close_call",
)
JUDGE_COLUMNS = ("n_entries", "mean_total", "leniency", "standard_error", "reliability", "scale", "flags")


@dataclass(frozen=True)
class RunInputs:
    """The inputs of a run: the scores, and the rule and parameters that are stored with it.

    ``barred``: pairs of seat and entry with a conflict of interest.
    """

    snapshot: Snapshot
    method: Mapping[str, Any]
    parameters: Mapping[str, Any]
    seat_numbers: Mapping[UUID, int]
    currency: str
    groups: EntryGroups | None = None
    records: Sequence[SheetRecord] = ()
    barred: Sequence[tuple[UUID, UUID]] = ()
    earlier: Earlier | None = None


def compute(inputs: RunInputs, report: Callable[[int], None]) -> RunResult:
    """Aggregate. ``report`` is called with the number of steps that are done.

    Raises
    ------
    scoring.InvalidScores
        Scores outside their criterion's range or off its steps.
    """
    snapshot = inputs.snapshot
    criteria = _criteria(snapshot, inputs.method)
    group = _group(inputs)
    scores = _scores(snapshot, group)
    earlier = inputs.earlier
    standing = official(scores, criteria, _rule(snapshot, inputs.method), quote=snapshot.quotes,
                        carried=None if earlier is None else earlier.carried)
    comp = composite(scores, criteria)
    seats = [inputs.seat_numbers[seat] for seat in snapshot.seat_ids]
    own = calibration(comp, inputs.parameters, standing.rank > 0, seats)
    calibrated = own if earlier is None else with_earlier(own, earlier, inputs.parameters, standing.rank > 0)
    report(2)
    result = Result(
        scores, criteria, standing.rule, standing, calibrated, inputs.parameters, snapshot.entry_ids, seats,
        _barred(inputs),
    )
    document = analysis(result, comp, snapshot.sheet_ids, inputs.records)
    entries = _entries(inputs, standing, comp, calibrated, own)
    judges = _judges(inputs, comp, calibrated)
    signed = {
        "inputs": snapshot.digest, "method": dict(inputs.method), "parameters": dict(inputs.parameters),
        "entries": [_signed(row, "entry_id", ENTRY_COLUMNS) for row in entries],
        "judges": [_signed(row, "seat_id", JUDGE_COLUMNS) for row in judges],
        "summary": calibrated.summary, **({} if group is None else {"group": group}),
    }
    return RunResult(
        inputs_digest=snapshot.digest, result_digest=digest("run/1", signed), libraries=_libraries(),
        n_entries=len(snapshot.entry_ids), n_judges=int(np.unique(snapshot.seat).size), n_sheets=len(snapshot.entry),
        summary={**calibrated.summary, **_facts(inputs, standing), "grouping": _grouping(inputs, group)},
        entries=[_column_values(row) for row in entries], judges=[_column_values(row) for row in judges],
        analysis=document,
    )


def _criteria(snapshot: Snapshot, method: Mapping[str, Any]) -> list[Criterion]:
    """The rubric in hundredths of a point: whole numbers, so nothing is rounded on the way in."""
    return [
        Criterion(id=c.key, weight=c.weight, lo=c.lo, hi=c.hi, step=c.step, gate=c.gate,
                  floor_percent=floor_of(c, method))
        for c in snapshot.rubric.criteria
    ]


def floor_of(criterion: CriterionView, method: Mapping[str, Any]) -> int | None:
    """The floor in percent: the criterion's own; for a gate without one, the call's."""
    if criterion.floor_percent is not None:
        return criterion.floor_percent
    return int(method["floor_percent"]) if criterion.gate else None


def _group(inputs: RunInputs) -> list[int] | None:
    """The number of each entry's group, for the calibration; None without groups, or with one for all."""
    if inputs.groups is None:
        return None
    names = [inputs.groups.of.get(entry, "") for entry in inputs.snapshot.entry_ids]
    numbers = {name: number for number, name in enumerate(sorted(set(names)))}
    return [numbers[name] for name in names] if len(numbers) > 1 else None


def _barred(inputs: RunInputs) -> list[tuple[int, int]]:
    """Positions of entry and judge of the pairs with a conflict."""
    entries = {entry: at for at, entry in enumerate(inputs.snapshot.entry_ids)}
    seats = {seat: at for at, seat in enumerate(inputs.snapshot.seat_ids)}
    return [(entries[entry], seats[seat]) for seat, entry in inputs.barred if entry in entries and seat in seats]


def _grouping(inputs: RunInputs, group: list[int] | None) -> dict[str, Any] | None:
    """What pages say about the groups; ``groups`` is 1 where all entries are in the same, so that they play no part."""
    if inputs.groups is None:
        return None
    return {"by": inputs.groups.by, "label": inputs.groups.label, "groups": 1 if group is None else max(group) + 1}


def _scores(snapshot: Snapshot, group: list[int] | None = None) -> Scores:
    values = np.where(snapshot.scores == MISSING, np.nan, snapshot.scores.astype(np.float64))
    return Scores(snapshot.entry, snapshot.seat, values, entry_ids=list(range(len(snapshot.entry_ids))),
                  judge_ids=list(range(len(snapshot.seat_ids))), group=group)


def _rule(snapshot: Snapshot, method: Mapping[str, Any]) -> Rule:
    """The call's rule; tie-breaks by criteria that the rubric no longer has decide nothing."""
    tie_breaks = {c.key for c in snapshot.rubric.criteria} | {"untrimmed_mean", "lower_quote"}
    return Rule(
        method=method["method"], quorum=method["quorum"], trim_from=method["trim_from"],
        pass_mark=method["pass_mark"], tie_break=tuple(name for name in method["tie_break"] if name in tie_breaks),
    )


def _entries(
    inputs: RunInputs, standing: Standing, comp: Composite, calibrated: Calibration, own: Calibration
) -> list[dict[str, Any]]:
    """One row per entry, values as they are signed; ``own``: the calibration without what an earlier stage adds."""
    snapshot = inputs.snapshot
    numbers = [inputs.seat_numbers[seat] for seat in snapshot.seat_ids]
    arithmetic = arithmetic_of(standing, comp, numbers)
    for document, base in zip(arithmetic.documents, calibrated.bases or (), strict=False):
        document["base"] = base
    if inputs.earlier is not None:
        for i, document in enumerate(arithmetic.documents):
            document["carried"] = parts(i, standing.explain(i).own, inputs.earlier, own)
    values = standing.score
    orders = _orders(standing.rank, values, calibrated.score, arithmetic.spread)
    columns = {
        "rank": [int(r) or None for r in standing.rank.tolist()],
        "official": arithmetic.exact, "official_value": fixed_all(values), "raw": fixed_all(arithmetic.mean),
        "calibrated": fixed_all(calibrated.score), "standard_error": fixed_all(calibrated.se),
        "spread": fixed_all(arithmetic.spread), "rank_lo": calibrated.rank_lo, "rank_hi": calibrated.rank_hi,
        "p_select": fixed_all(calibrated.p), "n_judges": standing.n_judges.tolist(),
        "quorum_met": standing.quorum_met.tolist(), "gate_failed": standing.gate_failed.tolist(),
        "passed": standing.passed.tolist(), "tied": standing.tied.tolist(), "close_call": calibrated.close.tolist(),
        "arithmetic": arithmetic.documents, **orders,
    }
    names = list(columns)
    return [
        {"entry_id": entry_id, **dict(zip(names, row, strict=True))}
        for entry_id, row in zip(snapshot.entry_ids, zip(*columns.values(), strict=True), strict=True)
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
        in_order: list[int] = out.tolist()
        return in_order

    ranked = np.where(rank > 0, -rank.astype(np.float64), np.nan)
    return {
        "by_rank": places(ranked), "by_official": places(official_score), "by_calibrated": places(calibrated),
        "by_spread": places(spread),
    }


def _judges(inputs: RunInputs, comp: Composite, calibrated: Calibration) -> list[dict[str, Any]]:
    snapshot = inputs.snapshot
    n = len(snapshot.seat_ids)
    covered = comp.coverage > 0
    count = np.bincount(comp.judge[covered], minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(comp.judge[covered], comp.y[covered], minlength=n) / count
    return [
        {
            "seat_id": seat, "n_entries": int(count[j]), "mean_total": fixed(mean[j]),
            "leniency": fixed(calibrated.leniency[j]), "standard_error": fixed(calibrated.judge_se[j]),
            "reliability": fixed(calibrated.reliability[j]), "scale": fixed(calibrated.scale[j]),
            "flags": list(calibrated.flags[j]),
        }
        for j, seat in enumerate(snapshot.seat_ids)
    ]


def _facts(inputs: RunInputs, standing: Standing) -> dict[str, Any]:
    snapshot = inputs.snapshot
    rubric = [
        {"key": c.key, "label": c.label, "weight": c.weight, "lo": c.lo, "hi": c.hi, "gate": c.gate,
         "floor": floor_of(c, inputs.method)}
        for c in snapshot.rubric.criteria
    ]
    return {
        "rubric": rubric, "rubric_number": snapshot.rubric.number, "total_scale": str(standing.sheets.scale),
        "currency": inputs.currency, "partial_sheets": len(snapshot.entry) - len(standing.sheets.row),
        "left_out": snapshot.left_out,
        "rubric_versions": len(snapshot.rubric_version_ids),
        "ranked": int((standing.rank > 0).sum()), "quorum_missed": int((~standing.quorum_met).sum()),
        "gate_failed": int((standing.quorum_met & standing.gate_failed).sum()),
        "passed": int(standing.passed.sum()),
    }


def _signed(row: Mapping[str, Any], key: str, columns: tuple[str, ...]) -> list[Any]:
    return [row[key], *(str(v) if isinstance(v := row[name], Fixed) else v for name in columns)]


def _column_values(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: float(v) if isinstance(v, Fixed) else v for name, v in row.items()}


def _libraries() -> dict[str, str]:
    return {"python": platform.python_version(), "numpy": version("numpy"), "scipy": version("scipy")}
