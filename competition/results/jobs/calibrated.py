"""The calibrated score: the score without the severity and the noise of its judges, or a reason why there is none.

A run never fails because of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import scoring
from competition.results.decimals import fixed
from scoring import Composite, Fit, NotConverged, NotIdentifiable, ScoringError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """The calibration per entry and per judge, NaN or None where there is none; ``summary`` holds JSON values.

    ``p``: chance of being among the slots; ``close``: entries that are too close to call; ``bases``: where entries are
    grouped, the mean of its group toward which each is moved.
    """

    score: Floats
    se: Floats
    p: Floats
    rank_lo: list[int | None]
    rank_hi: list[int | None]
    close: npt.NDArray[np.bool_]
    leniency: Floats
    judge_se: Floats
    reliability: Floats
    scale: Floats
    flags: Sequence[tuple[str, ...]]
    summary: dict[str, Any]
    fit: Fit | None = None
    bases: list[str | None] | None = None


def calibration(
    comp: Composite, parameters: Mapping[str, Any], ranked: npt.NDArray[np.bool_], seats: Sequence[int],
) -> Calibration:
    """Calibrate at the level of the parameters, at the simplest one, or not at all; a warning gives the reason.

    Where judges fall into groups that share no entry, the largest group's entries are calibrated; the others are
    not comparable with them and get no score.

    ``ranked``: the entries that the official rule ranks. Only they compete for the slots, so only they have a
    chance and a rank interval. All scored entries are used to estimate how severe the judges are. ``seats``: the
    seat number of each judge.
    """
    warnings: list[dict[str, Any]] = []
    fit = _fit(comp, parameters["level"], int(parameters["seed"]), seats, warnings)
    reliability = _agreement(comp, warnings)
    if fit is None:
        return _not_calibrated(comp, {"calibration": None, "agreement": reliability, "warnings": warnings})
    return _calibrated(fit, comp, parameters, ranked, reliability, warnings)


def _fit(
    comp: Composite, level: int | str, seed: int, seats: Sequence[int], warnings: list[dict[str, Any]]
) -> Fit | None:
    for attempt in (level, "severity"):
        try:
            fit = scoring.calibrate(comp, level=attempt, pools="largest", seed=seed)
        except NotConverged:
            warnings.append({"code": "not_converged", "level": attempt})
        except NotIdentifiable as error:
            warnings.append({"code": "not_identifiable", "reason": error.reason})
            return None
        else:
            warnings.extend(_warnings(fit, seats))
            return fit
    return None


def _warnings(fit: Fit, seats: Sequence[int]) -> list[dict[str, Any]]:
    """The fit's warnings: those that a page tells in its own words with what it needs for that, others as text."""
    out: list[dict[str, Any]] = []
    for text in fit.warnings:
        if text.startswith(scoring.FLAT):
            out.append({"code": "flat"})
        elif text.startswith(scoring.NOT_COMPARABLE):
            pools = scoring.linkage(fit.comp).missing
            out.append({
                "code": "not_comparable", "entries": sum(len(pool.entries) for pool in pools),
                "judges": sorted(seats[judge] for pool in pools for judge in pool.judges),
            })
        else:
            out.append({"code": "fit", "text": text})
    return out


def _calibrated(
    fit: Fit, comp: Composite, parameters: Mapping[str, Any], ranked: npt.NDArray[np.bool_],
    reliability: dict[str, Any], warnings: list[dict[str, Any]],
) -> Calibration:
    entries, judges = fit.entries, fit.judges
    scored = ~np.isnan(entries.score)
    counted = scored & ranked
    slots = max(1, min(int(parameters["slots"]), int(counted.sum())))
    top = scoring.top_k(
        fit, slots, draws=int(parameters["draws"]), seed=int(parameters["seed"]),
        among=counted if counted.any() else scored, band=int(parameters.get("band", 90)) / 100,
    )
    close = np.zeros(len(scored), np.bool_)
    close[top.boundary] = True
    close &= counted
    doubt = scoring.posterior(fit, seed=int(parameters["seed"]))
    summary = {
        "calibration": {
            "level": fit.level, "mu": fixed(fit.mu), "base": fixed(_base(fit, scored)),
            "var_entry": fixed(fit.var_entry), "var_judge": fixed(fit.var_judge),
            "var_residual": fixed(fit.var_residual),
            "converged": bool(fit.converged), "top_k": top.method, "slots": slots, "close_calls": int(close.sum()),
            "hardly_distinguished": any(item["code"] == "flat" for item in warnings), "interval": doubt.method,
        },
        "agreement": reliability, "warnings": warnings,
    }
    return Calibration(
        score=entries.score, se=doubt.se, p=np.where(counted, top.p, np.nan),
        rank_lo=[int(v) or None for v in np.where(counted, top.rank_lo, 0).tolist()],
        rank_hi=[int(v) or None for v in np.where(counted, top.rank_hi, 0).tolist()], close=close,
        leniency=judges.leniency, judge_se=judges.se, reliability=judges.noise_ratio, scale=judges.scale,
        flags=judges.flags, summary=_strings(summary), fit=fit,
        bases=_bases(fit, comp, scored),
    )


def _bases(fit: Fit, comp: Composite, scored: npt.NDArray[np.bool_]) -> list[str | None] | None:
    """The mean of its group toward which each scored entry is moved; None where entries are not grouped."""
    if comp.group is None:
        return None
    first = {int(group): i for i, group in reversed(list(enumerate(comp.group))) if scored[i]}
    means = {group: fixed(scoring.explain(fit, i).base) for group, i in first.items()}
    return [means[int(group)] if scored[i] else None for i, group in enumerate(comp.group)]


def _base(fit: Fit, scored: npt.NDArray[np.bool_]) -> float:
    """The mean toward which entries are moved: without groups one for all, since only one pool is calibrated."""
    return scoring.explain(fit, int(np.flatnonzero(scored)[0])).base


def _agreement(comp: Composite, warnings: list[dict[str, Any]]) -> dict[str, Any]:
    """How far the panel agrees; empty where there is too little to compare."""
    try:
        measures = scoring.agreement(comp)
    except ScoringError as error:
        warnings.append({"code": "agreement", "reason": str(error)})
        return {}
    return {
        "icc": {name: fixed(value) for name, value in measures.icc.items()},
        "spearman": None if measures.spearman is None else fixed(measures.spearman),
        "kendall_w": None if measures.kendall_w is None else fixed(measures.kendall_w),
        "w_p_value": None if measures.w_p_value is None else fixed(measures.w_p_value),
    }


def _not_calibrated(comp: Composite, summary: dict[str, Any]) -> Calibration:
    n, j = comp.n_entries, comp.n_judges
    nothing, no_judge = np.full(n, np.nan), np.full(j, np.nan)
    return Calibration(
        score=nothing, se=nothing, p=nothing, rank_lo=[None] * n, rank_hi=[None] * n, close=np.zeros(n, np.bool_),
        leniency=no_judge, judge_se=no_judge, reliability=no_judge, scale=no_judge,
        flags=[()] * j, summary=_strings(summary),
    )


def _strings(value: Any) -> Any:
    """The value with its numbers of fixed decimals as plain strings, as they are read back from the database."""
    if isinstance(value, dict):
        return {key: _strings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_strings(item) for item in value]
    return str(value) if isinstance(value, str) else value
