"""A score of an earlier stage in the official result of a later one, computed by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from scoring import Carried, Criterion, Rule, Scores, Standing, fragility, official
from scoring.errors import ScoringError

# Three entries, two judges, one criterion of 0-10 in steps of a half; own scores 85, 70, 85.
SCORES = Scores([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [[8], [9], [7], [7], [9], [8]])
CRITERIA = [Criterion("fit", 1, 0, 10, step=0.5)]
EARLIER = (Fraction(60), Fraction(100), Fraction(64))


def standing(carried: Carried | None, pass_mark: int | None = None) -> Standing:
    return official(SCORES, CRITERIA, Rule("mean", quorum=2, pass_mark=pass_mark), carried=carried)


def test_nothing_carried_is_the_own_score() -> None:
    assert [standing(None).exact(i) for i in range(3)] == [85, 70, 85]
    assert standing(None).rank.tolist() == [1, 3, 1]


def test_a_share_of_the_earlier_score() -> None:
    # 25 %: 0.75 * 85 + 15 = 78.75; 0.75 * 70 + 25 = 77.5; 0.75 * 85 + 16 = 79.75
    quarter = Carried(Fraction(3, 4), tuple(earlier / 4 for earlier in EARLIER))
    result = standing(quarter, pass_mark=78)
    assert [result.exact(i) for i in range(3)] == [Fraction(315, 4), Fraction(155, 2), Fraction(319, 4)]
    assert result.score.tolist() == [78.75, 77.5, 79.75]
    assert result.rank.tolist() == [2, 3, 1]
    assert result.passed.tolist() == [True, False, True]
    assert (result.explain(0).own, result.explain(0).score) == (85, Fraction(315, 4))


def test_a_sum_is_on_0_to_200_and_the_pass_mark_its_percentage() -> None:
    result = standing(Carried(Fraction(1), EARLIER, Fraction(200)), pass_mark=74)  # of 200: 148
    assert [result.exact(i) for i in range(3)] == [145, 170, 149]
    assert result.rank.tolist() == [3, 1, 2]
    assert result.passed.tolist() == [False, True, True]


def test_equal_only_when_truly_equal() -> None:
    # A third of the earlier score: 2/3 * 85 + 20 against 2/3 * 70 + 30: both 230/3
    third = Carried(Fraction(2, 3), (Fraction(20), Fraction(30), Fraction(20) - Fraction(1, 10**12)))
    assert standing(third).rank.tolist() == [1, 1, 3]
    assert standing(third).tied.tolist() == [True, True, False]


def test_an_entry_without_an_earlier_score_is_not_ranked() -> None:
    result = standing(Carried(Fraction(1), (None, Fraction(100), Fraction(64)), Fraction(200)), pass_mark=10)
    assert result.rank.tolist() == [0, 1, 2]
    assert result.passed.tolist() == [False, True, True]
    assert result.exact(0) is None


def test_a_grade_decides_only_if_it_does_with_what_is_carried() -> None:
    # A half point of one judge is 2.5 points. Alone, entries 0 and 2 share the place. With a quarter carried entry 0
    # rises by 1.875 to 80.625 above 79.75, entry 2 falls to 77.875 below 78.75; entry 1 reaches 79.375 only.
    # In the sum entry 1 leads by 21.
    def deciding(carried: Carried | None) -> set[object]:
        return {grade.entry for grade in fragility(standing(carried), 1).deciding}

    quarter = Carried(Fraction(3, 4), tuple(earlier / 4 for earlier in EARLIER))
    assert deciding(None) == {0, 2}
    assert deciding(quarter) == {0, 2}
    assert deciding(Carried(Fraction(1), EARLIER, Fraction(200))) == set()


def test_what_cannot_be_carried_is_refused() -> None:
    with pytest.raises(ScoringError):
        standing(Carried(Fraction(1), (Fraction(1),)))
    with pytest.raises(ScoringError):
        Carried(Fraction(0), EARLIER)
