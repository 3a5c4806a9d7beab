"""The life of an entry and of its files, and when an entry may still be changed."""

from __future__ import annotations

from datetime import datetime

from competition.calls.models import Call
from competition.entries.deadline import decide
from competition.entries.models import Entry
from competition.kernel.data.lifecycle import Lifecycle

ENTRY = Lifecycle("entry", {
    "submit": {"draft": "submitted", "withdrawn": "submitted"},
    "resubmit": {"submitted": "submitted", "withdrawn": "submitted"},
    "withdraw": {"submitted": "withdrawn"},
})

ATTACHMENT = Lifecycle("attachment", {
    "complete": {"pending": "uploaded"},
    "accept": {"uploaded": "ready"},
    "reject": {"uploaded": "rejected"},
    "delete": {"pending": "deleted", "uploaded": "deleted", "ready": "deleted", "rejected": "deleted"},
})
HELD = ("pending", "uploaded", "ready")  # states that count towards the limits of an entry
LISTED = (*HELD, "rejected")


def in_time(
    state: str, opens_at: datetime | None, deadline_at: datetime | None, grace_seconds: int, at: datetime,
) -> bool:
    """Whether a call with this state and these dates takes what arrived at this instant."""
    return (
        state == "published"
        and (opens_at is None or opens_at <= at)
        and (deadline_at is None or decide(deadline_at, grace_seconds, at))
    )


def receives(call: Call, at: datetime) -> bool:
    """Whether something that arrived at this instant is in time: published, begun, not past the deadline."""
    return in_time(call.state, call.opens_at, call.deadline_at, call.grace_seconds, at)


def editable(entry: Entry, call: Call, at: datetime) -> bool:
    """Whether the form takes changes: the call receives, and a received entry may be sent again."""
    return receives(call, at) and (call.resubmit or entry.state == "draft")
