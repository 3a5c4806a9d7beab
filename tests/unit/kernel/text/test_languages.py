"""The table of languages, and the language of a text by its script."""

from __future__ import annotations

import pytest

from competition.kernel.text.languages import language_of_script


@pytest.mark.parametrize(("text", "code"), [
    ("邻里能在一小时内听到。", "zh"), ("이웃이 한 시간 안에 듣습니다.", "ko"),
    ("近所の人が一時間以内に気づきます。", "ja"),
    ("Neighbours hear within the hour.", ""), ("", ""), ("Nós ouvimos 一", ""),
])
def test_the_language_of_a_summary_by_its_script(text: str, code: str) -> None:
    assert language_of_script(text) == code
