"""Pages as tests read them."""

from __future__ import annotations

import re

TAG = re.compile(r"<[^<>]*>")
INDENTATION = re.compile(r"\s*\n\s*(?=<)|(?<=>)\s*\n\s*")


def unindented(html: str) -> str:
    """The page without the line breaks and the indentation beside and inside its tags."""
    return INDENTATION.sub("", TAG.sub(lambda tag: " ".join(tag[0].split()), html))
