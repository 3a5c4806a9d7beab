"""Passwords that are tried first: common ones, and those made of the person's own name or address.

The list and its source are described in ``data/README.md``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

LIST = Path(__file__).parent / "data" / "common_passwords.txt"
DIFFERENT_LEAST = 5  # characters
DIGITS_LEAST = 16  # of a password that has only digits and signs
OWN_LEAST = 4  # characters of a name or address that a password must not hold
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")


@cache
def common() -> frozenset[str]:
    """The passwords of the list."""
    return frozenset(LIST.read_text(encoding="utf-8").split("\n")) - {""}


def is_common(password: str) -> bool:
    """Whether a password is one of those that are tried first.

    That is: one of the list, one of the list between digits and signs or written twice, a run such as "abcdefghij",
    few digits without letters, or hardly any different characters.

    >>> is_common("Password2026!"), is_common("aaaaaaaaaa"), is_common("wren over the quarry")
    (True, True, False)
    """
    plain = _plain(password)
    half, core = plain[: len(plain) // 2], _EDGES.sub("", plain)
    return (
        plain in common() or core in common() or (half * 2 == plain and half in common())
        or len(set(plain)) < DIFFERENT_LEAST or (not core and len(plain) < DIGITS_LEAST) or _is_run(plain)
    )


def holds_own(password: str, *, name: str, email: str) -> bool:
    """Whether a password holds the person's name, a part of it, or the part of the address before the "@".

    >>> holds_own("gu.wenxiu-2026", name="Gu Wenxiu", email="x@example.test")
    True
    """
    plain, local = _plain(password), email.partition("@")[0]
    parts = {*_words(name), *_words(local), _plain(local), _plain("".join(_words(name)))}
    return any(len(part) >= OWN_LEAST and part in plain for part in parts)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", _plain(text))


def _is_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps <= {1} or steps <= {-1}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
