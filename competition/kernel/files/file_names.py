"""File names of uploads: display data only, never part of a path or a key."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

LONGEST = 200
# Bidirectional controls, joiners and the byte-order mark: they make a name read otherwise than it is.
HIDDEN = {*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0x061C}


def display_name(raw: str) -> str:
    """A name in NFC without folders, control characters or bidirectional tricks; ``file`` when nothing is left.

    Longer names keep their extension: ``aaaa….pdf``.
    """
    plain = unicodedata.normalize("NFC", raw)
    plain = "".join(c for c in plain if c.isprintable() and ord(c) not in HIDDEN)
    plain = PureWindowsPath(PurePosixPath(plain).name).name.strip(" .")
    if len(plain) > LONGEST:
        suffix = extension(plain)
        stem_length = LONGEST - len(suffix) - 1 if suffix else LONGEST
        plain = plain[:stem_length] + (f".{suffix}" if suffix else "")
    return plain or "file"


def extension(name: str) -> str:
    """The last part after a dot, in lower case, or nothing: ``report.PDF`` → ``pdf``."""
    stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot and stem and suffix.isascii() and suffix.isalnum() and len(suffix) <= 5 else ""
