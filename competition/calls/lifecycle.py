"""The life of a call: its states, the steps between them, and what is derived from dates."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, String, case, literal

from competition.calls.models import Call
from competition.kernel.data.lifecycle import Lifecycle


class Dated(Protocol):
    """Anything that has the state and the two dates from which its phase follows."""

    state: str
    opens_at: datetime | None
    deadline_at: datetime | None


CALL = Lifecycle("call", {
    "publish": {"draft": "published"},
    "cancel": {"draft": "cancelled", "published": "cancelled", "judging": "cancelled"},
    "start_judging": {"published": "judging"},
    "publish_results": {"judging": "notice"},
    "correct_results": {"notice": "notice", "piloting": "piloting"},
    "start_pilots": {"notice": "piloting"},
    "archive": {"piloting": "archived", "notice": "archived"},
})

PUBLIC_STATES = ("published", "judging", "notice", "piloting", "archived", "cancelled")


def phase(call: Dated, now: datetime) -> str:
    """What a reader is told: ``published`` splits by date into ``upcoming``, ``open`` and ``closed``.

    The deadline itself still counts as open; grace is for requests on their way, not for the page.
    """
    if call.state != "published":
        return call.state
    if call.opens_at is not None and now < call.opens_at:
        return "upcoming"
    if call.deadline_at is not None and now > call.deadline_at:
        return "closed"
    return "open"


def phase_sql(now: datetime | ColumnElement[datetime]) -> ColumnElement[str]:
    """:func:`phase` as an expression, for filters and counts; ``now`` may be a parameter to fill in later."""
    return case(
        (Call.state != "published", Call.state),
        (Call.opens_at > now, literal("upcoming", String)),
        (Call.deadline_at < now, literal("closed", String)),
        else_=literal("open", String),
    )
