from __future__ import annotations

import numpy as np
import pytest

from scoring import (
    Composite,
    Disconnected,
    Fit,
    InvalidScores,
    Scores,
    calibrate,
    composite_from,
    refit,
    update,
)
from tests.unit.scoring.reference import dense_blup, panel


def expected(comp: Composite, fit: Fit) -> dict[str, np.ndarray]:
    """Brute-force predictions for these rows at the fit's variance components."""
    return dense_blup(comp, fit.var_entry, fit.var_judge, fit.var_residual)


@pytest.mark.parametrize("exact", [True, False])
def test_changed_totals_give_the_predictions_of_the_new_rows(exact: bool) -> None:
    comp, _ = panel(1, 40, 8, 3)
    fit = calibrate(comp, level="severity", exact=exact)
    rows = [5, 17, 60]
    y = comp.y.copy()
    y[rows] += [10.0, -20.0, 5.0]
    late = composite_from(comp.entry[rows], comp.judge[rows], y[rows])
    new = update(fit, late)
    brute = expected(composite_from(comp.entry, comp.judge, y), fit)
    assert new.entries.effect == pytest.approx(brute["entry"], abs=1e-8 if exact else 1e-5)
    assert new.judges.leniency == pytest.approx(brute["judge"], abs=1e-8 if exact else 1e-5)
    assert new.mu == pytest.approx(brute["beta"][0], abs=1e-8 if exact else 1e-5)
    assert new.entries.se.tolist() == fit.entries.se.tolist()
    assert (new.var_entry, new.var_judge, new.var_residual) == (fit.var_entry, fit.var_judge, fit.var_residual)
    assert new.comp.y.tolist() == y.tolist()
    assert fit.comp.y.tolist() == comp.y.tolist()
    assert new.digest != fit.digest
    again = update(new, composite_from(comp.entry[rows], comp.judge[rows], comp.y[rows]))
    assert again.entries.score == pytest.approx(fit.entries.score, abs=1e-8 if exact else 1e-5)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_new_and_withdrawn_rows(level: int) -> None:
    comp, _ = panel(2, 40, 8, 3)
    fit = calibrate(comp, level=level)
    judge = next(j for j in range(8) if j not in comp.judge[comp.entry == 0])
    late = Scores([0, int(comp.entry[9])], [judge, int(comp.judge[9])], [[77.0], [np.nan]])
    new = update(fit, late)
    entry = np.append(np.delete(comp.entry, 9), 0)
    rows = composite_from(entry, np.append(np.delete(comp.judge, 9), judge), np.append(np.delete(comp.y, 9), 77.0))
    assert new.entries.n_judges[0] == 4
    assert new.entries.n_judges[comp.entry[9]] == 2
    assert new.var_residual == pytest.approx(fit.var_residual, rel=1e-12)
    if level == 1:
        brute = expected(rows, fit)
        assert new.entries.effect == pytest.approx(brute["entry"], abs=1e-8)
        assert new.entries.se == pytest.approx(brute["se"], rel=1e-8)
    else:
        assert new.judges.noise_ratio.tolist() == fit.judges.noise_ratio.tolist()


def test_unchanged_rows_change_nothing() -> None:
    comp, _ = panel(3, 60, 10, 4)
    for level in (1, 2, 3):
        fit = calibrate(comp, level=level)
        same = update(fit, composite_from(comp.entry[:9], comp.judge[:9], comp.y[:9]))
        assert same.entries.score == pytest.approx(fit.entries.score, abs=1e-9)
        assert same.digest == fit.digest


def test_refit_is_a_new_calibration() -> None:
    comp, _ = panel(4, 40, 8, 3)
    fit = calibrate(comp, level=2)
    late = composite_from(comp.entry[:20], comp.judge[:20], comp.y[:20] + 15)
    y = comp.y.copy()
    y[:20] += 15
    new_fit = calibrate(composite_from(comp.entry, comp.judge, y), level=2)
    assert refit(update(fit, late)).digest == new_fit.digest


def test_labels_are_matched() -> None:
    comp, _ = panel(5, 30, 6, 3)
    names = [f"entry {i}" for i in range(30)]
    fit = calibrate(composite_from(comp.entry, comp.judge, comp.y, entry_ids=names), level="severity")
    by_name = composite_from([0], comp.judge[:1], [90.0], entry_ids=[names[comp.entry[0]]])
    by_place = composite_from(comp.entry[:1], comp.judge[:1], [90.0])
    assert update(fit, by_name).entries.score.tolist() == update(fit, by_place).entries.score.tolist()


def test_what_does_not_fit_is_named() -> None:
    comp, _ = panel(6, 30, 6, 3)
    fit = calibrate(comp, level="severity")
    with pytest.raises(InvalidScores) as unknown:
        update(fit, composite_from([0, 99], [0, 0], [1.0, 2.0]))
    assert unknown.value.rows == (1,)
    with pytest.raises(InvalidScores, match="twice"):
        update(fit, composite_from([0, 0], [1, 1], [1.0, 2.0]))
    with pytest.raises(InvalidScores, match="composite"):
        update(fit, Scores([0], [0], [[1.0, 2.0]]))
    entry, judge, y = (np.append(a, a[:1]) for a in (comp.entry, comp.judge, comp.y))
    with pytest.raises(InvalidScores, match="replicates"):
        replicated = calibrate(composite_from(entry, judge, y), level="severity")
        update(replicated, composite_from(entry[:1], judge[:1], [5.0]))


def test_withdrawing_the_only_link_is_refused() -> None:
    first, _ = panel(1, 20, 5, 3)
    second, _ = panel(2, 20, 5, 3)
    entry = np.concatenate([first.entry, second.entry + 20, [0]])
    judge = np.concatenate([first.judge, second.judge + 5, [5]])
    fit = calibrate(composite_from(entry, judge, np.concatenate([first.y, second.y, [50.0]])), level="severity")
    with pytest.raises(Disconnected):
        update(fit, Scores([0], [5], [[np.nan]]))


def test_fixed_columns_travel_with_their_rows() -> None:
    comp, _ = panel(7, 30, 6, 3)
    stage = np.random.default_rng(0).integers(0, 2, len(comp.y)).astype(float)
    fit = calibrate(composite_from(comp.entry, comp.judge, comp.y, fixed=stage), level="severity")
    y = comp.y.copy()
    y[3] = 80.0
    new = update(fit, composite_from(comp.entry[3:4], comp.judge[3:4], [80.0]))
    brute = expected(composite_from(comp.entry, comp.judge, y, fixed=stage), fit)
    assert new.entries.effect == pytest.approx(brute["entry"], abs=1e-7)
    assert new.fixed_effects == pytest.approx(brute["beta"][1:], abs=1e-8)


def test_rows_need_not_come_by_entry() -> None:
    comp, _ = panel(5)
    rng = np.random.default_rng(5)
    order = rng.permutation(len(comp.y))
    late = rng.choice(len(comp.y), 40, replace=False)
    changed = composite_from(comp.entry[late], comp.judge[late], comp.y[late] + 7)
    mixed = composite_from(comp.entry[order], comp.judge[order], comp.y[order])
    sorted_fit = update(calibrate(comp, level="severity"), changed)
    mixed_fit = update(calibrate(mixed, level="severity"), changed)
    assert mixed_fit.entries.score == pytest.approx(sorted_fit.entries.score, rel=1e-9)
    assert mixed_fit.digest == sorted_fit.digest
    assert np.array_equal(mixed_fit.comp.y, sorted_fit.comp.y[order])
