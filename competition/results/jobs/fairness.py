"""What in the judging deserves a look: patterns of sheets that a careful judge rarely makes.

A finding is a reason to ask, never a proof. Thresholds stand in :mod:`competition.results.thresholds`.
Sheets are rows of arrays: ``judge`` has the position of each sheet's judge, ``entry`` that of its entry.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import chi2, t

from competition.results.thresholds import (
    COPIED_LEAST,
    CRITERIA_LEAST,
    DRIFT_LEAST,
    DRIFT_LEVEL,
    DRIFT_POINTS,
    HURRIED_LEAST,
    HURRIED_SECONDS,
    IDENTICAL_LEAST,
    IDENTICAL_SHARE,
    OUTLIER,
    OUTLIERS_MOST,
    SEVERE_POINTS,
    SHARED_LENGTH,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Spent:
    """Times of each sheet in seconds since any origin, NaN where unknown: its entry opened to the judge, its first
    draft saved, submitted."""

    opened: Floats
    begun: Floats
    submitted: Floats


def identical_vectors(judge: Ints, scores: Ints) -> list[dict[str, Any]]:
    """Judges who gave the same scores on every criterion again and again. ``scores``: [n, C]."""
    findings: list[dict[str, Any]] = []
    if scores.shape[1] < CRITERIA_LEAST:
        return findings
    for number in np.unique(judge).tolist():
        mine = scores[judge == number]
        vectors, counts = np.unique(mine, axis=0, return_counts=True)
        for at in np.flatnonzero((counts >= IDENTICAL_LEAST) & (counts >= IDENTICAL_SHARE * len(mine))).tolist():
            findings.append({"kind": "identical", "judge": number, "sheets": int(counts[at]), "of": len(mine),
                             "scores": vectors[at].tolist()})
    return findings


def normalized(text: str) -> str:
    """The letters and digits of a text, without case, width and accents' way of writing."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def copied_comments(judge: Ints, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Comments that a judge repeats, and long ones that several judges share; ``row`` is one of the sheets."""
    rows_of: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        rows_of.setdefault(normalized(text), []).append(row)
    rows_of.pop("", None)
    sheets = np.bincount(judge) if len(judge) else np.zeros(0, np.int64)
    findings: list[dict[str, Any]] = []
    for text, rows in rows_of.items():
        if len(rows) < 2:
            continue
        judges, counts = np.unique(judge[rows], return_counts=True)
        findings.extend(
            {"kind": "copied", "judge": int(number), "sheets": int(count), "of": int(sheets[number]),
             "row": next(row for row in rows if judge[row] == number)}
            for number, count in zip(judges, counts, strict=True) if count >= COPIED_LEAST
        )
        if len(judges) > 1 and len(text) >= SHARED_LENGTH:
            findings.append({"kind": "shared", "judges": judges.tolist(), "sheets": len(rows), "row": rows[0]})
    return findings


def seconds_per_sheet(judge: Ints, spent: Spent) -> Floats:
    """The most that a judge can have spent on each sheet; NaN where the first save is not known.

    Reading begins at the earliest when the judge last saved for the first time or submitted another sheet before this
    one was begun, and not before its entry was opened.
    """
    out = np.full(len(judge), np.nan)
    for number in np.unique(judge).tolist():
        mine = np.flatnonzero(judge == number)
        begun, submitted = spent.begun[mine], spent.submitted[mine]
        acts = np.sort(np.concatenate([begun, submitted]))
        before = np.searchsorted(acts, begun, side="left") - 1
        start = np.where(before >= 0, acts[np.maximum(before, 0)], -np.inf)
        start = np.fmax(start, spent.opened[mine])
        start = np.where(np.isfinite(start), np.minimum(start, begun), begun)
        out[mine] = np.where(np.isnan(begun), np.nan, submitted - start)
    return out


def writing_seconds(spent: Spent) -> Floats:
    """From the first save of each sheet to its submission; NaN where the first save is not known."""
    return np.asarray(spent.submitted - spent.begun)


def hurried(judge: Ints, seconds: Floats) -> list[dict[str, Any]]:
    """Judges with several sheets for which there was hardly time to read."""
    findings: list[dict[str, Any]] = []
    for number in np.unique(judge).tolist():
        mine = seconds[(judge == number) & ~np.isnan(seconds)]
        quick = mine[mine < HURRIED_SECONDS]
        if len(quick) >= HURRIED_LEAST:
            findings.append({"kind": "hurried", "judge": number, "sheets": len(quick), "of": len(mine),
                             "seconds": round(float(np.median(quick)))})
    return findings


