"""What scripts say is said in every language: each ``t("…")`` has its line in ``static/src/words``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from devtools.translations import TRANSLATED

SOURCE = Path(__file__).parents[2] / "static" / "src"
SAID = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)*)"')
SLOT = re.compile(r"%\(\w+\)s")


def sentences() -> set[str]:
    return {text for path in SOURCE.rglob("*.js") for text in SAID.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize("lang", [language.code for language in TRANSLATED])
def test_every_sentence_is_translated(lang: str) -> None:
    words = json.loads((SOURCE / "words" / f"{lang}.json").read_text("utf-8"))
    assert {text for text, translation in words.items() if translation} == sentences()


@pytest.mark.parametrize("lang", [language.code for language in TRANSLATED])
def test_translations_keep_the_placeholders(lang: str) -> None:
    words = json.loads((SOURCE / "words" / f"{lang}.json").read_text("utf-8"))
    assert {s: sorted(SLOT.findall(t)) for s, t in words.items()} == {s: sorted(SLOT.findall(s)) for s in words}
