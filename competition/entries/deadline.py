"""The one function that decides the deadline."""

from __future__ import annotations

from datetime import datetime, timedelta


def decide(deadline_at: datetime, grace_seconds: int, received_at: datetime) -> bool:
    """Whether what arrived at ``received_at`` counts: received ≤ deadline + grace, inclusive.

    Parameters
    ----------
    deadline_at, received_at
        Aware instants. ``received_at`` is stamped when the request arrives, before it waits for anything.
    grace_seconds
        The call's published allowance for requests on their way at the deadline.
    """
    return received_at <= deadline_at + timedelta(seconds=grace_seconds)
