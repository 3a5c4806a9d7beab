"""Files that a team may add after the deadline, because a later slice asked for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

Rule = Callable[[UUID, datetime], bool]
_rules: list[Rule] = []


def allow_when(rule: Rule) -> Rule:
    """Register a rule: ``rule(entry_id, now)`` tells whether the team of the entry is asked for files now."""
    _rules.append(rule)
    return rule


def are_wanted(entry_id: UUID, now: datetime) -> bool:
    """Whether the team of an entry is asked for files now."""
    return any(rule(entry_id, now) for rule in _rules)
