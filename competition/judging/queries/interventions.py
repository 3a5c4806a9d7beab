"""What was done to scores after they were submitted, and why stages closed with something missing: for result pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from competition.calls.models import Stage
from competition.extensions import db
from competition.kernel.data import audit_labels
from competition.kernel.data.models import AuditEvent

# Acts that need two organizers when scores are submitted; their events carry a signature then.
ACTIONS = ("sheet.reopened", "sheet.voided", "conflict.challenged", "conflict.undone", "seat.removed")

REVISED = "sheet.revised"


@dataclass(frozen=True, slots=True)
class Intervention:
    """One act of two organizers on submitted scores; it names neither the judge nor the entry."""

    words: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Closing:
    """A stage that was closed although sheets or judges were missing, with the public reason by language."""

    at: datetime | None
    reason: dict[str, str]
    missing: int
    short: int


@dataclass(frozen=True, slots=True)
class Interventions:
    """All of a call, in the order in which it was done."""

    acts: tuple[Intervention, ...]
    revised: tuple[Intervention, ...]  # by judges of their own scores, while the panel discussed
    closings: tuple[Closing, ...]


def interventions(call_id: UUID, until: datetime | None = None) -> Interventions:
    """What the log of a call tells, up to the instant at which a version of the result was published."""
    events = select(AuditEvent.action, AuditEvent.at, AuditEvent.data, AuditEvent.seq).where(
        AuditEvent.chain == str(call_id),
        AuditEvent.action.in_((*ACTIONS, REVISED, "stage.closed", "stage.discussing")),
    )
    if until is not None:
        events = events.where(AuditEvent.at <= until)
    # Sorted here: with ORDER BY, SQLite reads the whole log in order instead of these actions by their index.
    rows = sorted(db.session.execute(events).all(), key=lambda row: row.seq)
    acts = tuple(
        Intervention(audit_labels.words(row.action), row.at, row.data.get("reason") or row.data.get("note") or "")
        for row in rows if row.action in ACTIONS and "signature" in row.data
    )
    revised = tuple(
        Intervention(audit_labels.words(row.action), row.at, row.data["reason"])
        for row in rows if row.action == REVISED
    )
    return Interventions(acts, revised, _closings(call_id, {
        row.data.get("stage"): row.data for row in rows if row.action.startswith("stage.")
    }, until))


def _closings(call_id: UUID, facts: dict[Any, dict[str, Any]], until: datetime | None) -> tuple[Closing, ...]:
    stages = db.session.execute(
        select(Stage.position, Stage.closed_at, Stage.closing_reason)
        .where(Stage.call_id == call_id, Stage.closing_reason.is_not(None)).order_by(Stage.position)
    )
    return tuple(
        Closing(row.closed_at, row.closing_reason, facts.get(row.position, {}).get("missing_count", 0),
                facts.get(row.position, {}).get("short_count", 0))
        for row in stages if until is None or row.closed_at is None or row.closed_at <= until
    )
