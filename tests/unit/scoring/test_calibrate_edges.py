"""Every awkward input has a defined answer."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import (
    Composite,
    Criterion,
    Disconnected,
    InvalidScores,
    NotIdentifiable,
    Scores,
    ScoringError,
    calibrate,
    composite,
    composite_from,
    top_k,
)
from tests.unit.scoring.reference import panel


def two_pools(gap: float = 10.0) -> Composite:
    """Pool 0 has entries 0-39 and judges 0-5, pool 1 entries 40-59 and judges 6-9, scored ``gap`` higher."""
    first, _ = panel(1, 40, 6, 3, unequal_noise=0, unequal_scale=0)
    second, _ = panel(2, 20, 4, 3, unequal_noise=0, unequal_scale=0)
    return composite_from(
        np.concatenate([first.entry, second.entry + 40]),
        np.concatenate([first.judge, second.judge + 6]),
        np.concatenate([first.y, second.y + gap]),
    )


@pytest.mark.parametrize(
    ("entry", "judge", "y", "reason"),
    [
        ([], [], [], "no score"),
        ([0, 0, 0], [0, 1, 2], [1, 2, 3], "only one entry"),
        ([0, 1, 2], [0, 0, 0], [1, 2, 3], "only one judge"),
        ([0, 1, 2, 3], [0, 0, 1, 1], [1, 2, 3, 4], "two judges"),
        ([0, 0, 1, 1], [0, 1, 0, 1], [5, 5, 5, 5], "equal"),
    ],
)
def test_what_cannot_be_known_is_said(entry: list[int], judge: list[int], y: list[float], reason: str) -> None:
    with pytest.raises(NotIdentifiable, match=reason):
        calibrate(composite_from(np.array(entry, dtype=int), np.array(judge, dtype=int), y), level="severity")


def test_unlinked_pools_are_refused_with_their_entries() -> None:
    with pytest.raises(Disconnected) as refused:
        calibrate(two_pools(), level="severity")
    assert refused.value.components == (tuple(range(40)), tuple(range(40, 60)))


def test_within_ranks_each_pool_and_has_no_common_top() -> None:
    fit = calibrate(two_pools(), level="severity", pools="within")
    assert fit.entries.component.tolist() == [0] * 40 + [1] * 20
    assert sorted(fit.rank[:40].tolist()) == list(range(1, 41))
    assert sorted(fit.rank[40:].tolist()) == list(range(1, 21))
    with pytest.raises(Disconnected):
        top_k(fit, 5)


def test_equal_pools_give_the_gap_to_the_judges() -> None:
    near, far = (calibrate(two_pools(gap), level="severity", pools="assume_equal_pools") for gap in (10.0, 60.0))
    assert far.entries.effect == pytest.approx(near.entries.effect, abs=1e-6)
    moved = far.judges.leniency - near.judges.leniency
    assert moved[6:] - moved[0] == pytest.approx(np.full(4, 50.0), abs=1e-6)
    assert far.entries.score == pytest.approx(far.mu + far.entries.effect)


def test_equal_judges_give_the_gap_to_the_entries() -> None:
    near, far = (calibrate(two_pools(gap), level="severity", pools="assume_equal_judges") for gap in (10.0, 60.0))
    assert far.judges.leniency == pytest.approx(near.judges.leniency, abs=1e-6)
    moved = far.entries.score - near.entries.score
    assert moved == pytest.approx([0.0] * 40 + [50.0] * 20, abs=1e-6)
    within = calibrate(two_pools(10.0), level="severity", pools="within")
    assert (near.entries.se > within.entries.se).all()
    assert top_k(near, 5, draws=200).method == "integrated"


@pytest.mark.parametrize("pools", ["within", "assume_equal_pools", "assume_equal_judges"])
@pytest.mark.parametrize("shrink", [True, False])
def test_pool_options_also_for_fixed_entries(pools: str, shrink: bool) -> None:
    fit = calibrate(two_pools(), level="severity", pools=pools, shrink=shrink)
    assert np.isfinite(fit.entries.score).all()
    assert np.isfinite(fit.judges.leniency).all()
    assert any("not linked" in warning for warning in fit.warnings)


def test_linked_pools_do_not_care_about_the_option() -> None:
    comp, _ = panel(9, 30, 6, 3)
    options = ("refuse", "largest", "within", "assume_equal_pools")
    scores = {calibrate(comp, level="severity", pools=p).entries.score.tobytes() for p in options}
    assert len(scores) == 1


@pytest.mark.parametrize("exact", [True, False])
def test_noiseless_scores_are_recovered(exact: bool) -> None:
    rng = np.random.default_rng(3)
    quality, leniency = 60 + 10 * rng.standard_normal(30), 5 * rng.standard_normal(8)
    entry = np.repeat(np.arange(30), 3)
    judge = np.concatenate([rng.permutation(8)[:3] for _ in range(30)])
    fit = calibrate(composite_from(entry, judge, quality[entry] + leniency[judge]), level="severity", exact=exact)
    assert any("free of noise" in warning for warning in fit.warnings)
    gaps = fit.entries.score - fit.entries.score[0]
    assert gaps == pytest.approx(quality - quality[0], abs=1e-5)
    assert fit.rank.tolist() == (1 + np.argsort(np.argsort(-quality))).tolist()


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_constant_judge_is_reported_and_loses_weight(level: int) -> None:
    comp, _ = panel(8, 60, 8, 4)
    y = np.where(comp.judge == 3, 50.0, comp.y)
    fit = calibrate(composite_from(comp.entry, comp.judge, y), level=level)
    assert fit.judges.flags[3] == ("constant",)
    assert np.isfinite(fit.judges.leniency).all()
    assert np.isfinite(fit.entries.score).all()
    assert np.isnan(fit.judges.noise_ratio[3]) == (level > 1)
    others = np.delete(fit.judges.noise_ratio, 3)
    assert ((others >= 0.25) & (others <= 4)).all()
    if level > 1:
        noise = y + np.where(comp.judge == 3, 30.0, 0.0)
        moved = calibrate(composite_from(comp.entry, comp.judge, noise), level=level)
        assert moved.entries.score == pytest.approx(fit.entries.score, abs=1e-9)


def test_a_constant_judge_who_is_the_only_link_keeps_weight() -> None:
    entry = [0, 0, 1, 1, 2, 2, 0, 1, 2, 3, 4, 5, 3, 3, 4, 4, 5, 5]
    judge = [0, 1, 0, 1, 0, 1, 2, 2, 2, 2, 2, 2, 3, 4, 3, 4, 3, 4]
    y = [1, 2, 5, 7, 3, 4, 5, 5, 5, 5, 5, 5, 9, 8, 4, 5, 6, 2]
    fit = calibrate(composite_from(entry, judge, y), level=2)
    assert fit.judges.flags[2] == ("constant",)
    assert fit.judges.noise_ratio[2] >= 1.0
    assert np.isfinite(fit.entries.score).all()


def test_judges_with_few_entries_keep_reliability_and_scale_one() -> None:
    comp, _ = panel(4, 60, 10, 3)
    entry, judge = np.append(comp.entry, [0, 1, 2, 3]), np.append(comp.judge, [10, 10, 10, 10])
    fit = calibrate(composite_from(entry, judge, np.append(comp.y, [90, 10, 80, 20])), level=3)
    assert fit.judges.flags[10] == ("few_entries",)
    assert fit.judges.noise_ratio[10] == 1.0
    assert fit.judges.scale[10] == 1.0


def test_entries_and_judges_without_scores_have_rows_but_no_numbers() -> None:
    comp, _ = panel(6, 20, 5, 3)
    wide = composite_from(comp.entry, comp.judge, comp.y, entry_ids=range(22), judge_ids=list("abcdefg"))
    fit, plain = calibrate(wide, level="severity"), calibrate(comp, level="severity")
    assert fit.entries.score[:20] == pytest.approx(plain.entries.score)
    assert np.isnan(fit.entries.score[20:]).all()
    assert fit.rank[20:].tolist() == [0, 0]
    assert fit.entries.component[20:].tolist() == [-1, -1]
    assert fit.entries.n_judges[20:].tolist() == [0, 0]
    assert fit.judges.flags[5:] == (("no_scores",), ("no_scores",))
    assert np.isnan(fit.judges.leniency[5:]).all()
    assert top_k(fit, 3).p[20:].tolist() == [0.0, 0.0]
    assert fit.deviance == pytest.approx(plain.deviance)


def test_replicates_are_measurements_and_named_in_a_warning() -> None:
    comp, _ = panel(2, 20, 5, 3)
    twice = composite_from(np.append(comp.entry, 0), np.append(comp.judge, comp.judge[0]), np.append(comp.y, 51.0))
    fit = calibrate(twice, level="severity")
    assert any("1 repeated" in warning for warning in fit.warnings)
    assert fit.entries.n_judges[0] == 3


def test_sheets_without_a_score_are_left_out_with_a_warning() -> None:
    criteria = [Criterion("a", 1, 0, 100), Criterion("b", 1, 0, 100)]
    comp, _ = panel(2, 20, 5, 3)
    values = np.clip(np.column_stack([comp.y, comp.y]), 0, 100)
    blank = np.vstack([values, [np.nan, np.nan]])
    judge = next(j for j in range(5) if j not in comp.judge[comp.entry == 0])
    with_blank = composite(Scores(np.append(comp.entry, 0), np.append(comp.judge, judge), blank), criteria)
    fit = calibrate(with_blank, level="severity")
    without = calibrate(composite(Scores(comp.entry, comp.judge, values), criteria), level="severity")
    assert fit.entries.score == pytest.approx(without.entries.score)
    assert any("1 rows without a score" in warning for warning in fit.warnings)
    assert fit.entries.n_judges[0] == 3


def test_many_totals_at_an_end_of_the_scale_are_a_warning() -> None:
    comp, _ = panel(2, 40, 5, 3)
    clipped = composite_from(comp.entry, comp.judge, np.clip(comp.y, 0, 55), lo=0, hi=55)
    assert any("end of the scale" in warning for warning in calibrate(clipped, level="severity").warnings)


def test_a_single_bridging_entry_is_a_warning() -> None:
    first, _ = panel(1, 60, 6, 3)
    second, _ = panel(2, 60, 6, 3)
    entry = np.concatenate([first.entry, second.entry + 60, [0]])
    judge = np.concatenate([first.judge, second.judge + 6, [6]])
    fit = calibrate(composite_from(entry, judge, np.concatenate([first.y, second.y, [50.0]])), level="severity")
    assert any("weakly linked" in warning for warning in fit.warnings)
    assert top_k(fit, 60, draws=50).method == "integrated"
    assert not any("weakly linked" in warning for warning in calibrate(first, level="severity").warnings)


def test_collinear_fixed_columns_are_dropped() -> None:
    comp, _ = panel(2, 30, 5, 3)
    column = np.random.default_rng(0).standard_normal(len(comp.y))
    fixed = np.column_stack([np.ones(len(comp.y)), column, 2 * column + 1])
    fit = calibrate(composite_from(comp.entry, comp.judge, comp.y, fixed=fixed), level="severity")
    assert fit.fixed_effects.shape == (1,)
    alone = calibrate(composite_from(comp.entry, comp.judge, comp.y, fixed=column), level="severity")
    assert fit.entries.score == pytest.approx(alone.entries.score)


def test_nan_infinite_and_out_of_range_totals_are_named() -> None:
    with pytest.raises(InvalidScores) as bad:
        composite_from([0, 1, 2, 3], [0, 0, 1, 1], [1.0, np.nan, np.inf, 2.0])
    assert bad.value.rows == (1, 2)
    with pytest.raises(InvalidScores) as outside:
        composite_from([0, 1], [0, 0], [1.0, 101.0], lo=0, hi=100)
    assert outside.value.rows == (1,)


@pytest.mark.parametrize("option", [{"level": 4}, {"pools": "mix"}, {"exact": "maybe"}])
def test_unknown_options_are_refused(option: dict[str, object]) -> None:
    comp, _ = panel(1, 10, 4, 3)
    with pytest.raises(ScoringError):
        calibrate(comp, **option)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_two_by_two_is_the_smallest_panel(level: int) -> None:
    fit = calibrate(composite_from([0, 0, 1, 1], [0, 1, 0, 1], [4.0, 6.0, 7.0, 8.0]), level=level)
    assert fit.rank.tolist() == [2, 1]
    assert np.isfinite(fit.entries.se).all()
