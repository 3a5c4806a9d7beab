"""Rules and warnings as sentences: what they enumerate is separated as the reader's language does it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, g
from flask_babel import force_locale

from competition.kernel.text.languages import BY_LOCALE
from competition.results import labels
from competition.results.queries.explanation import FitLine

RUBRIC: list[dict[str, Any]] = [
    {"key": key, "label": {"en": name, "zh": name, "ko": name}, "gate": key != "c"}
    for key, name in (("a", "Safety, first"), ("b", "Cost"), ("c", "Reach"), ("d", "Law"))
]
METHOD = {"quorum": 3, "method": "mean", "pass_mark": None, "tie_break": ["a", "c", "panel_vote", "recorded_draw"]}


@pytest.fixture
def speaking(app: Flask, locale: str) -> Any:
    with app.test_request_context("/"), force_locale(locale):
        g.lang = BY_LOCALE[locale].code
        yield


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("locale", "gates", "order", "people", "sizes"), [
    ("en", "Gates: Safety, first, Cost, and Law.", "in this order: Safety, first; Reach.",
     "give the reason: a vote of the panel; a recorded draw.", "(3, 2, 1 entries each)"),
    ("zh_Hans", "Safety, first、Cost和Law", "Safety, first；Reach", "；", "3、2、1"),
    ("ko", "Safety, first, Cost 및 Law", "Safety, first; Reach", "; ", "3, 2, 1"),
])
def test_what_sentences_enumerate(
    speaking: None, locale: str, gates: str, order: str, people: str, sizes: str
) -> None:
    sentences = labels.method_sentences(METHOD, RUBRIC)
    for text, sentence in ((gates, sentences[3]), (order, sentences[4]), (people, sentences[6])):
        assert text in sentence
    assert sizes in labels.warning({"code": "disconnected", "pools": [3, 2, 1]})


@pytest.mark.parametrize(("leniency", "habit"), [(-7.76, "strict"), (-1.9, ""), (1.99, ""), (2.0, "mild")])
def test_a_team_reads_a_habit_in_three_words(leniency: float, habit: str) -> None:
    assert FitLine("A", 70.0, leniency, 1.0, 70.0, 0.2).habit == habit
