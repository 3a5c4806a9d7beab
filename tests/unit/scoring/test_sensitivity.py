"""Influence of a judge, grades that decide, lotteries, predictions: against doing it the long way."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from scoring import (
    Criterion,
    Fit,
    Rule,
    Scores,
    ScoringError,
    Standing,
    calibrate,
    composite_from,
    draw,
    fragility,
    influence,
    lottery,
    official,
    posterior,
    predict,
    simulate,
    update,
)
from tests.unit.scoring.reference import panel


@pytest.fixture(scope="module")
def fit() -> Fit:
    return calibrate(panel(3, 40, 8, 4)[0], level="scale")


def test_influence_is_a_fit_without_the_judge_at_the_same_components(fit: Fit) -> None:
    result = influence(fit, 8)
    best = set(np.argsort(-fit.entries.score)[:8].tolist())
    for judge in range(8):
        mine = np.flatnonzero(fit.comp.judge == judge)
        late = Scores(fit.comp.entry[mine], fit.comp.judge[mine], np.full((len(mine), 1), np.nan),
                      entry_ids=range(40), judge_ids=range(8))
        without = update(fit, late)
        chosen = set(np.argsort(-without.entries.score)[:8].tolist())
        assert set(result.enters[judge]) == chosen - best
        assert set(result.leaves[judge]) == best - chosen
        assert result.places[judge] == len(chosen - best)
    assert result.places.max() > 0


def changed_selection(scores: Scores, criteria: list[Criterion], rule: Rule, k: int) -> set[tuple[int, int, str, int]]:
    """Every grade moved by one step and the rule applied again."""
    def best(values: np.ndarray) -> set[int]:
        rank = official(Scores(scores.entry, scores.judge, values, entry_ids=range(6)), criteria, rule).rank
        return set(np.flatnonzero((rank > 0) & (rank <= k)).tolist())

    before, out = best(scores.values), set()
    for row, c, sign in itertools.product(range(len(scores.entry)), range(len(criteria)), (1, -1)):
        values = scores.values.copy()
        values[row, c] += sign * float(criteria[c].step or 0)
        inside = float(criteria[c].lo) <= values[row, c] <= float(criteria[c].hi)
        if inside and best(values) != before:
            out.add((int(scores.entry[row]), int(scores.judge[row]), criteria[c].id, sign))
    return out


@pytest.mark.parametrize("seed", range(12))
def test_deciding_grades_are_those_that_change_the_official_selection(seed: int) -> None:
    rng = np.random.default_rng(seed)
    criteria = [Criterion("fit", 2, 0, 10, step=1, gate=seed % 2 == 0), Criterion("safety", 1, 0, 5, step="0.5")]
    rule = Rule(("mean", "trimmed", "median")[seed % 3], quorum=2, trim_from=3, tie_break=("safety", "untrimmed_mean"))
    entry, judge = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    values = np.column_stack([rng.integers(4, 9, 24), rng.integers(3, 8, 24) / 2])
    scores = Scores(entry, judge, values, entry_ids=range(6))
    result = fragility(official(scores, criteria, rule), 3)
    grades = {(d.entry, d.judge, str(d.criterion), d.step) for d in result.deciding}
    assert grades == changed_selection(scores, criteria, rule, 3)
    assert result.grades == 48
    assert set(result.entries) == {entry for entry, *_ in grades}


def test_deciding_totals_of_a_calibration(fit: Fit) -> None:
    result = fragility(fit, 8, step=5.0)
    best = set(np.argsort(-fit.entries.score)[:8].tolist())
    deciding = {(d.entry, d.judge, d.step): d for d in result.deciding}
    assert deciding
    rows = np.random.default_rng(0).choice(len(fit.comp.y), 25, replace=False)
    for row, sign in itertools.product(rows.tolist(), (1, -1)):
        entry, judge = fit.comp.entry[[row]], fit.comp.judge[[row]]
        moved = update(fit, composite_from(entry, judge, fit.comp.y[[row]] + 5.0 * sign,
                                           entry_ids=range(40), judge_ids=range(8)))
        changed = set(np.argsort(-moved.entries.score)[:8].tolist()) != best
        assert changed == ((int(entry[0]), int(judge[0]), sign) in deciding)


def test_a_result_without_steps_or_of_another_kind_is_refused(fit: Fit) -> None:
    standing: Standing = official(Scores([0, 0], [0, 1], [[1], [2]]), [Criterion("c", 1, 0, 5)], Rule("mean", 1))
    with pytest.raises(ScoringError, match="no step"):
        fragility(standing, 1)
    with pytest.raises(ScoringError, match="official result or a fit"):
        fragility("best", 1)  # type: ignore[arg-type]
    with pytest.raises(ScoringError, match="step"):
        fragility(fit, 3, step=-1.0)


@pytest.mark.parametrize("method", ["clipped_linear", "maximin"])
def test_lottery_probabilities_sum_to_the_places_and_follow_the_scores(fit: Fit, method: str) -> None:
    p = lottery(fit, 8, method=method)
    assert p.sum() == pytest.approx(8.0, abs=1e-6)
    assert ((p >= 0) & (p <= 1)).all()
    score = posterior(fit).score
    assert p[np.argmax(score)] == pytest.approx(1.0)
    assert p[np.argmin(score)] == pytest.approx(0.0)
    assert np.corrcoef(p, score)[0, 1] > 0.5
    some = score > np.median(score)
    inside = lottery(fit, 8, method=method, among=some)
    assert inside[~some].sum() == 0.0
    assert inside.sum() == pytest.approx(8.0, abs=1e-6)


def test_maximin_has_the_best_worst_case() -> None:
    """Against all sets that the intervals allow, on a small panel."""
    fit = calibrate(panel(5, 7, 4, 3)[0], level="severity")
    post, k = posterior(fit, level=0.5), 3
    allowed = [
        chosen for chosen in itertools.combinations(range(7), k)
        if all(post.lo[out] <= post.hi[i] for i in chosen for out in set(range(7)) - set(chosen))
    ]
    worst = {method: min(lottery(fit, k, method=method)[list(chosen)].sum() for chosen in allowed)
             for method in ("maximin", "clipped_linear")}
    assert len(allowed) > 1
    assert worst["maximin"] >= worst["clipped_linear"] - 1e-6
    assert worst["maximin"] >= min(np.full(7, k / 7)[list(chosen)].sum() for chosen in allowed) - 1e-6


def test_a_budget_is_kept_in_expectation(fit: Fit) -> None:
    cost = np.random.default_rng(0).uniform(1, 3, 40)
    p = lottery(fit, 10, cost, 12.0)
    assert cost @ p == pytest.approx(12.0, abs=1e-6)
    assert lottery(fit, 3, cost, 1000.0).sum() == pytest.approx(3.0)
    with pytest.raises(ScoringError, match="together"):
        lottery(fit, 3, cost)
    with pytest.raises(ScoringError, match="budget"):
        lottery(fit, 3, cost, 5.0, method="maximin")


def test_draws_have_their_probabilities_and_can_be_repeated() -> None:
    p = np.array([1.0, 0.9, 0.5, 0.5, 0.1, 0.0])
    hits = np.zeros(6)
    for seed in range(4000):
        chosen = draw(p, f"seed {seed}")
        assert len(chosen) == 3
        hits[chosen] += 1
    assert hits / 4000 == pytest.approx(p, abs=0.025)
    assert draw(p, "again").tolist() == draw(p, "again").tolist()
    for bad in ([0.5, 1.2], [[0.5]], [np.nan]):
        with pytest.raises(ScoringError):
            draw(bad, 1)
    with pytest.raises(ScoringError, match="seed"):
        draw(p, 1.5)  # type: ignore[arg-type]


def test_predictions_are_what_judges_give(fit: Fit) -> None:
    pairs = np.column_stack([fit.comp.entry, fit.comp.judge])
    prediction = predict(fit, pairs)
    left = fit.comp.y - prediction.mean
    assert np.abs(left / prediction.sd).std() < 1.0
    assert np.corrcoef(prediction.mean, fit.comp.y)[0, 1] > 0.7
    with pytest.raises(ScoringError, match="inside"):
        predict(fit, [(40, 0)])


def test_simulated_panels_have_the_fits_components() -> None:
    fit = calibrate(panel(9, 200, 20, 4, unequal_noise=0.0, unequal_scale=0.0)[0], level="severity")
    again = [calibrate(simulate(fit, seed), level="severity") for seed in range(12)]
    assert np.mean([f.var_residual for f in again]) == pytest.approx(fit.var_residual, rel=0.05)
    assert np.mean([f.var_entry for f in again]) == pytest.approx(fit.var_entry, rel=0.15)
    assert simulate(fit, 1).y.tolist() == simulate(fit, 1).y.tolist()
    assert simulate(fit, 1).y.tolist() != simulate(fit, 2).y.tolist()
