from __future__ import annotations

import numpy as np
import pytest

from scoring import Criterion, Scores, ScoringError, aggregate, composite, composite_from, linkage
from scoring.summaries import competition_ranks
from tests.unit.scoring.reference import panel


def test_one_well_mixed_panel_is_one_pool_without_a_weak_link() -> None:
    result = linkage(panel(1, 200, 20, 5)[0])
    assert result.n_components == 1
    assert set(result.component.tolist()) == {0}
    assert result.weakest_contrast_se < 1.5 * result.mixed_contrast_se


def test_pools_are_numbered_by_size_and_unscored_entries_are_nowhere() -> None:
    comp = composite_from([0, 0, 2, 2, 3, 3], [0, 1, 2, 3, 3, 2], [1.0] * 6, entry_ids=range(6), judge_ids=range(5))
    result = linkage(comp)
    assert result.component.tolist() == [1, -1, 0, 0, -1, -1]
    assert result.judge_component.tolist() == [1, 1, 0, 0, -1]
    assert result.n_components == 2
    assert result.weakest_contrast_se == float("inf")
    assert result.bridges.tolist() == []


@pytest.mark.parametrize("judges", [6, 900])
def test_the_single_bridging_entry_is_found(judges: int) -> None:
    """Also on the iterative path (more than 1,500 judges)."""
    first, second = panel(1, 4 * judges, judges, 3)[0], panel(2, 4 * judges, judges, 3)[0]
    entry = np.concatenate([first.entry, second.entry + 4 * judges, [5]])
    judge = np.concatenate([first.judge, second.judge + judges, [judges]])
    result = linkage(composite_from(entry, judge, np.zeros(len(entry))))
    assert result.bridges.tolist() == [5]
    assert result.weakest_contrast_se > 1.0
    assert result.weakest_contrast_se > 2 * result.mixed_contrast_se


def test_weakest_contrast_equals_least_squares() -> None:
    comp = panel(3, 30, 6, 2)[0]
    result = linkage(comp)
    design = np.column_stack([np.eye(30)[comp.entry], np.eye(6)[comp.judge]])
    covariance = np.linalg.pinv(design.T @ design)[30:, 30:]
    split = [
        (np.array(side) / sum(side) - (1 - np.array(side)) / (6 - sum(side)))
        for side in (tuple(int(b) for b in f"{bits:06b}") for bits in range(1, 63))
    ]
    errors = [float(np.sqrt(c @ covariance @ c)) for c in split]
    assert min(abs(result.weakest_contrast_se - e) for e in errors) < 1e-9
    assert result.weakest_contrast_se > np.median(errors)


def test_a_chain_of_pools_longer_than_the_quick_walk_is_still_one_pool() -> None:
    links = 40
    entry = np.repeat(np.arange(links), 2)
    judge = np.stack([np.arange(links), np.arange(links) + 1], axis=1).ravel()
    result = linkage(composite_from(entry, judge, np.zeros(2 * links)))
    assert result.n_components == 1
    assert len(result.bridges) == 1
    assert 10 <= result.bridges[0] <= 30


def test_blank_sheets_link_nothing_and_one_judge_has_no_contrast() -> None:
    nan = float("nan")
    scores = Scores([0, 1, 1], [0, 0, 1], [[1], [nan], [2]])
    assert linkage(composite(scores, [Criterion("c", 1, 0, 5)])).n_components == 2
    assert linkage(composite_from([0, 1], [0, 0], [1.0, 2.0])).weakest_contrast_se == 0.0
    none = np.zeros(0, dtype=int)
    assert linkage(composite_from(none, none, [])).n_components == 0


SMALL = composite_from([0, 0, 0, 1, 1, 1, 2], [0, 1, 2, 0, 1, 2, 0], [1.0, 2.0, 9.0, 3.0, 3.0, 6.0, 5.0])


@pytest.mark.parametrize(
    ("method", "score"),
    [("mean", [4.0, 4.0, 5.0]), ("median", [2.0, 3.0, 5.0]), ("trimmed", [2.0, 3.0, 5.0])],
)
def test_plain_summaries(method: str, score: list[float]) -> None:
    result = aggregate(SMALL, method)
    assert result.score.tolist() == score
    assert result.n_judges.tolist() == [3, 3, 1]
    assert result.method == method


def test_mean_ranks_skip_after_ties() -> None:
    assert aggregate(SMALL).rank.tolist() == [2, 2, 1]


def test_weights_count_in_the_mean() -> None:
    comp = composite_from([0, 0], [0, 1], [10.0, 40.0], [3.0, 1.0])
    assert aggregate(comp).score.tolist() == [17.5]


def test_zscore_uses_each_judges_own_spread() -> None:
    comp = composite_from([0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 2, 2], [1.0, 3.0, 10.0, 30.0, 7.0, 7.0])
    result = aggregate(comp, "zscore")
    z = 1 / np.sqrt(2)
    assert result.score == pytest.approx(comp.y.mean() + comp.y.std() * np.array([-2 * z / 3, 2 * z / 3]))


def test_borda_counts_ties_half() -> None:
    comp = composite_from([0, 1, 2, 3], [0, 0, 1, 1], [1.0, 2.0, 5.0, 5.0])
    assert aggregate(comp, "borda").score.tolist() == [0.0, 100.0, 50.0, 50.0]


def test_entries_without_scores_do_not_rank() -> None:
    comp = composite_from([1], [0], [5.0], entry_ids=["a", "b"])
    for method in ("mean", "median", "trimmed", "zscore", "borda"):
        result = aggregate(comp, method)
        assert result.rank.tolist() == [0, 1]
        assert np.isnan(result.score[0])


def test_ranks_ignore_rounding_errors() -> None:
    assert competition_ranks(np.array([0.1 + 0.2, 0.3, 1.0, np.nan])).tolist() == [2, 2, 1, 0]
    assert competition_ranks(np.array([np.nan])).tolist() == [0]
    assert competition_ranks(np.array([5.0, 5.0, 5.0])).tolist() == [1, 1, 1]


def test_methods_and_drop_are_checked() -> None:
    with pytest.raises(ScoringError, match="Unknown method"):
        aggregate(SMALL, "mode")
    with pytest.raises(ScoringError, match="drop"):
        aggregate(SMALL, "trimmed", drop=-1)
    assert aggregate(SMALL, "trimmed", drop=2).score.tolist() == [4.0, 4.0, 5.0]
