"""When a call takes entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from competition.calls.models import Call
from competition.entries.deadline import decide


@dataclass(frozen=True, slots=True)
class CallWindow:
    """The columns of a call that decide whether it takes an entry at an instant."""

    state: str
    opens_at: datetime | None
    deadline_at: datetime | None
    grace_seconds: int
    resubmit: bool

    @classmethod
    def of(cls, call: Call) -> CallWindow:
        return cls(call.state, call.opens_at, call.deadline_at, call.grace_seconds, call.resubmit)

    def receives(self, at: datetime) -> bool:
        """Whether something that arrived at this instant is in time: published, begun, not past the deadline."""
        return (
            self.state == "published"
            and (self.opens_at is None or self.opens_at <= at)
            and (self.deadline_at is None or decide(self.deadline_at, self.grace_seconds, at))
        )

    def editable(self, entry_state: str, at: datetime) -> bool:
        """Whether the form takes changes: the call receives, and a received entry may be sent again."""
        return self.receives(at) and (self.resubmit or entry_state == "draft")
