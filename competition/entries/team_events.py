"""Who else hears when a team's people and its entries come together.

A slice to the right registers a listener at import; entries know nothing of who listens. Listeners run
inside the transaction that made the change, after it.
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


def gathered(team_id: UUID, now: datetime) -> None:
    """Tell every listener that the team got a member or an entry."""
    for listener in _listeners:
        listener(team_id, now)
