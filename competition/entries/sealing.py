"""Entries stay sealed until somebody opens them, by name, after the deadline and its grace."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from competition.calls.models import Call
from competition.entries.call_window import CallWindow


class Sealable(Protocol):
    """The column of a call that says whether its entries have been opened."""

    entries_opened_at: datetime | None


def are_sealed(call: Sealable) -> bool:
    """Whether organizers see only numbers and completeness: no team, no answer, no price, no file, no export."""
    return call.entries_opened_at is None


def can_be_opened(call: Call, now: datetime) -> bool:
    """Whether the entries can be opened: no team can enter or change an entry any more."""
    return call.deadline_at is not None and now > call.deadline_at and not CallWindow.of(call).receives(now)
