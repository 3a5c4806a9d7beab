"""The collector of texts sees every template."""

from __future__ import annotations

import re

from devtools import translations
from devtools.setup import ROOT

LITERAL = re.compile(r"""\"([^"\\]+)\"|'([^'\\]+)'""")
CALL = re.compile(rf"(?<![\w.])_\(\s*((?:(?:{LITERAL.pattern})\s*)+)")


def texts_of(template: str) -> list[str]:
    """The texts of its ``_("…")``; literals that follow one another are one text."""
    calls = (LITERAL.findall(call[0]) for call in CALL.findall(template))
    return ["".join(double or single for double, single in literals) for literals in calls]


def test_every_text_of_a_template_is_collected() -> None:
    """A template with a tag that the collector does not know used to lose all its texts, silently."""
    collected = {text for message in translations.extract() for text in translations._forms(message.id)}
    written = {
        (file.name, text)
        for file in (ROOT / "templates").rglob("*.*") for text in texts_of(file.read_text("utf-8"))
    }
    assert len(written) > 500
    assert sorted(text for text in written if text[1] not in collected) == []
