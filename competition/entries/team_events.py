"""Tells later slices that a team got a member or an entry: judging then looks for new conflicts of interest.

A later slice registers a listener when it is imported. Listeners run in the transaction of the change, after it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

Listener = Callable[[UUID, datetime], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> Listener:
    """Register what is called with a team's id and the time when somebody joined it or it began an entry."""
    _listeners.append(listener)
    return listener


def notify_growth(team_id: UUID, now: datetime) -> None:
    """Call every listener: the team got a member or an entry."""
    for listener in _listeners:
        listener(team_id, now)
