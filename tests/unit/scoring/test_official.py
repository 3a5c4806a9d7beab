from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import Criterion, InvalidScores, Rule, Scores, ScoringError, official
from tests.unit.scoring.reference import official_by_hand

TEN = Criterion("fit", 1, 0, 10)


def sheets(*entries: list[float], **kwargs: object) -> Scores:
    entry = [i for i, totals in enumerate(entries) for _ in totals]
    judge = [j for totals in entries for j in range(len(totals))]
    return Scores(entry, judge, [[v] for totals in entries for v in totals], **kwargs)  # type: ignore[arg-type]


def test_below_five_sheets_the_trimmed_mean_is_the_plain_mean() -> None:
    standing = official(sheets([1, 2, 3, 10]), [TEN], Rule("trimmed"))
    assert standing.explain(0).score == 40
    assert [j.dropped for j in standing.explain(0).judges] == [False] * 4


def test_exactly_one_highest_and_one_lowest_go_even_when_duplicated() -> None:
    standing = official(sheets([9, 9, 9, 2, 2]), [TEN], Rule("trimmed"))
    arithmetic = standing.explain(0)
    assert arithmetic.score == Fraction(200, 3)
    assert arithmetic.untrimmed_mean == 62
    assert [(j.total, j.dropped) for j in arithmetic.judges] == [
        (20, True),
        (20, False),
        (90, False),
        (90, False),
        (90, True),
    ]


@pytest.mark.parametrize(("totals", "median"), [([1, 5, 9], 50), ([1, 5, 6, 9], 55), ([4, 4, 8], 40)])
def test_median(totals: list[float], median: int) -> None:
    assert official(sheets(totals), [TEN], Rule("median")).explain(0).score == median


def test_equal_scores_share_a_rank_and_the_next_is_skipped() -> None:
    standing = official(sheets([9, 9, 9], [8, 8, 8], [7, 8, 9], [1, 1, 1]), [TEN], Rule("mean"))
    assert standing.rank.tolist() == [1, 2, 2, 4]
    assert standing.tie_group.tolist() == [1, 2, 2, 3]
    assert standing.tied.tolist() == [False, True, True, False]
    assert standing.passed.tolist() == [True, True, True, False]


def test_a_third_of_a_third_is_no_tie_with_its_rounded_neighbour() -> None:
    """33.33 + 33.33 + 33.34 is 100; three sheets of 33.33 differ from it by a hundredth of a point."""
    criterion = Criterion("c", 1, 0, 100, step="0.01")
    standing = official(sheets([33.33, 33.33, 33.34], [33.33, 33.33, 33.33]), [criterion], Rule("mean"))
    assert standing.rank.tolist() == [1, 2]
    assert standing.explain(0).score == Fraction(100, 3)


def test_tenths_tie_although_their_float_sums_differ() -> None:
    assert 0.1 + 0.2 + 0.3 != 0.3 + 0.2 + 0.1
    standing = official(sheets([0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.2, 0.2, 0.2]), [TEN], Rule("mean"))
    assert standing.rank.tolist() == [1, 1, 1]


def test_tie_break_goes_through_criteria_then_untrimmed_mean_then_quote() -> None:
    criteria = [Criterion("a", 1, 0, 10), Criterion("b", 1, 0, 10)]
    values = [[5, 7], [6, 6], [7, 5]]
    scores = Scores(np.repeat([0, 1, 2], 3), np.tile([0, 1, 2], 3), np.repeat(values, 3, axis=0))
    by_b = official(scores, criteria, Rule("mean", tie_break=("b",)))
    assert by_b.rank.tolist() == [1, 2, 3]
    by_quote = official(scores, criteria, Rule("mean", tie_break=("lower_quote",)), quote=[300, 100, 100])
    assert by_quote.rank.tolist() == [3, 1, 1]
    unquoted = official(scores, criteria, Rule("mean", tie_break=("lower_quote",)))
    assert unquoted.rank.tolist() == [1, 1, 1]
    missing = official(scores, criteria, Rule("mean", tie_break=("lower_quote",)), quote=[None, 5, "2.5"])
    assert missing.rank.tolist() == [3, 2, 1]
    assert missing.explain(2).tie_break == (("lower_quote", Fraction(5, 2)),)
    assert missing.explain(0).tie_break == (("lower_quote", None),)


