"""Small panels: the optimum is found, equals share places, and doubt is honest."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import (
    Composite,
    Disconnected,
    NotIdentifiable,
    calibrate,
    composite_from,
    linkage,
    next_best,
    posterior,
    top_k,
)
from scoring.maximum import maximise
from scoring.reml import Likelihood
from tests.unit.scoring.reference import rows


def case(name: str) -> Composite:
    table = rows(name)
    entry, judge, y = (np.array([float(r[key]) for r in table]) for key in ("entry", "judge", "y"))
    return composite_from(entry.astype(int), judge.astype(int), y)


def small_panel(seed: int, size: tuple[int, int, int], sd: tuple[float, float, float]) -> Composite:
    """Whole-number totals of entries x judges x reviews with standard deviations of entry, judge and noise."""
    rng = np.random.default_rng(seed)
    n_entries, n_judges, reviews = size
    quality, leniency = sd[0] * rng.standard_normal(n_entries), sd[1] * rng.standard_normal(n_judges)
    entry = np.repeat(np.arange(n_entries), reviews)
    judge = np.concatenate([rng.permutation(n_judges)[:reviews] for _ in range(n_entries)])
    y = 60 + quality[entry] + leniency[judge] + sd[2] * rng.standard_normal(len(entry))
    return composite_from(entry, judge, np.round(y))


def numerical_slope(likelihood: Likelihood, ratios: tuple[float, float]) -> list[float]:
    """Central differences of the deviance per log-ratio; one-sided, inward, at a ratio of zero."""
    out = []
    for c in range(2):
        ends = []
        for factor in (np.exp(1e-4), np.exp(-1e-4)):
            moved = list(ratios)
            moved[c] = ratios[c] * factor if ratios[c] > 0 else 1e-4 * (factor > 1)
            ends.append(likelihood.deviance(likelihood.solve(*moved)))
        out.append((ends[0] - ends[1]) / 2e-4 if ratios[c] > 0 else min(ends[0] - ends[1], 0.0))
    return out


def test_lme4s_optimum_is_found_where_the_step_used_to_stop() -> None:
    fit = calibrate(case("reml_8x4x2.csv"), level="severity")
    assert (fit.var_entry, fit.var_judge, fit.var_residual) == pytest.approx((50.81, 92.94, 57.20), abs=0.005)
    assert fit.deviance == pytest.approx(118.5083, abs=5e-5)
    assert fit.rank.tolist() == [6, 3, 5, 8, 1, 4, 2, 7]
    assert fit.converged


@pytest.mark.parametrize("size", [(8, 4, 2), (12, 5, 2), (20, 6, 2), (12, 5, 3)])
def test_every_small_panel_ends_where_the_deviance_is_flat(size: tuple[int, int, int]) -> None:
    for seed in range(25):
        comp = small_panel(seed, size, ((5, 5, 9), (3, 8, 10), (8, 8, 4))[seed % 3])
        fit = calibrate(comp, level="severity", pools="assume_equal_pools")
        likelihood, at = fit.model.likelihood, fit.model.solution
        assert fit.converged
        assert np.abs(numerical_slope(likelihood, at.ratios)).max() < 1e-3
        for start in ((1.0, 1.0), (0.05, 2.0), (4.0, 0.02)):
            other = maximise(likelihood, start, thorough=False).solution
            assert likelihood.deviance(at) <= likelihood.deviance(other) + 1e-6


def test_without_entry_variance_nobody_wins_by_position() -> None:
    comp = case("no_entry_variance_12x5x3.csv")
    fit = calibrate(comp)
    assert fit.var_entry == 0.0
    assert any("hardly distinguish" in warning for warning in fit.warnings)
    top = top_k(fit, 3)
    assert top.method == "integrated"
    assert top.p.sum() == pytest.approx(3.0)
    assert int(np.argmax(top.p)) == 11
    assert (top.rank_lo <= 2).all()
    assert (top.rank_hi >= 10).all()
    names = np.random.default_rng(0).permutation(12)
    renamed = top_k(calibrate(composite_from(names[comp.entry], comp.judge, comp.y)), 3)
    assert renamed.p[names] == pytest.approx(top.p, abs=0.06)
    post = posterior(fit)
    assert (post.se > 2.0).all()
    assert (post.lo < post.score).all()


@pytest.mark.parametrize("method", ["plugin", "joint"])
def test_equals_share_their_places(method: str) -> None:
    top = top_k(calibrate(case("no_entry_variance_12x5x3.csv"), level="severity"), 3, method)
    assert top.p == pytest.approx(np.full(12, 0.25))
    assert top.rank_lo.tolist() == [1] * 12
    assert top.rank_hi.tolist() == [12] * 12
    assert top.rank.tolist() == [1] * 12


def test_many_entries_without_variance_share_their_places() -> None:
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((150, 4))
    noise -= noise.mean(axis=1, keepdims=True)
    judge = np.array([rng.permutation(40)[:4] for _ in range(150)])
    fit = calibrate(composite_from(np.repeat(np.arange(150), 4), judge.ravel(), noise.ravel()), level="severity")
    assert fit.var_entry == 0.0
    top = top_k(fit, 15, "plugin")
    assert top.p == pytest.approx(np.full(150, 0.1))
    assert set(top.rank_lo.tolist()) == {1}
    assert set(top.rank_hi.tolist()) == {150}
    assert top_k(fit, 15).p.sum() == pytest.approx(15.0)


def test_the_next_score_can_be_ranked_without_entry_variance() -> None:
    fit = calibrate(case("no_entry_variance_12x5x3.csv"), level="severity")
    ranked = next_best(fit, 3, [(0, 1), (11, 1), (5, 0)])
    assert len(ranked) == 3
    assert np.isfinite(ranked.gain).all()


def test_the_largest_pool_is_calibrated_and_the_missing_bridge_named() -> None:
    comp = case("one_stray_entry_25x8.csv")
    with pytest.raises(Disconnected) as refused:
        calibrate(comp)
    (bridge,) = refused.value.missing
    assert (bridge.entries, bridge.judges) == ((24,), (6, 7))
    assert bridge.largest_judges == (0, 1, 2, 3, 4, 5)
    assert linkage(comp).missing == refused.value.missing
    fit = calibrate(comp, pools="largest")
    assert np.isfinite(fit.entries.score[:24]).all()
    assert np.isnan(fit.entries.score[24])
    assert fit.entries.component.tolist() == [0] * 24 + [1]
    assert any("Not comparable: entries 24" in warning for warning in fit.warnings)
    keep = comp.entry < 24
    alone = calibrate(composite_from(comp.entry[keep], comp.judge[keep], comp.y[keep]))
    assert fit.entries.score[:24] == pytest.approx(alone.entries.score)
    assert top_k(fit, 3).p.sum() == pytest.approx(3.0)
    assert top_k(fit, 3).p[24] == 0.0


def test_entries_of_one_pool_can_compete_within_pools() -> None:
    fit = calibrate(case("one_stray_entry_25x8.csv"), pools="within")
    inside = np.arange(25) < 24
    assert top_k(fit, 3, among=inside).p.sum() == pytest.approx(3.0)
    with pytest.raises(Disconnected):
        top_k(fit, 3)


def test_intervals_of_flat_panels_hold_the_truth() -> None:
    """12 entries, 5 judges, 3 reviews, much noise: plug-in intervals hold it in 70 % of cases."""
    inside, plugged, brier, plain = [], [], [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        quality, leniency = 5 * rng.standard_normal(12), 5 * rng.standard_normal(5)
        entry = np.repeat(np.arange(12), 3)
        judge = np.concatenate([rng.permutation(5)[:3] for _ in range(12)])
        comp = composite_from(entry, judge, quality[entry] + leniency[judge] + 9 * rng.standard_normal(36))
        try:
            fit = calibrate(comp)
        except NotIdentifiable:
            continue
        post, top = posterior(fit, draws=500), np.zeros(12)
        top[np.argsort(-quality)[:3]] = 1.0
        inside.append(((post.lo <= quality + fit.mu) & (quality + fit.mu <= post.hi)).mean())
        plugged.append((np.abs(fit.entries.effect - quality) < 1.96 * fit.entries.se).mean())
        brier.append(np.square(top_k(fit, 3, draws=400).p - top).mean())
        plain.append(np.square(top_k(fit, 3, "plugin").p - top).mean())
    assert np.mean(inside) > 0.92 > 0.85 > np.mean(plugged)
    assert np.mean(brier) < np.mean(plain)


def test_the_same_seed_gives_the_same_posterior_and_integration_has_limits() -> None:
    fit = calibrate(small_panel(4, (20, 6, 3), (8, 5, 8)))
    first, second = posterior(fit, seed=3), posterior(fit, seed=3)
    assert first.lo.tolist() == second.lo.tolist()
    assert posterior(fit, seed=4).lo.tolist() != first.lo.tolist()
    assert posterior(fit, "plugin").se.tolist() == fit.entries.se.tolist()
    narrow = posterior(fit, level=0.5)
    assert ((narrow.lo > first.lo) & (narrow.hi < first.hi)).all()
