"""What the organizers read beside a run: how firm the result is, and what in the judging deserves a look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

import scoring
from competition.judging.queries.sheet_records import SheetRecord
from competition.results.jobs import fairness
from competition.results.jobs.sensitivity import Result, sensitivity
from competition.results.thresholds import DECISIVE_LEAST, DECISIVE_SHARE
from scoring import Composite

Floats = npt.NDArray[np.float64]
ORDER = ("identical", "copied", "shared", "hurried", "drift", "severity", "noise", "influence", "outlier")
FINDINGS_MOST = 200


def analysis(
    result: Result, comp: Composite, sheet_ids: Sequence[UUID], records: Sequence[SheetRecord]
) -> dict[str, Any]:
    """The document of a run's analysis, as JSON values; ``sheet_ids`` and ``records`` as the rows of the scores."""
    firmness = sensitivity(result)
    return {"sensitivity": firmness, "fairness": _fairness(result, comp, sheet_ids, records, firmness)}


def _fairness(
    result: Result, comp: Composite, sheet_ids: Sequence[UUID], records: Sequence[SheetRecord],
    firmness: dict[str, Any],
) -> dict[str, Any]:
    judge, entry = result.scores.judge.astype(np.int64), result.scores.entry.astype(np.int64)
    calibrated, panel = result.calibrated, len(result.seats)
    spent = _spent(records)
    seconds = fairness.seconds_per_sheet(judge, spent)
    distance = fairness.beside_others(entry, judge, comp.y, calibrated.leniency)
    scores = np.nan_to_num(result.scores.values, nan=-1).astype(np.int64)
    writing = fairness.writing_seconds(spent)
    observed = [
        *fairness.identical_vectors(judge, scores),
        *fairness.copied_comments(judge, [record.text for record in records]),
        *fairness.hurried(judge, seconds),
        *fairness.drift(judge, distance, np.where(np.isnan(spent.begun), spent.submitted, spent.begun)),
        *fairness.severe(calibrated.leniency, calibrated.judge_se),
        *[{"kind": "noise", "judge": at} for at, flags in enumerate(calibrated.flags) if "noisy" in flags],
        *_outliers(result, comp.y - distance),
    ]
    findings = [*_named(result, observed, sheet_ids, comp.y), *_decisive(firmness)]
    findings.sort(key=lambda finding: ORDER.index(finding["kind"]))
    count = np.bincount(judge, minlength=panel)
    low, high = fairness.noise_intervals(
        calibrated.reliability, count, entries=int(np.unique(entry).size), judges=int(np.unique(judge).size)
    )
    return {
        "judges": [
            {"seat": seat, "seconds": _median(writing[judge == at]), "noise_low": _text(low[at]),
             "noise_high": _text(high[at])}
            for at, seat in enumerate(result.seats)
        ],
        "findings": findings[:FINDINGS_MOST], "more": max(0, len(findings) - FINDINGS_MOST),
        "timed": int((~np.isnan(seconds)).sum()), "sheets": len(judge),
    }


def _spent(records: Sequence[SheetRecord]) -> fairness.Spent:
    def seconds(times: list[datetime | None]) -> Floats:
        return np.array([np.nan if time is None else time.timestamp() for time in times], np.float64)

    return fairness.Spent(
        opened=seconds([record.opened_at for record in records]),
        begun=seconds([record.begun_at for record in records]),
        submitted=seconds([record.submitted_at for record in records]),
    )


def _outliers(result: Result, expected: Floats) -> list[dict[str, Any]]:
    fit = result.calibrated.fit
    if fit is None:
        return []
    return fairness.outliers(scoring.judge_report(fit).standardised, expected)


def _named(
    result: Result, observed: list[dict[str, Any]], sheet_ids: Sequence[UUID], total: Floats
) -> list[dict[str, Any]]:
    """Findings with seat numbers, sheets and entries instead of positions."""
    entry, judge = result.scores.entry, result.scores.judge
    named = []
    for finding in observed:
        row = finding.pop("row", None)
        if row is not None:
            finding["sheet"] = str(sheet_ids[row])
            if finding["kind"] == "outlier":
                finding |= {"judge": int(judge[row]), "entry": str(result.entry_ids[int(entry[row])]),
                            "total": f"{total[row]:.2f}"}
        positions = finding.pop("judges", None) or [finding.pop("judge")]
        finding["seats"] = [result.seats[at] for at in positions]
        named.append(finding)
    return named


def _decisive(firmness: dict[str, Any]) -> list[dict[str, Any]]:
    """Judges without whom several places would go to others."""
    least = max(DECISIVE_LEAST, DECISIVE_SHARE * firmness["selected"])
    rows = [(row["seat"], max(len(row["enters"]), len(row["leaves"]))) for row in firmness["judges"]]
    return [{"kind": "influence", "seats": [seat], "places": places} for seat, places in rows if places >= least]


def _median(seconds: Floats) -> int | None:
    usable = seconds[~np.isnan(seconds)]
    return round(float(np.median(usable))) if usable.size else None


def _text(value: float) -> str | None:
    return f"{value:.2f}" if np.isfinite(value) else None
