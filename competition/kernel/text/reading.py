"""How long a text is to read, and what it may be called in a list."""

from __future__ import annotations

import re

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_SENTENCE_END = re.compile(r"(?<=[。！？])|(?<=[.!?])\s|\n")


def length(text: str) -> int:
    """Words of a text; in Chinese and Japanese, which set no spaces between words, each character counts as one."""
    unspaced = len(_UNSPACED.findall(text))
    return unspaced + len(_WORD.findall(_UNSPACED.sub(" ", text)))


def headline(text: str, most: int = 80) -> str:
    """The first sentence of a text, cut at a word to at most ``most`` characters."""
    first = next((part.strip() for part in _SENTENCE_END.split(text) if part and part.strip()), "")
    if len(first) <= most:
        return first.rstrip(".。")
    at = first.rfind(" ", 0, most)
    return first[: at if at > most // 2 else most - 1].rstrip(" ,;，；、") + "…"
