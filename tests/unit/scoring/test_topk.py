from __future__ import annotations

import numpy as np
import pytest

from scoring import ScoringError, calibrate, composite_from, entry_draws, top_k
from tests.unit.scoring.reference import panel, read


@pytest.mark.parametrize("method", ["plugin", "joint"])
@pytest.mark.parametrize("k", [1, 7, 29, 30, 45])
def test_probabilities_sum_to_the_places(method: str, k: int) -> None:
    fit = calibrate(panel(1, 30, 6, 3)[0], level="severity")
    top = top_k(fit, k, method, draws=64)
    assert top.p.sum() == pytest.approx(min(k, 30), abs=1e-6)
    assert top.method == method
    assert ((top.rank_lo >= 1) & (top.rank_lo <= top.rank_hi) & (top.rank_hi <= 30)).all()
    assert top.k == k


def test_methods_agree_where_entries_share_little() -> None:
    fit = calibrate(panel(2, 400, 60, 4)[0], level="severity")
    plugin, joint = top_k(fit, 40, "plugin"), top_k(fit, 40, "joint", draws=2000)
    assert plugin.p == pytest.approx(joint.p, abs=0.05)
    assert np.abs(plugin.rank_lo - joint.rank_lo).mean() < 6
    assert np.abs(plugin.rank_hi - joint.rank_hi).mean() < 6
    assert top_k(fit, 40).method == "plugin"
    assert top_k(calibrate(panel(2, 40, 60, 4)[0], level="severity"), 4).method == "integrated"


@pytest.mark.parametrize("exact", [True, False])
def test_draws_have_the_posterior_mean_and_spread(exact: bool) -> None:
    fit = calibrate(panel(3, 60, 12, 4)[0], level="severity", exact=exact)
    draws = np.concatenate(list(entry_draws(fit, 4000, seed=5)), axis=1)
    assert draws.shape == (60, 4000)
    centred = draws - draws.mean(axis=0)
    reference = calibrate(panel(3, 60, 12, 4)[0], level="severity")
    exact_draws = np.concatenate(list(entry_draws(reference, 4000, seed=6)), axis=1)
    assert draws.mean(axis=1) == pytest.approx(fit.entries.score, abs=4 * fit.entries.se.max() / 60)
    other = (exact_draws - exact_draws.mean(axis=0)).std(axis=1)
    assert centred.std(axis=1) == pytest.approx(other, rel=0.12)


def test_the_shared_part_of_the_judges_errors_cancels_in_joint_draws() -> None:
    """Six samples on all plates: entries are compared far better than each is known."""
    fit = calibrate(read("penicillin.csv", "plate", "sample", "diameter"), level="severity")
    draws = np.concatenate(list(entry_draws(fit, 2000)), axis=1)
    contrast = (draws[0] - draws[1]).std()
    assert contrast == pytest.approx(np.sqrt(2 * fit.var_residual / 6 * 0.9343), rel=0.08)
    assert contrast < np.sqrt(2) * fit.entries.se[0] * 0.95


def test_same_seed_same_answer() -> None:
    fit = calibrate(panel(4, 50, 8, 3)[0], level="severity")
    first, second = (top_k(fit, 5, "joint", draws=100, seed=9) for _ in range(2))
    assert first.p.tolist() == second.p.tolist()
    assert first.rank_lo.tolist() == second.rank_lo.tolist()
    assert first.p.tolist() != top_k(fit, 5, "joint", draws=100, seed=10).p.tolist()


def test_boundary_holds_who_is_too_close_to_call() -> None:
    rng = np.random.default_rng(0)
    quality = np.array([90.0, 60.0, 60.2, 59.8, 20.0, 21.0])
    entry, judge = np.repeat(np.arange(6), 6), np.tile(np.arange(6), 6)
    noise = 2 * rng.standard_normal((6, 6))
    noise -= noise.mean(axis=1, keepdims=True)
    fit = calibrate(composite_from(entry, judge, quality[entry] + noise.ravel()), level="severity")
    top = top_k(fit, 2)
    assert sorted(top.boundary.tolist()) == [1, 2, 3]
    assert top.boundary[0] == 1 + int(np.argmax(fit.entries.score[1:4]))
    assert top.p[0] > 0.99
    assert top.p[4:].max() < 0.01


def test_only_those_who_compete_take_places() -> None:
    base = np.array([9.0, 7.0, 5.0, 1.0])
    entry, judge = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    fit = calibrate(composite_from(entry, judge, base[entry] + np.array([0.0, 1.0, 2.0])[judge]), level="severity")
    expected = {
        "plugin": ([0, 1, 1, 2], [0, 2, 3, 3], [0.0, 0.98, 0.02, 0.0]),  # approximate: made for many entries
        "joint": ([0, 1, 2, 3], [0, 1, 2, 3], [0.0, 1.0, 0.0, 0.0]),
    }
    for method, (low, high, chance) in expected.items():
        top = top_k(fit, 1, method, among=np.array([False, True, True, True]))
        assert top.rank.tolist() == [0, 1, 2, 3]
        assert (top.rank_lo.tolist(), top.rank_hi.tolist()) == (low, high)
        assert top.p == pytest.approx(chance, abs=0.05)
    with pytest.raises(ScoringError, match="No entry"):
        top_k(fit, 1, among=np.zeros(4, dtype=bool))


def test_ties_at_the_cut_are_all_in_the_boundary() -> None:
    base = np.array([9.0, 5.0, 5.0, 1.0])
    entry, judge = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    fit = calibrate(composite_from(entry, judge, base[entry] + np.array([0.0, 1.0, 2.0])[judge]), level="severity")
    top = top_k(fit, 2)
    assert top.rank.tolist() == [1, 2, 2, 4]
    assert sorted(top.boundary.tolist()) == [1, 2]


@pytest.mark.parametrize("arguments", [{"k": 0}, {"k": 2, "draws": 0}, {"k": 2, "method": "guess"}])
def test_arguments_are_checked(arguments: dict[str, object]) -> None:
    with pytest.raises(ScoringError):
        top_k(calibrate(panel(1, 10, 4, 3)[0], level="severity"), **arguments)  # type: ignore[arg-type]