def test_untrimmed_mean_breaks_a_tie_of_trimmed_means() -> None:
    scores = sheets([1, 6, 6, 6, 10], [4, 6, 6, 6, 10])
    assert official(scores, [TEN], Rule("trimmed")).rank.tolist() == [1, 1]
    assert official(scores, [TEN], Rule("trimmed", tie_break=("untrimmed_mean",))).rank.tolist() == [2, 1]


def test_missing_never_ranks() -> None:
    nan = float("nan")
    scores = Scores(
        [0, 0, 0, 1, 1, 1, 2, 2],
        [0, 1, 2, 0, 1, 2, 0, 1],
        [[9], [9], [nan], [1], [1], [1], [10], [10]],
        entry_ids=["partial", "full", "two", "none"],
    )
    standing = official(scores, [TEN], Rule("mean", pass_mark=None))
    assert standing.rank.tolist() == [0, 1, 0, 0]
    assert standing.quorum_met.tolist() == [False, True, False, False]
    assert standing.n_judges.tolist() == [2, 3, 2, 0]
    assert standing.passed.tolist() == [False, True, False, False]
    assert standing.score[:3].tolist() == [90.0, 10.0, 100.0]
    assert np.isnan(standing.score[3])
    assert standing.explain(0).partial == (2,)
    assert standing.explain(3).score is None
    assert standing.explain(3).judges == ()


def test_gate_uses_sixty_percent_and_takes_out_of_the_ranking() -> None:
    criteria = [Criterion("a", 9, 0, 10), Criterion("security", 1, 0, 5, gate=True)]
    scores = Scores(
        np.repeat([0, 1], 3), np.tile([0, 1, 2], 2), [[10, 3], [10, 3], [10, 2.9], [1, 3], [1, 3], [1, 3]]
    )
    standing = official(scores, criteria, Rule("mean", pass_mark=None))
    assert standing.gate_failed.tolist() == [True, False]
    assert standing.rank.tolist() == [0, 1]
    assert standing.passed.tolist() == [False, True]
    assert standing.explain(0).gates_failed == ("security",)
    assert standing.explain(0).criterion_percent["security"] == Fraction(178, 3)


def test_floor_of_another_criterion_withholds_only_the_pass() -> None:
    criteria = [Criterion("a", 1, 0, 10, floor_percent=50)]
    standing = official(sheets([4, 4, 4], [5, 5, 5]), criteria, Rule("mean", pass_mark=0))
    assert standing.rank.tolist() == [2, 1]
    assert standing.passed.tolist() == [False, True]
    assert standing.floor_failed.tolist() == [True, False]
    assert standing.gate_failed.tolist() == [False, False]


def test_pass_mark_is_met_exactly() -> None:
    scores = sheets([7, 7, 7], [6.99, 7, 7])
    assert official(scores, [TEN], Rule("mean", pass_mark=70)).passed.tolist() == [True, False]


def test_rows_off_the_grid_or_out_of_range_are_named() -> None:
    half = Criterion("h", 1, 0, 10, step="0.5")
    with pytest.raises(InvalidScores) as off:
        official(sheets([7.5, 7.3, 8]), [half], Rule())
    assert off.value.rows == (1,)
    with pytest.raises(InvalidScores) as out:
        official(sheets([7, 11, -1]), [TEN], Rule())
    assert out.value.rows == (1, 2)
    with pytest.raises(InvalidScores) as endless:
        official(sheets([7, 1 / 3, 2]), [TEN], Rule())
    assert endless.value.rows == (1,)


def test_two_sheets_of_a_judge_for_an_entry_are_rejected() -> None:
    with pytest.raises(InvalidScores) as twice:
        official(Scores([0, 0, 0], [4, 5, 4], [[1], [2], [3]]), [TEN], Rule())
    assert twice.value.rows == (0, 2)


def test_rule_and_tie_break_are_checked() -> None:
    with pytest.raises(ScoringError, match="Unknown method"):
        Rule("best")
    with pytest.raises(ScoringError, match="quorum"):
        Rule(quorum=0)
    with pytest.raises(ScoringError, match="trim_from"):
        Rule("trimmed", trim_from=2)
    with pytest.raises(ScoringError, match="neither a criterion"):
        official(sheets([1, 2, 3]), [TEN], Rule(tie_break=("beauty",)))


