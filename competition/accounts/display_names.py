"""Names that users chose, made safe for mail to people who did not ask for it."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*:)?//+|mailto:", re.IGNORECASE)
_DOT = re.compile(r"(?<=[^\W_])[.\u3002]+(?=[^\W_])")


def unlinked(name: str) -> str:
    """The name without what a mail program would make a link of, at most 80 characters.

    >>> unlinked("Dear Sir, visit https://evil.test/now")
    'Dear Sir, visit evil test/now'
    """
    plain = unicodedata.normalize("NFKC", name)
    plain = " ".join(_DOT.sub(" ", _SCHEME.sub("", plain)).split())
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1].rstrip() + "…"
