from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import Criterion, InvalidScores, Scores, ScoringError, composite, composite_from
from scoring.types import as_fraction

RUBRIC = [Criterion("a", 3, 0, 10), Criterion("b", 1, 1, 5)]


def test_weighted_percentage_of_the_rubric() -> None:
    comp = composite(Scores([0, 0, 1], [0, 1, 0], [[10, 5], [0, 1], [5, 2]]), RUBRIC)
    assert comp.y.tolist() == [100.0, 0.0, 43.75]
    assert comp.coverage.tolist() == [1.0, 1.0, 1.0]
    assert (comp.n_entries, comp.n_judges, comp.lo, comp.hi) == (2, 2, 0.0, 100.0)
    assert comp.weight.tolist() == [1.0, 1.0, 1.0]


def test_a_missing_criterion_is_centred_not_zero() -> None:
    nan = float("nan")
    comp = composite(Scores([0, 0, 1], [0, 1, 0], [[10, 1], [0, 1], [5, nan]]), RUBRIC)
    # means: a (1 + 0 + 0.5) / 3 = 0.5, b 0; 100 [(0.5 - 0.5) + (0.75 * 0.5 + 0.25 * 0)] = 37.5
    assert comp.y[2] == pytest.approx(37.5)
    assert comp.coverage[2] == 0.75


def test_a_blank_sheet_has_no_total() -> None:
    nan = float("nan")
    comp = composite(Scores([0, 1], [0, 0], [[nan, nan], [10, 5]]), RUBRIC)
    assert np.isnan(comp.y[0])
    assert comp.coverage.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("value", [10.5, -0.1, np.inf])
def test_out_of_range_rows_are_named(value: float) -> None:
    with pytest.raises(InvalidScores) as bad:
        composite(Scores([0, 1, 2], [0, 0, 0], [[1, 1], [value, 1], [2, np.nan]]), RUBRIC)
    assert bad.value.rows == (1,)


def test_out_of_range_is_found_on_one_common_scale_and_in_any_memory_order() -> None:
    rubric = [Criterion("a", 1, 0, 10), Criterion("b", 1, 0, 10)]
    table = np.asfortranarray([[1.0, 2.0], [3.0, 11.0]])
    for values in (table, np.ascontiguousarray(table)):
        with pytest.raises(InvalidScores) as bad:
            composite(Scores([0, 1], [0, 0], values), rubric)
        assert bad.value.rows == (1,)


def test_duplicates_are_rejected_unless_they_are_stages() -> None:
    values = [[1, 1], [2, 2], [3, 3]]
    with pytest.raises(InvalidScores) as twice:
        composite(Scores([0, 0, 0], [1, 1, 2], values), RUBRIC)
    assert twice.value.rows == (0, 1)
    staged = composite(Scores([0, 0, 0], [1, 1, 2], values, fixed=[0, 1, 0]), RUBRIC)
    assert len(staged.y) == 3
    with pytest.raises(InvalidScores):
        composite(Scores([0, 0, 0], [1, 1, 2], values, fixed=[1, 1, 0]), RUBRIC)


def test_codes_become_labels_in_increasing_order() -> None:
    comp = composite_from([7, 3, 7], [10**9, 5, 5], [1.0, 2.0, 3.0])
    assert comp.entry_ids.tolist() == [3, 7]
    assert comp.entry.tolist() == [1, 0, 1]
    assert comp.judge_ids.tolist() == [5, 10**9]
    assert comp.judge.tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        ({"entry": [0, -1]}, (1,)),
        ({"entry": [0, 2], "entry_ids": ["x", "y"]}, (1,)),
        ({"entry": [0.0, 1.0]}, ()),
        ({"entry": [0]}, ()),
        ({"weight": [1.0, 0.0]}, (1,)),
        ({"weight": [np.nan, 1.0]}, (0,)),
        ({"weight": [1.0]}, ()),
        ({"fixed": [[1.0], [np.inf]]}, (1,)),
        ({"fixed": [[1.0]]}, ()),
        ({"values": np.zeros((2, 1, 1))}, ()),
    ],
)
def test_bad_input_is_named(arguments: dict[str, object], rows: tuple[int, ...]) -> None:
    keywords = {"entry": [0, 1], "judge": [0, 0], "values": [[1.0], [2.0]], **arguments}
    with pytest.raises(InvalidScores) as bad:
        Scores(**keywords)  # type: ignore[arg-type]
    assert bad.value.rows == rows


@pytest.mark.parametrize(
    "arguments",
    [
        {"weight": 0},
        {"weight": -1},
        {"lo": 5, "hi": 5},
        {"step": 0},
        {"step": 11},
        {"floor_percent": 101},
    ],
)
def test_bad_criteria_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ScoringError):
        Criterion(**{"id": "c", "weight": 1, "lo": 0, "hi": 10, **arguments})  # type: ignore[arg-type]


def test_rubric_and_table_must_fit() -> None:
    with pytest.raises(InvalidScores, match="2 columns"):
        composite(Scores([0], [0], [[1, 2]]), RUBRIC[:1])
    with pytest.raises(InvalidScores, match="same id"):
        composite(Scores([0], [0], [[1, 2]]), [RUBRIC[0], RUBRIC[0]])
    with pytest.raises(InvalidScores, match="no criterion"):
        composite(Scores([0], [0], [[1, 2]]), [])


def test_numbers_are_taken_as_written() -> None:
    assert as_fraction(0.1) == Fraction(1, 10)
    assert as_fraction("2.50") == Fraction(5, 2)
    assert as_fraction(np.float64(0.3)) == Fraction(3, 10)
    assert as_fraction(np.int32(7)) == 7  # type: ignore[arg-type]
    assert Criterion("c", 1, "0.1", 0.3).span == Fraction(1, 5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 40)), min_size=1, max_size=20), st.integers(1, 9))
def test_composite_is_linear_in_the_scores_and_indifferent_to_units(
    sheets: list[tuple[int, int]], factor: int
) -> None:
    judge = np.arange(len(sheets))
    table = np.array(sheets, dtype=float)
    rubric = [Criterion("a", 2, 0, 100), Criterion("b", 1, 0, 40)]
    plain = composite(Scores(np.zeros(len(sheets), int), judge, table), rubric)
    scaled = [Criterion("a", 2 * factor, 0, 100 * factor), Criterion("b", factor, 0, 40 * factor)]
    other = composite(Scores(np.zeros(len(sheets), int), judge, table * factor), scaled)
    assert other.y == pytest.approx(plain.y, abs=1e-9)
    assert plain.y == pytest.approx(100 * (2 * table[:, 0] / 100 + table[:, 1] / 40) / 3, abs=1e-9)
