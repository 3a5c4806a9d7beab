"""What must hold for every panel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring import Composite, NotIdentifiable, calibrate, composite_from, explain
from scoring.calibration import examine, likelihood_of
from scoring.fit import Options
from tests.unit.scoring.reference import dense_blup, panel

QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def panels(draw: st.DrawFn) -> Composite:
    per_entry = draw(st.integers(2, 4))
    return panel(
        draw(st.integers(0, 10**6)),
        draw(st.integers(8, 40)),
        draw(st.integers(per_entry, 9)),
        per_entry,
        severity=draw(st.sampled_from([0.0, 0.5, 2.0])),
    )[0]


@QUIET
@given(panels(), st.integers(1, 3), st.randoms(use_true_random=False))
def test_order_of_rows_and_names_do_not_matter(comp: Composite, level: int, random: object) -> None:
    rng = np.random.default_rng(len(comp.y))
    rows = rng.permutation(len(comp.y))
    entry, judge = rng.permutation(comp.n_entries), rng.permutation(comp.n_judges)
    fit = _fit(comp, level)
    other = _fit(composite_from(entry[comp.entry][rows], judge[comp.judge][rows], comp.y[rows]), level)
    if not (fit.converged and other.converged):  # where such a search ends depends on rounding, and it is said
        assert any("settle" in warning for warning in (*fit.warnings, *other.warnings))
        return
    assert other.entries.score[entry] == pytest.approx(fit.entries.score, abs=2e-4)
    assert other.entries.se[entry] == pytest.approx(fit.entries.se, abs=2e-4)
    assert other.judges.leniency[judge] == pytest.approx(fit.judges.leniency, abs=2e-4)


def test_the_automatic_level_is_one_that_settles(monkeypatch: pytest.MonkeyPatch) -> None:
    comp = panel(3, 40, 6, 4, severity=1.0)[0]
    assert calibrate(comp).level == "scale"
    monkeypatch.setattr("scoring.levels._EXACT_ROUNDS", 1)  # no judge's noise or scale settles in one round
    fit = calibrate(comp)
    assert fit.converged
    assert (fit.level, fit.level_reason) == ("severity", "reliability did not settle")


@QUIET
@given(panels(), st.floats(-50, 50), st.floats(0.1, 10), st.sampled_from([True, False]))
def test_another_scale_moves_everything_along(comp: Composite, shift: float, factor: float, shrink: bool) -> None:
    fit = _fit(comp, 1, shrink)
    other = _fit(composite_from(comp.entry, comp.judge, shift + factor * comp.y), 1, shrink)
    assert other.mu == pytest.approx(shift + factor * fit.mu, abs=1e-4 * factor)
    assert other.entries.effect == pytest.approx(factor * fit.entries.effect, abs=2e-4 * factor)
    assert other.entries.se == pytest.approx(factor * fit.entries.se, abs=2e-4 * factor)
    assert other.var_residual == pytest.approx(factor**2 * fit.var_residual, rel=1e-4)


@QUIET
@given(panels(), st.floats(-30, 30))
def test_with_judges_as_strong_effects_a_judges_shift_stays_with_the_judge(comp: Composite, shift: float) -> None:
    """At fixed components with hardly any shrinkage of judges, a lenient judge takes the whole shift."""
    moved = composite_from(comp.entry, comp.judge, comp.y + np.where(comp.judge == 0, shift, 0.0))
    first, second = (_solve(c, 2.0, 1e8) for c in (comp, moved))
    assert second[0] - second[0].mean() == pytest.approx(first[0] - first[0].mean(), abs=1e-4)
    change = second[1] - first[1]
    assert change[0] - change[1:] == pytest.approx(np.full(comp.n_judges - 1, shift), abs=1e-3)


@QUIET
@given(panels(), st.integers(0, 10**6), st.sampled_from([True, False]))
def test_an_integer_weight_is_that_many_copies(comp: Composite, seed: int, exact: bool) -> None:
    times = np.random.default_rng(seed).integers(1, 4, len(comp.y))
    weighted = composite_from(comp.entry, comp.judge, comp.y, times.astype(float))
    copies = composite_from(*(np.repeat(a, times) for a in (comp.entry, comp.judge, comp.y)))
    for left, right in zip(_solve(weighted, 0.7, 0.4, exact), _solve(copies, 0.7, 0.4, exact), strict=True):
        assert left == pytest.approx(right, abs=1e-7)


@QUIET
@given(panels(), st.floats(0.01, 100), st.floats(0.01, 100))
def test_equations_are_solved_at_any_ratio(comp: Composite, g_entry: float, g_judge: float) -> None:
    brute = dense_blup(comp, g_entry, g_judge, 1.0)
    for exact in (True, False):
        entry, judge = _solve(comp, g_entry, g_judge, exact)
        assert entry == pytest.approx(brute["entry"], abs=1e-5)
        assert judge == pytest.approx(brute["judge"], abs=1e-5)


@QUIET
@given(panels(), st.integers(1, 3), st.sampled_from([True, False]))
def test_the_explanation_adds_up(comp: Composite, level: int, shrink: bool) -> None:
    fit = _fit(comp, level, shrink)
    for i in (0, comp.n_entries - 1):
        parts = explain(fit, i)
        mean = sum(c.weight * c.adjusted for c in parts.contributions)
        assert sum(c.weight for c in parts.contributions) == pytest.approx(1.0)
        assert mean == pytest.approx(parts.mean_adjusted)
        assert parts.base + parts.trust * (mean - parts.base) == pytest.approx(fit.entries.score[i], abs=1e-6)
        for c in parts.contributions:
            again = parts.base + (c.total - c.context - parts.base - c.leniency) / c.scale
            assert c.adjusted == pytest.approx(again)
            assert c.leniency == pytest.approx(fit.judges.leniency[c.judge_position], abs=1e-9)


def _fit(comp: Composite, level: int, shrink: bool = True):  # type: ignore[no-untyped-def]
    try:
        return calibrate(comp, level=level, pools="assume_equal_pools", shrink=shrink)
    except NotIdentifiable:
        raise AssertionError("every generated panel is identifiable") from None


def _solve(comp: Composite, g_entry: float, g_judge: float, exact: bool = True) -> tuple[np.ndarray, np.ndarray]:
    links = examine(comp)
    one = type(links)(
        links.rows,
        links.pairs,
        np.zeros_like(links.component),
        1,
        links.judges_of_entry,
        links.entries_of_judge,
        links.constant,
        links.judge_component,
        links.every_component,
    )
    likelihood = likelihood_of(comp, one, Options(1, "refuse", True, exact, 0))
    at = likelihood.solve(g_entry, g_judge)
    return likelihood.design.unit * at.entry_effect, likelihood.design.unit * at.judge_effect


def test_a_crawl_towards_the_optimum_ends() -> None:
    """Three judges, two scores an entry: the plain steps shrink by a twentieth each and took more than 200."""
    y = [
        102.05798625, 72.64898453, 19.73227758, 35.7563032, 41.02205537, 53.72717387, 49.20116829, 49.01063698,
        46.59887217, 48.19513101, 19.54195746, 56.45574464, 40.07458574, 16.46403443, 46.38470755, 53.81153065,
    ]
    judge = [1, 2, 2, 0, 0, 2, 0, 2, 2, 0, 0, 2, 1, 0, 0, 2]
    comp = composite_from(np.repeat(np.arange(8), 2), np.array(judge), np.array(y))
    fit = calibrate(comp, level=3, pools="assume_equal_pools", shrink=False)
    assert fit.converged
    assert fit.iterations < 3000
