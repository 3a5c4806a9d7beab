"""Against simulated truth: calibration finds the best entries more often, and knows how sure it is."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scoring import Criterion, Scores, aggregate, calibrate, composite, composite_from, top_k
from tests.unit.scoring.reference import panel, rows

SEEDS = 30


def best(values: NDArray[np.float64], k: int) -> NDArray[np.bool_]:
    out = np.zeros(len(values), dtype=bool)
    out[np.argsort(-values, kind="stable")[:k]] = True
    return out


@pytest.fixture(scope="module")
def measured() -> dict[str, NDArray[np.float64]]:
    """Precision of the top 10 %, Brier score of P(top-k) and coverage; columns mean, L1, L2, L3."""
    precision, brier, coverage = [], [], []
    for seed in range(SEEDS):
        comp, truth = panel(seed)
        top = best(truth, 30)
        fits = [calibrate(comp, level=level) for level in (1, 2, 3)]
        scores = [aggregate(comp).score, *(f.entries.score for f in fits)]
        precision.append([top[best(s, 30)].mean() for s in scores])
        brier.append([float(np.square(top_k(f, 30, "plugin").p - top).mean()) for f in fits])
        coverage.append([float((np.abs(f.entries.effect - truth) < 1.96 * f.entries.se).mean()) for f in fits])
    return {
        "precision": np.mean(precision, axis=0),
        "brier": np.mean(brier, axis=0),
        "coverage": np.mean(coverage, axis=0),
    }


def test_precision_rises_with_every_level(measured: dict[str, NDArray[np.float64]]) -> None:
    mean, first, second, third = measured["precision"]
    assert mean < first <= second <= third
    assert third - mean > 0.05


def test_brier_score_falls_with_every_level(measured: dict[str, NDArray[np.float64]]) -> None:
    first, second, third = measured["brier"]
    assert first > second > third


def test_intervals_hold_what_they_promise_and_severity_is_taken_out() -> None:
    """Judges that differ in severity alone, by 0.7 of the entries' own spread: level 1 gains 3 points of
    precision in the top 10 %.  A hundred panels put the standard error of that gain at 0.6 points."""
    inside, gained = [], []
    for seed in range(100):
        comp, truth = panel(seed, severity=0.7, unequal_noise=0.0, unequal_scale=0.0)
        fit = calibrate(comp, level="severity")
        inside.append((np.abs(fit.entries.effect - truth) < 1.96 * fit.entries.se).mean())
        top = best(truth, 30)
        gained.append(top[best(fit.entries.score, 30)].mean() - top[best(aggregate(comp).score, 30)].mean())
    assert 0.93 <= np.mean(inside) <= 0.97
    assert np.mean(gained) >= 0.03


def test_unequal_judges_are_told_apart() -> None:
    rng = np.random.default_rng(7)
    quality = 10 * rng.standard_normal(400)
    entry = np.repeat(np.arange(400), 5)
    judge = np.concatenate([rng.permutation(20)[:5] for _ in range(400)])
    noise, scale = np.where(np.arange(20) < 10, 5.0, 15.0), np.where(np.arange(20) % 2, 1.4, 0.7)
    y = 50 + scale[judge] * quality[entry] + noise[judge] * rng.standard_normal(2000)
    fit = calibrate(composite_from(entry, judge, y), level=3)
    assert fit.judges.noise_ratio[:10].max() < 1 < fit.judges.noise_ratio[10:].min()
    assert np.corrcoef(fit.judges.scale, scale)[0, 1] > 0.9
    assert np.exp(np.log(fit.judges.scale).mean()) == pytest.approx(1.0)
    equal = calibrate(panel(3, unequal_noise=0.0, unequal_scale=0.0)[0], level=2)
    assert equal.judges.noise_ratio == pytest.approx(np.ones(20), abs=0.25)


@pytest.mark.parametrize("method", ["plugin", "joint"])
def test_probabilities_are_calibrated(method: str) -> None:
    """Among entries given a chance of about p, a share of about p is in the top."""
    chance, hit = [], []
    for seed in range(12):
        comp, truth = panel(seed, unequal_noise=0.0, unequal_scale=0.0)
        result = top_k(calibrate(comp, level="severity"), 30, method, draws=200, seed=seed)
        chance.append(result.p)
        hit.append(best(truth, 30))
    p, top = np.concatenate(chance), np.concatenate(hit)
    for low, high in ((0.0, 0.05), (0.05, 0.3), (0.3, 0.7), (0.7, 1.01)):
        inside = (p >= low) & (p < high)
        assert top[inside].mean() == pytest.approx(p[inside].mean(), abs=0.06), (low, high)


@pytest.mark.parametrize("method", ["plugin", "joint"])
def test_rank_intervals_hold_the_true_rank(method: str) -> None:
    inside = []
    for seed in range(10):
        comp, truth = panel(seed, unequal_noise=0.0, unequal_scale=0.0)
        result = top_k(calibrate(comp, level="severity"), 30, method, draws=300, seed=seed)
        rank = 1 + np.argsort(np.argsort(-truth))
        inside.append(((result.rank_lo <= rank) & (rank <= result.rank_hi)).mean())
    assert 0.93 <= np.mean(inside) <= 0.98


def test_multicriteria_panel_with_gaps() -> None:
    """The stored panel: 5 % of the cells missing, judges of unequal reliability and scale."""
    table, truth_rows = rows("sim_multicriteria.csv"), rows("sim_multicriteria_truth.csv")
    values = [[float(r[c]) if r[c] else np.nan for c in ("c1", "c2", "c3", "c4", "c5")] for r in table]
    scores = Scores([int(r["entry"]) for r in table], [int(r["judge"]) for r in table], values)
    comp = composite(scores, [Criterion(f"c{k}", 20, 0, 10) for k in range(1, 6)])
    truth = np.array([float(r["quality"]) for r in truth_rows])
    assert comp.coverage.min() < 1.0
    correlation = [np.corrcoef(aggregate(comp).score, truth)[0, 1]]
    correlation += [np.corrcoef(calibrate(comp, level=x).entries.score, truth)[0, 1] for x in (1, 2, 3)]
    assert correlation == sorted(correlation)
