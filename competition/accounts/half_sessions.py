"""Between the password and the code: the cookie's session names the person whose password was right, for ten minutes.

It opens nothing but the page that asks for the code. A new password makes it void.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import session

from competition.accounts import service
from competition.accounts.models import User
from competition.kernel import clock
from competition.kernel.data.ids import token_hash

KEY = "half"
LASTS = timedelta(minutes=10)


def start(*, user_id: UUID, proved_by: str) -> None:
    """Remember whose password was right; ``proved_by`` is the stored hash that it fitted."""
    session[KEY] = [str(user_id), token_hash(proved_by), clock.now().timestamp()]


def end() -> None:
    session.pop(KEY, None)


def person() -> UUID | None:
    """The person who still has to show a code."""
    stored: Any = session.get(KEY)
    if not stored or clock.now().timestamp() - stored[2] > LASTS.total_seconds():
        return None
    return UUID(stored[0])


def proved() -> User | None:
    """Lock and return that person, if nothing has shut the account and the password is still the same."""
    user_id = person()
    user = None if user_id is None else service.locked(user_id)
    if user is None or user.locked_at is not None or user.password_hash is None:
        return None
    return user if token_hash(user.password_hash) == session[KEY][1] else None
