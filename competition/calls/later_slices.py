"""What later slices tell calls, and do when a call changes.

Calls come first in the life of a call, so nothing in this slice imports entries or judging. A later slice registers
its functions when it is imported, in its ``for_earlier_slices``; commands and pages of calls ask all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from competition.calls.models import Call, CallChange, Stage

_entry_checks: list[Callable[[UUID], bool]] = []
_due_followers: list[Callable[[Call, Stage, datetime], None]] = []
_change_followers: list[Callable[[Call, CallChange, datetime], None]] = []
_opening_followers: list[Callable[[Stage, datetime], None]] = []


def entries_by(check: Callable[[UUID], bool]) -> Callable[[UUID], bool]:
    """Register ``check(call_id)``: whether an entry of the call is in."""
    _entry_checks.append(check)
    return check


def has_entries(call_id: UUID) -> bool:
    """Whether an entry of the call is in: teams rely on what they read when they entered."""
    return any(check(call_id) for check in _entry_checks)


def when_due_moves(follow: Callable[[Call, Stage, datetime], None]) -> Callable[[Call, Stage, datetime], None]:
    """Register ``follow(call, stage, now)``, called once a published stage is due at another time."""
    _due_followers.append(follow)
    return follow


def due_moved(call: Call, stage: Stage, now: datetime) -> None:
    """Tell later slices that a stage is due at another time than published before."""
    for follow in _due_followers:
        follow(call, stage, now)


def when_call_changes(
    follow: Callable[[Call, CallChange, datetime], None]
) -> Callable[[Call, CallChange, datetime], None]:
    """Register ``follow(call, change, now)``, called with every new line of a public change log."""
    _change_followers.append(follow)
    return follow


def call_changed(call: Call, change: CallChange, now: datetime) -> None:
    """Tell later slices what changed in a public call."""
    for follow in _change_followers:
        follow(call, change, now)


def when_stage_opens(follow: Callable[[Stage, datetime], None]) -> Callable[[Stage, datetime], None]:
    """Register ``follow(stage, now)``, called when judging starts and opens the first stage."""
    _opening_followers.append(follow)
    return follow


def stage_opened(stage: Stage, now: datetime) -> None:
    """Tell later slices that a stage is open."""
    for follow in _opening_followers:
        follow(stage, now)
