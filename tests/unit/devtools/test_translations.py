"""The collector of texts sees every template."""

from __future__ import annotations

import re

from devtools import translations
from devtools.setup import ROOT

CALL = re.compile(r"""(?<![\w.])_\(\s*(?:"([^"\\]+)"|'([^'\\]+)')""")


def test_every_text_of_a_template_is_collected() -> None:
    """A template with a tag that the collector does not know used to lose all its texts, silently."""
    collected = {text for message in translations.extract() for text in translations._forms(message.id)}
    written = {
        (file.name, double or single)
        for file in (ROOT / "templates").rglob("*.*") for double, single in CALL.findall(file.read_text("utf-8"))
    }
    assert len(written) > 500
    assert sorted(text for text in written if text[1] not in collected) == []
