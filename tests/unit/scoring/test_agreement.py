"""Agreement against published figures, other implementations and slow definitions."""

from __future__ import annotations

from typing import Literal

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from scoring import Scores, ScoringError, agreement, calibrate, composite_from
from tests.unit.scoring.reference import DATA, panel, read, rows

Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")


def from_table(table: np.ndarray) -> Scores:
    """Judges x entries with gaps, as score rows of one criterion."""
    judge, entry = (index.ravel() for index in np.indices(table.shape))
    return Scores(entry, judge, table.ravel())


def test_intraclass_correlations_of_shrout_and_fleiss() -> None:
    table = np.loadtxt(DATA / "shrout_fleiss_1979.csv", delimiter=",", skiprows=1)
    measured = agreement(from_table(table.T))
    assert {name: round(value, 2) for name, value in measured.icc.items()} == {
        "ICC(1,1)": 0.17, "ICC(2,1)": 0.29, "ICC(3,1)": 0.71, "ICC(1,k)": 0.44, "ICC(2,k)": 0.62, "ICC(3,k)": 0.91,
    }  # fmt: skip
    assert measured.k == 4.0


def test_alphas_of_krippendorff() -> None:
    table = np.genfromtxt(DATA / "krippendorff_2011.csv", delimiter=",", skip_header=1)[:, 1:]
    measured = agreement(from_table(table))
    assert [round(measured.alpha(level), 3) for level in LEVELS] == [0.743, 0.815, 0.849, 0.797]
    assert measured.kendall_w is None


@pytest.mark.parametrize(
    ("report", "w", "p", "sums"),
    [
        ("report42", 0.1924, 0.2233, [29, 23, 42, 37, 25, 41, 30, 25]),
        ("report126", 0.3294, 0.0238, [23, 40, 21, 32, 28, 51, 31, 26]),
    ],
)
def test_concordance_of_wine_tastings(report: str, w: float, p: float, sums: list[int]) -> None:
    table = [row for row in rows("winetasting.csv") if row["report"] == report]
    wine, judge = (np.unique([row[key] for row in table], return_inverse=True)[1] for key in ("wine", "judge"))
    measured = agreement(composite_from(wine, judge, [float(row["rank"]) for row in table]))
    assert measured.kendall_w is not None
    assert measured.w_p_value is not None
    assert measured.rank_sums is not None
    assert (round(measured.kendall_w, 4), round(measured.w_p_value, 4)) == (w, p)
    assert measured.rank_sums.tolist() == sums
    # Without ties W and the mean Spearman correlation are the same figure: r = (m W - 1) / (m - 1).
    assert measured.spearman == pytest.approx((7 * measured.kendall_w - 1) / 6, abs=1e-12)


def test_complete_tables_agree_with_the_variance_components() -> None:
    comp = read("wine.csv", "bottle", "judge", "response")
    measured = agreement(comp).icc
    fit = calibrate(comp, level=1)
    assert measured["ICC(2,1)"] == pytest.approx(
        fit.var_entry / (fit.var_entry + fit.var_judge + fit.var_residual), rel=1e-6
    )
    assert measured["ICC(3,k)"] == pytest.approx(fit.var_entry / (fit.var_entry + fit.var_residual / 9), rel=1e-6)


def test_incomplete_panels_use_components() -> None:
    comp, _ = panel(3, severity=0.7, unequal_noise=0.0, unequal_scale=0.0)
    measured = agreement(comp)
    fit = calibrate(comp, level=1)
    assert measured.k == pytest.approx(5.0, abs=1e-12)
    assert measured.icc["ICC(3,1)"] == pytest.approx(fit.var_entry / (fit.var_entry + fit.var_residual), rel=1e-9)
    assert measured.icc["ICC(2,1)"] == pytest.approx(100 / 249, abs=0.12)
    assert measured.kendall_w is None
    assert measured.w_p_value is None


def test_one_judge_an_entry_identifies_nothing() -> None:
    measured = agreement(composite_from([0, 1, 2], [0, 1, 2], [1.0, 2.0, 3.0]))
    assert np.isnan(list(measured.icc.values())).all()
    assert np.isnan(measured.spearman)
    assert np.isnan(measured.alpha())


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(3, 15))
def test_alpha_equals_the_published_package(seed: int, judges: int, entries: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 5, (judges, entries)).astype(float)
    table[rng.random(table.shape) < 0.25] = np.nan
    filled = (~np.isnan(table)).sum(axis=0)
    pairable = table[:, filled > 1]
    if pairable.size == 0 or np.nanmin(pairable) == np.nanmax(pairable):
        return
    measured = agreement(from_table(table))
    for level in LEVELS:
        expected = krippendorff.alpha(table, level_of_measurement=level)
        assert measured.alpha(level) == pytest.approx(expected, abs=1e-12)


def test_equal_scores_have_no_alpha() -> None:
    measured = agreement(composite_from([0, 0, 1, 1], [0, 1, 0, 1], [70.1] * 4))
    assert np.isnan([measured.alpha(level) for level in LEVELS]).all()
    assert measured.kendall_w is None


def test_tied_rankings_are_corrected() -> None:
    # Two judges, the same ranking with the same tie: perfect agreement.
    measured = agreement(composite_from([0, 1, 2, 3] * 2, [0] * 4 + [1] * 4, [1.0, 2, 2, 3, 10, 20, 20, 30]))
    assert measured.kendall_w == pytest.approx(1.0, abs=1e-12)
    assert measured.spearman == pytest.approx(1.0, abs=1e-12)


def test_spearman_ranks_the_shared_entries_of_each_pair() -> None:
    comp, _ = panel(6, n_entries=60, n_judges=6, per_entry=3)
    table = np.full((6, 60), np.nan)
    table[comp.judge, comp.entry] = np.round(comp.y, -1)
    rounded = from_table(table)
    expected = []
    for a in range(6):
        for b in range(a + 1, 6):
            both = ~np.isnan(table[[a, b]]).any(axis=0)
            if both.sum() >= 3:
                expected.append(spearmanr(table[a, both], table[b, both]).statistic)
    measured = agreement(rounded)
    assert measured.n_pairs == len(expected)
    assert measured.spearman == pytest.approx(np.mean(expected), abs=1e-12)


def test_criteria_are_examined_one_by_one_and_averaged() -> None:
    rng = np.random.default_rng(2)
    entry, judge = (index.ravel() for index in np.indices((8, 3)))
    values = rng.normal(size=(24, 2)) + rng.normal(size=(8, 1))[entry]
    both = agreement(Scores(entry, judge, values))
    alone = [agreement(Scores(entry, judge, values[:, c])) for c in range(2)]
    assert both.alpha("interval") == np.mean([a.alpha("interval") for a in alone])
    assert both.icc == {name: np.mean([a.icc[name] for a in alone]) for name in both.icc}
    assert both.kendall_w == np.mean([a.kendall_w for a in alone])
    assert (both.w_p_value, both.rank_sums, len(both.criteria)) == (None, None, 2)


def test_levels_and_values_that_make_no_sense_are_refused() -> None:
    measured = agreement(composite_from([0, 0, 1, 1], [0, 1, 0, 1], [-1.0, 2, 3, 4]))
    with pytest.raises(ScoringError, match="zero or more"):
        measured.alpha("ratio")
    with pytest.raises(ScoringError, match="Unknown level"):
        measured.alpha("cardinal")  # type: ignore[arg-type]
    with pytest.raises(ScoringError, match="no score"):
        agreement(Scores([0], [0], [np.nan]))
