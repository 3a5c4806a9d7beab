"""Languages are listed in ``kernel/text/languages.py`` alone; everything else follows that table.

Not searched: texts themselves (catalogues, the demo, the standard rubric), what ``./run messages`` writes for scripts,
and style sheets, where ``:lang()`` is how a script gets its own type.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from competition.kernel.text import languages
from competition.kernel.text.languages import LANGUAGES
from devtools import translations

ROOT = Path(__file__).resolve().parents[2]
TEXTS = (
    "competition/kernel/text/languages.py", "competition/calls/standard_rubric.py",
    "competition/calls/standard_checklist.py", "competition/demo/",
    "competition/translations/", "static/src/words/",
)
WORDS = {
    word for language in LANGUAGES.values()
    for word in (language.code, language.locale, language.tag, language.script_locale, language.name)
}
CODES = "|".join(LANGUAGES)
QUOTED = re.compile(r"""["'`]([\w-]+)["'`]""")
SUFFIXED = re.compile(rf"\b[a-z]+_(?:{CODES})\b")


def words_in_python(source: str) -> Iterator[str]:
    """Language literals, and names such as ``note_en``."""
    for node in ast.walk(ast.parse(source)):
        text = (
            node.value if isinstance(node, ast.Constant) and isinstance(node.value, str)
            else node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        )
        if text in WORDS or SUFFIXED.fullmatch(text):
            yield text


def words_in_text(source: str) -> Iterator[str]:
    yield from (word for word in QUOTED.findall(source) if word in WORDS)
    yield from SUFFIXED.findall(source)


def searched() -> Iterator[Path]:
    for folder, endings in (("competition", {".py"}), ("devtools", {".py"}), ("templates", {".html", ".txt"}),
                            ("static/src", {".js"})):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in endings and not str(path.relative_to(ROOT)).startswith(TEXTS):
                yield path


@pytest.mark.parametrize("source", [
    'choices = [("zh_Hans", name)]', 'TAGS = {"zh": tag}', "form.note_ko.data", 'field="reason_en"',
])
def test_a_language_in_python_is_noticed(source: str) -> None:
    assert list(words_in_python(source))


@pytest.mark.parametrize("source", [
    "{{ 'zh-Hans' if lang == code }}", "{{ row.help_en.data }}", 'const DATES = { zh: 1 }["zh"]',
])
def test_a_language_in_a_template_or_a_script_is_noticed(source: str) -> None:
    assert list(words_in_text(source))


def test_no_other_file_names_a_language() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}: {word}" for path in searched()
        for word in (words_in_python if path.suffix == ".py" else words_in_text)(path.read_text("utf-8"))
    ]
    assert offenders == []


def test_scripts_have_the_values_of_the_table() -> None:
    for name, text in translations.script_modules().items():
        assert (ROOT / "static/src/words" / name).read_text("utf-8") == text, "./run messages"


def test_every_language_has_its_catalogue_and_its_words() -> None:
    for language in LANGUAGES.values():
        if language is not languages.SOURCE:
            assert (translations.FOLDER / language.locale / "LC_MESSAGES/messages.po").exists()
            assert (ROOT / "static/src/words" / f"{language.code}.json").exists()


def test_a_locale_that_is_gone_reads_as_the_source() -> None:
    assert languages.of_locale("zh_Hans") == LANGUAGES["zh"]
    assert languages.of_locale("xx") == languages.SOURCE
