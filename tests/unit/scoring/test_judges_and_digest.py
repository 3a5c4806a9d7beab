from __future__ import annotations

import numpy as np
import pytest

from scoring import calibrate, composite_from, explain, judge_report
from scoring.errors import ScoringError
from tests.unit.scoring.reference import panel, read


def test_outliers_are_found_and_counted() -> None:
    comp, _ = panel(1, 80, 8, 4, unequal_noise=0.0, unequal_scale=0.0)
    y = comp.y.copy()
    y[17] += 90.0
    report = judge_report(calibrate(composite_from(comp.entry, comp.judge, y), level="severity"))
    assert report.outlier_rows[0] == 17
    assert report.outliers[comp.judge[17]] >= 1
    assert report.outliers.sum() == len(report.outlier_rows)
    assert report.standardised[17] > 5


def test_standardised_residuals_have_unit_size() -> None:
    comp, _ = panel(2, 300, 20, 5, unequal_noise=0.0, unequal_scale=0.0)
    assert judge_report(calibrate(comp, level="severity")).standardised.std() == pytest.approx(1.0, abs=0.03)


def test_identical_share_and_agreement() -> None:
    comp, truth = panel(3, 60, 6, 4, unequal_noise=0.0, unequal_scale=0.0)
    y = comp.y.copy()
    y[comp.judge == 0] = 50.0
    rng = np.random.default_rng(0)
    y[comp.judge == 1] = rng.permutation(y[comp.judge == 1])
    y[comp.judge == 2] = truth[comp.entry[comp.judge == 2]]
    wide = composite_from(comp.entry, comp.judge, y, judge_ids=list("abcdefg"))
    report = judge_report(calibrate(wide, level=2))
    assert report.identical[0] == 1.0
    assert report.identical[3] == 1 / np.count_nonzero(comp.judge == 3)
    assert np.isnan(report.identical[6])
    assert np.isnan(report.agreement[0])
    assert np.isnan(report.standardised[comp.judge == 0]).all()
    assert report.agreement[1] < 0.3 < report.agreement[2]
    by_hand = _agreement_by_hand(wide.entry, wide.judge, y, report.leniency, 3)
    assert report.agreement[3] == pytest.approx(by_hand)


def _agreement_by_hand(entry: np.ndarray, judge: np.ndarray, y: np.ndarray, leniency: np.ndarray, j: int) -> float:
    mine = np.flatnonzero(judge == j)
    others = [np.mean((y - leniency[judge])[(entry == entry[r]) & (judge != j)]) for r in mine]
    return float(np.corrcoef(y[mine], others)[0, 1])


def test_digest_is_pinned() -> None:
    """The same on every machine; a change means that results changed: raise scoring.fit.METHOD."""
    fit = calibrate(read("penicillin.csv", "plate", "sample", "diameter"), level="severity")
    assert fit.digest == "51d66a2a40f7ae4d4c09e932cd6f06272665f0dbeda3a6dbc4572ea63765b0f8"
    third = calibrate(read("wine.csv", "bottle", "judge", "response"), level=3)
    assert third.digest == "ced5dc77602ab4b2a93f41ec7e33232029f349007132c1ee973f3d27a380b94a"


def test_digest_follows_input_options_and_labels_but_not_row_order() -> None:
    comp, _ = panel(4, 40, 8, 3)
    fit = calibrate(comp, level="severity")
    assert calibrate(comp, level="severity").digest == fit.digest
    order = np.random.default_rng(0).permutation(len(comp.y))
    permuted = composite_from(comp.entry[order], comp.judge[order], comp.y[order])
    assert calibrate(permuted, level="severity").digest == fit.digest
    moved = comp.y.copy()
    moved[0] += 0.01
    labelled = composite_from(comp.entry, comp.judge, comp.y, entry_ids=[f"e{i}" for i in range(40)])
    others = [
        calibrate(composite_from(comp.entry, comp.judge, moved), level="severity"),
        calibrate(comp, level=2),
        calibrate(comp, level="severity", shrink=False),
        calibrate(comp, level="severity", pools="within"),
        calibrate(comp, level="severity", exact=False),
        calibrate(labelled, level="severity"),
    ]
    assert len({fit.digest, *(f.digest for f in others)}) == 7


def test_explanations_of_a_silenced_judge_and_of_stages() -> None:
    comp, _ = panel(5, 40, 6, 3)
    y = np.where(comp.judge == 2, 50.0, comp.y)
    stage = np.random.default_rng(0).integers(0, 2, len(y)).astype(float)
    fit = calibrate(composite_from(comp.entry, comp.judge, y + 7 * stage * (comp.judge != 2), fixed=stage), level=2)
    entry = int(comp.entry[comp.judge == 2][0])
    parts = explain(fit, entry)
    silent = next(c for c in parts.contributions if c.judge == 2)
    assert silent.weight == 0.0
    assert parts.base + parts.trust * (parts.mean_adjusted - parts.base) == pytest.approx(parts.score)
    rows = np.flatnonzero((comp.entry == entry) & (comp.judge != 2))
    contexts = {c.judge: c.context for c in parts.contributions if c.weight}
    for row in rows:
        assert contexts[comp.judge[row]] == pytest.approx(stage[row] * fit.fixed_effects[0])
    assert parts.rank == fit.rank[entry]


def test_entries_that_cannot_be_explained_are_refused() -> None:
    comp, _ = panel(6, 20, 5, 3)
    fit = calibrate(composite_from(comp.entry, comp.judge, comp.y, entry_ids=range(21)), level="severity")
    with pytest.raises(ScoringError, match="no score"):
        explain(fit, 20)
    with pytest.raises(ScoringError, match="no entry"):
        explain(fit, 21)
