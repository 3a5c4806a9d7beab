"""What the letters of a text tell: its language, its length, its first sentence."""

from __future__ import annotations

import pytest

from competition.kernel.text.languages import html_tag, language_of
from competition.kernel.text.reading import headline, length


@pytest.mark.parametrize(("text", "tag"), [
    ("We answer with a small model that runs on one server in the district.", "en"),
    ("我们用短时降雨预报来回答这个问题，模型很小。", "zh"),
    ("作为AI小模型,我们用 GPU 来回答这个问题", "zh"),
    ("この問題に小さなモデルで答えます。", "ja"),
    ("작은 모델로 이 문제에 답합니다.", "ko"),
    ("Wir antworten mit einem Modell, das auf dem Server der Stadt läuft und wenig kostet.", "de"),
    ("Nous répondons avec un modèle qui tourne dans la ville pour les habitants.", "fr"),
    ("Respondemos con un modelo que funciona en los servidores de la ciudad.", "es"),
    ("Respondemos com um modelo que não sai da cidade e é para os moradores.", "pt"),
    ("", ""), ("42 % → 17 %", ""), ("Quartz Zephyr", ""),
])
def test_the_language_of_a_text(text: str, tag: str) -> None:
    assert language_of(text) == tag


def test_the_tag_of_a_language_is_that_of_html() -> None:
    assert [html_tag(code) for code in ("zh", "ko", "pt", "")] == ["zh-Hans", "ko", "pt", ""]


@pytest.mark.parametrize(("text", "words"), [
    ("", 0), ("One, two — three.", 3), ("It costs 1,234.50 today", 4), ("我们有3个模型", 7), ("작은 모델", 2),
])
def test_chinese_characters_count_as_words(text: str, words: int) -> None:
    assert length(text) == words


@pytest.mark.parametrize(("text", "first"), [
    ("", ""), ("\n\nNeighbours hear within the hour. More follows.", "Neighbours hear within the hour"),
    ("居民一小时内得知。后文。", "居民一小时内得知"), ("No end\nSecond line", "No end"),
    ("word " * 30, "word " * 15 + "word…"),
    ("字" * 100, "字" * 79 + "…"),
])
def test_the_first_sentence_stands_for_the_text(text: str, first: str) -> None:
    assert headline(text) == first
