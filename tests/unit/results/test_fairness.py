"""Patterns of sheets in panels made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from competition.results.jobs import fairness
from competition.results.jobs.fairness import Spent

NAN = float("nan")


def test_the_same_scores_on_three_of_twelve_sheets_are_noticed():
    same, judge = [600, 800, 700], np.repeat([0, 1], 12)
    different = [[100 * n, 500, 500] for n in range(9)]
    scores = np.array([same] * 3 + different + [[100 * n, 400, 900] for n in range(10)] + [same] * 2)
    assert fairness.identical_vectors(judge, scores) == [
        {"kind": "identical", "judge": 0, "sheets": 3, "of": 12, "scores": same},
    ]


def test_equal_sheets_of_a_rubric_with_two_criteria_mean_nothing():
    assert fairness.identical_vectors(np.zeros(9, int), np.full((9, 2), 700)) == []


def test_three_equal_sheets_of_thirteen_are_too_few():
    scores = np.array([[500, 500, 500]] * 3 + [[10 * n, 0, 0] for n in range(10)])
    assert fairness.identical_vectors(np.zeros(13, int), scores) == []


def test_comments_are_compared_without_case_width_and_punctuation():
    judge = np.array([0, 0, 0, 1, 1, 1])
    texts = ["Clear.", "clear", "ＣＬＥＡＲ!", "Clear", "", ""]
    assert fairness.copied_comments(judge, texts) == [
        {"kind": "copied", "judge": 0, "sheets": 3, "of": 3, "row": 0},
    ]


def test_a_long_comment_of_two_judges_is_shared():
    text = "The pilot plan names people, dates and a way back if it fails."
    findings = fairness.copied_comments(np.array([0, 1, 1]), [text, "Other.", text.upper()])
    assert findings == [{"kind": "shared", "judges": [0, 1], "sheets": 2, "row": 0}]


def test_seconds_begin_with_the_act_before_and_not_before_the_entry_was_opened():
    #          begun at 100, 205 and 1000; submitted at 200, 208 and 1010; the last was opened at 990
    spent = Spent(opened=np.array([40.0, NAN, 990.0]), begun=np.array([100.0, 205.0, 1000.0]),
                  submitted=np.array([200.0, 208.0, 1010.0]))
    assert fairness.seconds_per_sheet(np.zeros(3, int), spent).tolist() == [160.0, 8.0, 20.0]


def test_sheets_that_were_drafted_first_and_submitted_together_are_not_hurried():
    begun = np.array([0.0, 600.0, 1500.0])
    spent = Spent(opened=np.full(3, NAN), begun=begun, submitted=np.array([2000.0, 2001.0, 2002.0]))
    seconds = fairness.seconds_per_sheet(np.zeros(3, int), spent)
    assert seconds.tolist() == [2000.0, 2001.0, 1402.0]
    assert fairness.hurried(np.zeros(3, int), seconds) == []


def test_without_the_first_save_nothing_is_said():
    spent = Spent(opened=np.zeros(2), begun=np.full(2, NAN), submitted=np.array([3.0, 6.0]))
    assert np.isnan(fairness.seconds_per_sheet(np.zeros(2, int), spent)).all()


def test_three_sheets_below_a_minute_are_hurried():
    findings = fairness.hurried(np.array([0, 0, 0, 0, 1, 1]), np.array([4.0, 5.0, 59.0, 600.0, 4.0, 4.0]))
    assert findings == [{"kind": "hurried", "judge": 0, "sheets": 3, "of": 4, "seconds": 5}]


def test_a_total_is_compared_with_the_others_without_their_habits():
    entry, judge = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0])
    distance = fairness.beside_others(entry, judge, np.array([80.0, 70.0, 60.0, 50.0]), np.array([5.0, 0.0, -5.0]))
    assert distance[:3].tolist() == [7.5, 0.0, -7.5]  # 75, 70, 65 without habits
    assert np.isnan(distance[3])


def test_drift_is_the_change_from_the_first_sheet_to_the_last():
    #  residuals around the line are +0.5, -0.5, -0.5, +0.5 twice: no slope, sum of squares 2
    line = 8 * np.linspace(-0.5, 0.5, 8) + 0.5 * np.array([1, -1, -1, 1, 1, -1, -1, 1])
    judge, when = np.concatenate([np.zeros(8, int), np.ones(8, int)]), np.tile(np.arange(8.0), 2)
    flat = np.array([1.0, -1, -1, 1, 1, -1, -1, 1])
    findings = fairness.drift(judge, np.concatenate([line, flat]), when)
    assert [(one["judge"], one["sheets"], one["points"]) for one in findings] == [(0, 8, "8.00")]
    #  se = sqrt(2 / 6 / sum x²), sum x² = 8 * 9 * 7 / (12 * 49) = 0.857143; t(0.975, 6) = 2.446912
    half = 2.446912 * (2 / 6 / 0.857143) ** 0.5
    assert float(findings[0]["low"]) == pytest.approx(8 - half, abs=0.005)


def test_a_drift_of_less_than_three_points_is_left_alone():
    assert fairness.drift(np.zeros(8, int), 2.9 * np.linspace(-0.5, 0.5, 8), np.arange(8.0)) == []


def test_sheets_that_were_submitted_at_once_have_no_order():
    assert fairness.drift(np.zeros(8, int), 9 * np.linspace(-0.5, 0.5, 8), np.zeros(8)) == []


def test_outliers_need_more_deviations_in_a_large_call():
    few, many = np.zeros(60), np.zeros(100_000)
    few[[3, 5]], many[[3, 5]] = [3.5, -4.5], [3.5, -4.5]
    expected = np.full(100_000, 70.0)
    assert [one["row"] for one in fairness.outliers(few, expected)] == [5, 3]
    assert fairness.outliers(many, expected) == [
        {"kind": "outlier", "row": 5, "expected": "70.00", "deviations": "-4.5"},
    ]


def test_a_judge_is_severe_where_the_whole_interval_lies_beyond_three_points():
    findings = fairness.severe(np.array([-7.76, 4.0, 7.04, NAN]), np.array([1.67, 1.0, 1.64, NAN]))
    assert findings == [
        {"kind": "severity", "judge": 0, "points": "-7.76", "low": "-11.03", "high": "-4.49"},
        {"kind": "severity", "judge": 2, "points": "7.04", "low": "3.83", "high": "10.25"},
    ]


def test_the_interval_of_noise_follows_chi_square():
    #  100 sheets of 20 entries and 5 judges leave 76 degrees of freedom: 15.2 for a judge with 20 sheets
    low, high = fairness.noise_intervals(np.array([2.0] * 5), np.full(5, 20), entries=20, judges=5)
    assert (round(float(low[0]), 2), round(float(high[0]), 2)) == (1.1, 4.76)
