"""Against lme4's printed optimum, and against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import Composite, calibrate, composite_from
from tests.unit.scoring.reference import dense_blup, panel, read

PENICILLIN = {
    "var_entry": 0.716908340635,
    "var_judge": 3.73091903383,
    "var_residual": 0.302415444955,
    "mu": 22.9722222222,
    "mu_se": 0.808573513719,
    "deviance": 330.860588991,
}
WINE = {
    "var_entry": 190.911703068,
    "var_judge": 72.5391878783,
    "var_residual": 158.429563469,
    "mu": 47.2222222222,
    "mu_se": 5.84159937445,
    "deviance": 595.023553404,
}


@pytest.fixture(scope="module")
def penicillin() -> Composite:
    return read("penicillin.csv", "plate", "sample", "diameter")


@pytest.fixture(scope="module")
def wine() -> Composite:
    return read("wine.csv", "bottle", "judge", "response")


def test_penicillin_equals_lme4(penicillin: Composite) -> None:
    fit = calibrate(penicillin, level="severity")
    for name, value in PENICILLIN.items():
        assert getattr(fit, name) == pytest.approx(value, rel=1e-5), name
    effect = dict(zip(fit.entries.ids.tolist(), fit.entries.effect.tolist(), strict=True))
    for plates, value in (
        ("m", 1.42742219667),
        ("okt", 0.960265841397),
        ("hab", 0.804547056306),
        ("n", 0.493109486123),
        ("d", 0.337390701031),
    ):
        for plate in plates:
            assert effect[plate] == pytest.approx(value, rel=1e-5)
    assert fit.entries.se == pytest.approx(np.full(24, 0.271359539839), rel=1e-5)
    assert fit.entries.score == pytest.approx(fit.mu + fit.entries.effect)
    assert fit.entries.n_judges.tolist() == [6] * 24
    assert fit.judges.n_entries.tolist() == [24] * 6
    assert fit.converged
    assert fit.warnings == ()


def test_wine_equals_lme4(wine: Composite) -> None:
    fit = calibrate(wine, level="severity")
    for name, value in WINE.items():
        assert getattr(fit, name) == pytest.approx(value, rel=1e-5), name
    assert fit.entries.ids[np.argmax(fit.entries.score)] == "7"
    assert fit.rank[np.argmax(fit.entries.score)] == 1


def test_unbalanced_weighted_fit_with_a_fixed_column_equals_brute_force() -> None:
    rng = np.random.default_rng(4)
    comp, _ = panel(3, 40, 8, 4)
    weight = rng.uniform(0.5, 3.0, len(comp.y))
    stage = rng.integers(0, 2, len(comp.y)).astype(float)
    keep = rng.random(len(comp.y)) < 0.8
    data = composite_from(comp.entry[keep], comp.judge[keep], (comp.y + 4 * stage)[keep], weight[keep], stage[keep])
    fit = calibrate(data, level="severity")
    brute = dense_blup(data, fit.var_entry, fit.var_judge, fit.var_residual)
    assert fit.mu == pytest.approx(brute["beta"][0], rel=1e-8)
    assert fit.fixed_effects == pytest.approx(brute["beta"][1:], rel=1e-8)
    assert fit.entries.effect == pytest.approx(brute["entry"], abs=1e-8)
    assert fit.judges.leniency == pytest.approx(brute["judge"], abs=1e-8)
    assert fit.entries.se == pytest.approx(brute["se"], rel=1e-8)
    assert fit.deviance == pytest.approx(brute["deviance"], rel=1e-10)
    for factor in ((1.02, 1, 1), (1, 1.02, 1), (1, 1, 1.02), (0.98, 1, 1), (1, 0.98, 1), (1, 1, 0.98)):
        worse = np.array([fit.var_entry, fit.var_judge, fit.var_residual]) * factor
        assert dense_blup(data, *worse)["deviance"] > fit.deviance


def test_iterative_mode_agrees_with_exact_mode_on_many_judges() -> None:
    comp, _ = panel(11, 3000, 500, 5, unequal_noise=0.0, unequal_scale=0.0)
    exact, iterative = calibrate(comp, level="severity", exact=True), calibrate(comp, level="severity", exact=False)
    for name in ("var_entry", "var_judge", "var_residual"):
        assert getattr(iterative, name) == pytest.approx(getattr(exact, name), rel=3e-3), name
    assert iterative.mu == pytest.approx(exact.mu, rel=1e-4)
    assert iterative.entries.effect == pytest.approx(exact.entries.effect, abs=0.01)
    assert iterative.entries.se == pytest.approx(exact.entries.se, rel=0.01)
    assert iterative.deviance == pytest.approx(exact.deviance, rel=1e-4)
    assert not iterative.exact


def test_iterative_predictions_are_exact_given_the_components() -> None:
    comp, _ = panel(12, 120, 30, 4)
    fit = calibrate(comp, level="severity", exact=False)
    brute = dense_blup(comp, fit.var_entry, fit.var_judge, fit.var_residual)
    assert fit.entries.effect == pytest.approx(brute["entry"], abs=1e-6)
    assert fit.judges.leniency == pytest.approx(brute["judge"], abs=1e-6)


def test_fixed_entries_are_the_limit_of_no_shrinkage() -> None:
    comp, _ = panel(5, 30, 6, 3)
    fit = calibrate(comp, level="severity", shrink=False)
    brute = dense_blup(comp, 1e7, fit.var_judge, fit.var_residual)
    centred = brute["entry"] - brute["entry"].mean()
    assert fit.entries.effect == pytest.approx(centred, abs=1e-3)
    assert fit.entries.score == pytest.approx(fit.mu + fit.entries.effect)
    for factor in (0.97, 1.03):
        assert _fixed_deviance(comp, fit.var_judge * factor, fit.var_residual) > fit.deviance
        assert _fixed_deviance(comp, fit.var_judge, fit.var_residual * factor) > fit.deviance
    assert _fixed_deviance(comp, fit.var_judge, fit.var_residual) == pytest.approx(fit.deviance, rel=1e-10)


def _fixed_deviance(comp: Composite, s_judge: float, s: float) -> float:
    z_judge, x = np.eye(comp.n_judges)[comp.judge], np.eye(comp.n_entries)[comp.entry]
    v = s_judge * z_judge @ z_judge.T + s * np.eye(len(comp.y))
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    left = comp.y - x @ np.linalg.solve(information, x.T @ inverse @ comp.y)
    log_dets = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
    return float((len(comp.y) - comp.n_entries) * np.log(2 * np.pi) + log_dets + left @ inverse @ left)


def test_fixed_entry_errors_are_those_of_the_difference_from_the_mean() -> None:
    comp, _ = panel(6, 12, 4, 3)
    fit = calibrate(comp, level="severity", shrink=False)
    z_judge, x = np.eye(comp.n_judges)[comp.judge], np.eye(comp.n_entries)[comp.entry]
    v = fit.var_judge * z_judge @ z_judge.T + fit.var_residual * np.eye(len(comp.y))
    covariance = np.linalg.inv(x.T @ np.linalg.inv(v) @ x)
    centre = np.eye(12) - 1.0 / 12
    assert fit.entries.se == pytest.approx(np.sqrt(np.diag(centre @ covariance @ centre)), rel=1e-6)
    assert fit.mu_se == pytest.approx(np.sqrt(covariance.mean()), rel=1e-6)


def test_a_component_without_variance_is_exactly_zero() -> None:
    """Judges that agree better than chance: lme4 calls this a singular fit."""
    rng = np.random.default_rng(0)
    entry, judge = np.repeat(np.arange(40), 5), np.tile(np.arange(5), 40)
    noise = rng.standard_normal((40, 5))
    noise -= noise.mean(axis=0)
    y = (2 * rng.standard_normal(40))[entry] + noise.ravel()
    fit = calibrate(composite_from(entry, judge, y), level="severity")
    assert fit.var_judge == 0.0
    assert fit.judges.leniency.tolist() == [0.0] * 5
    brute = dense_blup(fit.comp, fit.var_entry, 0.0, fit.var_residual)
    assert fit.deviance == pytest.approx(brute["deviance"], rel=1e-9)
    assert fit.entries.effect == pytest.approx(brute["entry"], abs=1e-8)


def test_entries_without_variance_all_score_the_mean() -> None:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((30, 6))
    noise -= noise.mean(axis=1, keepdims=True)
    y = noise + 3 * rng.standard_normal(6)
    fit = calibrate(composite_from(np.repeat(np.arange(30), 6), np.tile(np.arange(6), 30), y.ravel()), level="severity")
    assert fit.var_entry == 0.0
    assert fit.entries.score == pytest.approx(np.full(30, fit.mu))


def test_standard_errors_of_judges_in_blocks_without_a_dense_inverse() -> None:
    """Blocks of 20 judges with 3 % bridges: the diagonal of the system alone gives 5 to 19 % too little."""
    rng = np.random.default_rng(0)
    block = np.repeat(np.arange(20), 40)
    judge = np.array([rng.permutation(20)[:3] + 20 * b for b in block])
    bridge = rng.random(800) < 0.1
    judge[bridge, 0] = (judge[bridge, 0] + 20 * rng.integers(1, 19, bridge.sum())) % 400
    quality, leniency = 10 * rng.standard_normal(800), 7 * rng.standard_normal(400)
    y = 50 + quality[:, None] + leniency[judge] + 10 * rng.standard_normal((800, 3))
    comp = composite_from(np.repeat(np.arange(800), 3), judge.ravel(), y.ravel())
    exact = calibrate(comp, level="severity", exact=True, pools="largest")
    near = calibrate(comp, level="severity", exact=False, pools="largest")
    assert near.judges.se == pytest.approx(exact.judges.se, rel=0.01)
    assert near.entries.se == pytest.approx(exact.entries.se, rel=0.01)


def test_a_chain_of_thousands_of_judges_is_weakly_linked() -> None:
    rng = np.random.default_rng(1)
    judge = np.column_stack([np.arange(2000), np.arange(2000) + 1])
    y = rng.standard_normal((2000, 2)) + rng.standard_normal(2001)[judge] + rng.standard_normal(2000)[:, None]
    fit = calibrate(composite_from(np.repeat(np.arange(2000), 2), judge.ravel(), y.ravel()), level="severity")
    assert any("weakly linked" in warning for warning in fit.warnings)
