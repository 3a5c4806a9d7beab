"""Every bad argument is a ScoringError that names it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from scoring import (
    Criterion,
    InvalidScores,
    NotIdentifiable,
    Scores,
    ScoringError,
    aggregate,
    calibrate,
    composite_from,
    entry_draws,
    explain,
    influence,
    lottery,
    next_best,
    posterior,
    predict,
    simulate,
    top_k,
)
from tests.unit.scoring.reference import panel

COMP = panel(1, 12, 4, 3)[0]
FIT = calibrate(COMP, level="severity")
NAN = float("nan")


@pytest.mark.parametrize(("name", "call"), [
    ("level", lambda: calibrate(COMP, level=True)),
    ("level", lambda: calibrate(COMP, level=2.0)),  # type: ignore[arg-type]
    ("level", lambda: calibrate(COMP, level="best")),
    ("pools", lambda: calibrate(COMP, pools="mix")),
    ("shrink", lambda: calibrate(COMP, shrink=1)),  # type: ignore[arg-type]
    ("exact", lambda: calibrate(COMP, exact=1)),
    ("seed", lambda: calibrate(COMP, seed=None)),  # type: ignore[arg-type]
    ("seed", lambda: calibrate(COMP, seed=-1)),
    ("k", lambda: top_k(FIT, NAN)),  # type: ignore[arg-type]
    ("k", lambda: top_k(FIT, True)),
    ("seed", lambda: top_k(FIT, 2, seed=-1)),
    ("draws", lambda: top_k(FIT, 2, draws=0)),
    ("band", lambda: top_k(FIT, 2, band=1.0)),
    ("among", lambda: top_k(FIT, 2, among=[1, 2])),
    ("method", lambda: top_k(FIT, 2, method="guess")),
    ("level", lambda: posterior(FIT, level=95)),
    ("method", lambda: posterior(FIT, method="joint")),
    ("seed", lambda: list(entry_draws(FIT, 3, seed=-2))),
    ("i", lambda: explain(FIT, 1.5)),  # type: ignore[arg-type]
    ("k", lambda: influence(FIT, 0)),
    ("k", lambda: next_best(FIT, 2.0)),  # type: ignore[arg-type]
    ("n", lambda: next_best(FIT, 2, n=-1)),
    ("method", lambda: lottery(FIT, 2, method="dice")),
    ("cost", lambda: lottery(FIT, 2, [1.0], 3.0)),
    ("pairs", lambda: predict(FIT, [0, 1])),
    ("seed", lambda: simulate(FIT, seed=1.0)),  # type: ignore[arg-type]
    ("drop", lambda: aggregate(COMP, "trimmed", drop=NAN)),  # type: ignore[arg-type]
    ("weight", lambda: Criterion("c", NAN, 0, 10)),  # type: ignore[arg-type]
    ("step", lambda: Criterion("c", 1, 0, 10, step="half")),
    ("lo", lambda: Criterion("c", 1, float("inf"), 10)),
    ("y", lambda: composite_from([0, 1], [0, 1], np.ma.masked_array([1.0, 2.0], mask=[True, False]))),
    ("values", lambda: Scores([0, 1], [0, 1], np.ma.masked_array([1.0, 2.0], mask=[True, False]))),
    ("entry", lambda: Scores(np.ma.masked_array([0, 1], mask=[True, False]), [0, 1], [1.0, 2.0])),
    ("y", lambda: composite_from([0, 1], [0, 1], ["a", "b"])),
])
def test_a_bad_argument_is_named(name: str, call: Callable[[], object]) -> None:
    with pytest.raises(ScoringError, match=rf"\b{name}\b"):
        call()


def test_a_mask_that_hides_nothing_is_no_mask() -> None:
    entry, judge = [0, 0, 1, 1], [0, 1, 0, 1]
    open_mask = np.ma.masked_array([1.0, 2.0, 4.0, 6.0], mask=False)
    assert composite_from(entry, judge, open_mask).y.tolist() == [1.0, 2.0, 4.0, 6.0]


@pytest.mark.parametrize("factor", [1e-145, 1e-100, 1e100, 1e145])
def test_any_reasonable_scale_gives_the_same_ranks(factor: float) -> None:
    assert calibrate(composite_from(COMP.entry, COMP.judge, COMP.y * factor)).rank.tolist() == (
        calibrate(COMP).rank.tolist()
    )


def test_totals_too_small_or_too_large_to_square_are_refused() -> None:
    for factor in (1e-300, 1e300):
        with pytest.raises((InvalidScores, NotIdentifiable)):
            calibrate(composite_from(COMP.entry, COMP.judge, COMP.y * factor))
