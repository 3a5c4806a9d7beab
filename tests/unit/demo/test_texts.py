"""The demo speaks every language of its programme, on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from competition.demo import programme, prose

LANGUAGES = {"en", "zh", "ko"}
SCRIPT = {"zh": re.compile(r"[\u4e00-\u9fff]"), "ko": re.compile(r"[\uac00-\ud7a3]")}
LATIN = re.compile(r"[A-Za-z]{2,}")
SAID_SO = {"PDF", "API", "km", "cm"}  # what these languages write in Latin letters themselves


def texts_in(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every text that is given per language, with its place in the file."""
    if isinstance(node, dict):
        if "en" in node:
            yield path, {code: node[code] for code in LANGUAGES & node.keys()}
        for key, value in node.items():
            yield from texts_in(value, f"{path}/{key}")
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from texts_in(value, f"{path}/{place}")


def foreign(text: str, lang: str) -> list[str]:
    """What is wrong with a text that should be in this language."""
    words = [word for word in LATIN.findall(text) if word not in SAID_SO]
    return words + ([] if SCRIPT[lang].search(text) else [text])


@pytest.mark.parametrize("name", ["calls.yaml", "texts.yaml"])
def test_every_text_is_in_every_language(name: str) -> None:
    loaded = programme.read(name)
    # What judges write, each in their own language.
    for private in ("comments", "strengths", "careless_comment", "gate_comment", "recusal_note"):
        loaded.pop(private, None)
    by_path = dict(texts_in(loaded))
    missing = {path: sorted(LANGUAGES - texts.keys()) for path, texts in by_path.items() if texts.keys() != LANGUAGES}
    assert missing == {}
    wrong = {
        f"{path}/{lang}": foreign(texts[lang], lang) for path, texts in by_path.items() for lang in ("zh", "ko")
    }
    assert {path: words for path, words in wrong.items() if words} == {}


def test_figures_lists_and_limits_of_calls_are_texts_per_language() -> None:
    for call in programme.read("calls.yaml")["calls"]:
        texts = [kpi["name"] for kpi in call["kpis"]] + call["data_provided"] + call["constraints"]
        assert [text.keys() for text in texts] == [LANGUAGES] * len(texts)
        assert {kpi["unit"] for kpi in call["kpis"]} <= {"%", "min", "s", "d", "cm", "/ 5", ""}  # read alike by all


@pytest.mark.parametrize(("country", "lang"), [("CN", "zh"), ("KR", "ko"), ("DE", "en")])
def test_a_team_writes_its_own_language(country: str, lang: str) -> None:
    call: Any = SimpleNamespace(
        title={"en": "Care", "zh": "关爱", "ko": "돌봄"}, award_cap_minor=10**9, budget_minor=10**9, pilot_days=90,
        kpis=[{"key": "kpi1", "target": "5", "baseline": "9", "unit": "%"}],
    )
    own = {"zh": {"own_focus": "热线"}, "ko": {"own_focus": "감지"}}.get(lang, {})
    answers = prose.answers(call, {"country": country, "focus": "sensing", "trl": 6, **own}, Random(1))
    texts = [answers[key] for key in ("summary", "technical_plan", "difference", "pilot_plan", "data_ethics", "risks",
                                   "models_used", "experience")]
    texts += [answers["maturity"]["evidence"], answers["kpi_replies"]["kpi1"]["how"], prose.texts(lang)["report"]]
    texts += [milestone["title"] for milestone in answers["milestones"]]
    assert not any("{" in text for text in texts)
    if lang == "en":
        assert not any(script.search(text) for text in texts for script in SCRIPT.values())
    else:
        assert [foreign(text, lang) for text in texts] == [[]] * len(texts)


def test_teams_of_other_languages_have_their_focus_in_it() -> None:
    for team in programme.read("calls.yaml")["teams"]:
        assert ("own_focus" in team) is (team["country"] in prose.LANGUAGES)