def beside_others(entry: Ints, judge: Ints, total: Floats, leniency: Floats) -> Floats:
    """Each total without its judge's habit, minus the mean of the others' on the same entry; NaN without others."""
    free = total - np.nan_to_num(leniency)[judge]
    count = np.bincount(entry)
    others = count[entry] - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (np.bincount(entry, free)[entry] - free) / others
    return np.where(others > 0, free - mean, np.nan)


def drift(judge: Ints, distance: Floats, when: Floats) -> list[dict[str, Any]]:
    """Judges who grow stricter or milder along their sheets.

    A line through ``distance`` (see :func:`beside_others`) in the order of ``when``: its change from the first sheet to
    the last is at least :data:`DRIFT_POINTS`, and larger than chance would give in any judge of the panel.
    """
    usable = ~np.isnan(distance) & ~np.isnan(when)
    tested = [
        rows for number in np.unique(judge).tolist()
        if len(rows := np.flatnonzero(usable & (judge == number))) >= DRIFT_LEAST
        and len(np.unique(when[rows])) > len(rows) // 2
    ]
    findings: list[dict[str, Any]] = []
    for rows in tested:
        rows = rows[np.argsort(when[rows], kind="stable")]
        n = len(rows)
        x = np.linspace(-0.5, 0.5, n)
        y = distance[rows] - distance[rows].mean()
        change = float(x @ y / (x @ x))
        se = float(np.sqrt(np.square(y - change * x).sum() / (n - 2) / (x @ x)))
        limit = float(t.ppf(1 - DRIFT_LEVEL / (2 * len(tested)), n - 2))
        if abs(change) >= DRIFT_POINTS and abs(change) > limit * se:
            half = float(t.ppf(0.975, n - 2)) * se
            findings.append({"kind": "drift", "judge": int(judge[rows[0]]), "sheets": n, "points": f"{change:.2f}",
                             "low": f"{change - half:.2f}", "high": f"{change + half:.2f}"})
    return findings


def outliers(standardised: Floats, expected: Floats) -> list[dict[str, Any]]:
    """Single totals far from what the entry and its judge's habit would give, the farthest first.

    The limit grows with the number of sheets, so that a call without any such score has about one false alarm at most.
    """
    n = int((~np.isnan(standardised)).sum())
    limit = max(OUTLIER, float(ndtri(1 - 0.5 / n))) if n else OUTLIER
    size = np.nan_to_num(np.abs(standardised))
    rows = np.flatnonzero(size > limit)
    rows = rows[np.argsort(-size[rows], kind="stable")][:OUTLIERS_MOST]
    return [
        {"kind": "outlier", "row": row, "expected": f"{expected[row]:.2f}", "deviations": f"{standardised[row]:.1f}"}
        for row in rows.tolist()
    ]


def severe(leniency: Floats, se: Floats) -> list[dict[str, Any]]:
    """Judges who are surely several points stricter or milder than the panel."""
    half = 1.96 * se
    beyond = np.flatnonzero(np.nan_to_num(np.abs(leniency) - half) > SEVERE_POINTS)
    return [
        {"kind": "severity", "judge": number, "points": f"{leniency[number]:.2f}",
         "low": f"{leniency[number] - half[number]:.2f}", "high": f"{leniency[number] + half[number]:.2f}"}
        for number in beyond.tolist()
    ]


def noise_intervals(noise: Floats, n_sheets: Ints, *, entries: int, judges: int) -> tuple[Floats, Floats]:
    """About 95 % intervals of the judges' noise ratios, by the chi-square law of a variance.

    Each sheet carries the share of a degree of freedom that estimating ``entries`` and ``judges`` leaves.
    """
    rows = int(n_sheets.sum())
    share = max(rows - entries - judges + 1, 1) / max(rows, 1)
    free = np.maximum(n_sheets * share, 1e-9)
    few = free < 1
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = noise * free / chi2.ppf(0.975, free), noise * free / chi2.ppf(0.025, free)
    return np.where(few, np.nan, low), np.where(few, np.nan, high)
