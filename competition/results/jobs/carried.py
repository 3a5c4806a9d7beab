"""What an earlier stage adds to a later one: exactly to official scores, with its doubt to calibrated ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from competition.extensions import db
from competition.results.carry_weights import weights
from competition.results.decimals import fixed
from competition.results.jobs.calibrated import Calibration
from competition.results.models import RunEntry
from scoring import Carried, entry_draws

Floats = npt.NDArray[np.float64]
HUNDRED = 100


@dataclass(frozen=True)
class Earlier:
    """The scores of the stage before, in the order of the entries of the present one.

    ``share`` of the own score and ``weight`` of the earlier one add up; ``most``: the highest score there can be.
    ``official`` is exact, None where the stage before gave none; ``calibrated`` and ``se`` are NaN there.
    """

    share: Fraction
    weight: Fraction
    most: Fraction
    official: tuple[Fraction | None, ...]
    calibrated: Floats
    se: Floats

    @property
    def carried(self) -> Carried:
        points = tuple(None if score is None else self.weight * score for score in self.official)
        return Carried(self.share, points, self.most)


def earlier_scores(carry: Mapping[str, Any], entry_ids: Sequence[UUID]) -> Earlier:
    """Read what the run of the stage before, which the rule names, gave to these entries."""
    rows = db.session.execute(
        select(RunEntry.entry_id, RunEntry.official, RunEntry.calibrated, RunEntry.standard_error)
        .where(RunEntry.run_id == UUID(carry["run"]))
    )
    scores = {row.entry_id: (row.official, row.calibrated, row.standard_error) for row in rows}
    lines = [scores.get(entry_id, (None, None, None)) for entry_id in entry_ids]
    share, weight = weights(carry)
    return Earlier(
        share=share, weight=weight, most=Fraction(carry["most"]),
        official=tuple(None if official is None else Fraction(official) for official, _score, _se in lines),
        calibrated=np.array([np.nan if score is None else score for _official, score, _se in lines], np.float64),
        se=np.array([np.nan if se is None else se for _official, _score, se in lines], np.float64),
    )


def with_earlier(
    own: Calibration, earlier: Earlier, parameters: Mapping[str, Any], ranked: npt.NDArray[np.bool_]
) -> Calibration:
    """The calibrated scores of both stages together.

    The two stages are estimated apart, so their errors are independent: the variance is that of the weighted sum.
    Chances and rank intervals come from draws of this stage's posterior, which keeps what entries share through their
    judges, plus independent normal draws of the earlier score.
    """
    if own.fit is None:
        return own
    share, weight = float(earlier.share), float(earlier.weight)
    score = share * own.score + weight * earlier.calibrated
    se = np.sqrt((share * own.se) ** 2 + (weight * earlier.se) ** 2)
    counted = np.flatnonzero(~np.isnan(score) & ranked)
    n = len(score)
    nothing: list[int | None] = [None] * n
    if not counted.size:
        return replace(own, score=score, se=se, p=np.full(n, np.nan), rank_lo=nothing, rank_hi=list(nothing),
                       close=np.zeros(n, np.bool_))
    place = _places(own, earlier, parameters, counted)
    slots = max(1, min(int(parameters["slots"]), counted.size))
    p, close = np.full(n, np.nan), np.zeros(n, np.bool_)
    p[counted] = (place <= slots).mean(axis=1)
    band = int(parameters.get("band", 90)) / HUNDRED
    close[counted] = (p[counted] > (1 - band) / 2) & (p[counted] < (1 + band) / 2)
    lo, hi = list(nothing), list(nothing)
    for at, i in enumerate(counted.tolist()):
        lo[i], hi[i] = (int(value) for value in np.quantile(place[at], (0.025, 0.975), method="nearest"))
    calibration = {**own.summary["calibration"], "top_k": "joint", "slots": slots, "close_calls": int(close.sum())}
    return replace(own, score=score, se=se, p=p, rank_lo=lo, rank_hi=hi, close=close,
                   summary={**own.summary, "calibration": calibration})


def _places(
    own: Calibration, earlier: Earlier, parameters: Mapping[str, Any], counted: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The place 1, 2 … of each counted entry in each draw, shape (counted, draws)."""
    assert own.fit is not None
    seed, method = int(parameters["seed"]), own.summary["calibration"]["interval"]
    drawn = np.concatenate([
        block[counted] for block in entry_draws(own.fit, int(parameters["draws"]), seed=seed, method=method)
    ], axis=1)
    noise = np.random.default_rng([seed, 1]).standard_normal(drawn.shape)
    before = earlier.calibrated[counted, None] + earlier.se[counted, None] * noise
    together = float(earlier.share) * drawn + float(earlier.weight) * before
    places: npt.NDArray[np.int64] = np.argsort(np.argsort(-together, axis=0, kind="stable"), axis=0) + 1
    return places


def parts(
    i: int, own: Fraction | None, earlier: Earlier, calibrated: Calibration,
) -> dict[str, Any]:
    """Both scores of an entry, for the page that explains how they combine: exact ratios, and points as text."""
    return {
        "own": ratio(own), "earlier": ratio(earlier.official[i]), "own_calibrated": fixed(calibrated.score[i]),
        "own_se": fixed(calibrated.se[i]), "earlier_calibrated": fixed(earlier.calibrated[i]),
        "earlier_se": fixed(earlier.se[i]),
    }


def ratio(value: Fraction | None) -> str | None:
    return None if value is None else f"{value.numerator}/{value.denominator}"
