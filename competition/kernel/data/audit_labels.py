"""Words for what the log records: every slice declares those of its own actions, so that one page says them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS: dict[str, Any] = {}


def declare(words: Mapping[str, Any]) -> None:
    """Register a slice's actions, ``{action: lazy text}``; registering the same ones again changes nothing.

    Raises
    ------
    ValueError
        When another slice has declared one of them.
    """
    taken = sorted(action for action, label in words.items() if _WORDS.get(action, label) is not label)
    if taken:
        raise ValueError(f"declared twice: {', '.join(taken)}")
    _WORDS.update(words)


def words(action: str) -> str:
    """An action in the reader's language; one that no slice declared is its own word."""
    label = _WORDS.get(action)
    return action if label is None else str(label)