def test_thirds_as_steps_and_huge_weights_stay_exact() -> None:
    """Weights that overflow 64-bit integers fall back to Python's and rank the same."""
    third = Criterion("t", Fraction(1, 10**30 + 57), 0, 1, step=Fraction(1, 3))
    other = Criterion("o", Fraction(1, 10**30 + 33), 0, 1, step=Fraction(1, 7))
    values = [[1 / 3, 3 / 7], [1 / 3, 3 / 7], [2 / 3, 3 / 7], [1 / 3, 4 / 7], [1 / 3, 3 / 7], [1 / 3, 4 / 7]]
    scores = Scores([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], values)
    standing = official(scores, [third, other], Rule("mean", pass_mark=None))
    assert standing.sheets.total.dtype == object
    assert standing.rank.tolist() == [1, 2]
    weights = Fraction(1, 10**30 + 57), Fraction(1, 10**30 + 33)
    expected = 100 * (weights[0] * Fraction(4, 9) + weights[1] * Fraction(3, 7)) / sum(weights)
    assert standing.explain(0).score == expected


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Criterion], Rule, list[tuple[int, int]], list[list[int | None]]]:
    n_criteria = draw(st.integers(1, 3))
    criteria = [
        Criterion(
            f"c{k}",
            draw(st.sampled_from([1, 20, Fraction(1, 3)])),
            draw(st.sampled_from([0, 1])),
            draw(st.sampled_from([5, 10])),
            step=draw(st.sampled_from([None, "0.5", 1])),
            gate=draw(st.booleans()),
            floor_percent=draw(st.sampled_from([None, 20, 50])),
        )
        for k in range(n_criteria)
    ]
    names = [c.id for c in criteria] + ["untrimmed_mean"]
    rule = Rule(
        draw(st.sampled_from(["mean", "trimmed", "median"])),
        quorum=draw(st.integers(1, 3)),
        trim_from=draw(st.integers(3, 5)),
        pass_mark=draw(st.sampled_from([0, 50, Fraction(200, 3)])),
        tie_break=tuple(draw(st.lists(st.sampled_from(names), max_size=2, unique=True))),
    )
    n_entries, n_judges = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    pairs = [(e, j) for e in range(n_entries) for j in range(n_judges)]
    pairs = draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))
    values = [
        [draw(st.one_of(st.integers(int(c.lo), int(c.hi)), st.none()) if j % 3 else st.integers(int(c.lo), int(c.hi)))
         for c in criteria]
        for j in range(len(pairs))
    ]
    return criteria, rule, pairs, values


@settings(max_examples=150, deadline=None)
@given(cases())
def test_equals_naive_fractions(
    case: tuple[list[Criterion], Rule, list[tuple[int, int]], list[list[int | None]]],
) -> None:
    criteria, rule, pairs, values = case
    table = [[np.nan if v is None else float(v) for v in row] for row in values]
    entry = [e for e, _ in pairs]
    scores = Scores(entry, [j for _, j in pairs], table, entry_ids=range(6), judge_ids=range(6))
    standing = official(scores, criteria, rule)
    fractions = [[None if v is None else Fraction(v) for v in row] for row in values]
    for i, expected in enumerate(official_by_hand(entry, fractions, criteria, rule, 6)):
        arithmetic = standing.explain(i)
        assert arithmetic.score == expected["score"]
        assert standing.rank[i] == expected["rank"]
        assert standing.gate_failed[i] == expected["gate"]
        assert standing.quorum_met[i] == expected["quorum"]
        assert standing.n_judges[i] == expected["n"]
        if expected["score"] is not None:
            assert standing.score[i] == float(expected["score"])
            floors = all(not c.floor or c.gate or arithmetic.criterion_percent[c.id] >= c.floor for c in criteria)
            assert standing.passed[i] == (expected["passed"] and floors)


def test_digest_is_the_same_for_shuffled_sheets_and_changes_with_a_score() -> None:
    scores = sheets([9, 8, 7], [6, 5, 4])
    order = [5, 2, 0, 3, 1, 4]
    shuffled = Scores(scores.entry[order], scores.judge[order], scores.values[order])
    first = official(scores, [TEN], Rule()).digest
    assert official(shuffled, [TEN], Rule()).digest == first
    assert official(sheets([9, 8, 7], [6, 5, 3.5]), [TEN], Rule()).digest != first
