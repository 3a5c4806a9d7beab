"""What changed in a call, told to every team that has begun or submitted an entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from competition.calls import later_slices
from competition.calls.models import Call, CallChange
from competition.entries.models import Entry
from competition.extensions import db
from competition.kernel.data.batches import batches
from competition.kernel.jobs import outbox

CONCERNED = ("draft", "submitted")
MAILED_AT_ONCE = 50  # entries of one job


@dataclass(frozen=True)
class TellArguments:
    """A line of a call's public change log, and the entries whose teams get it."""

    change: UUID
    entries: Sequence[UUID]


TELL = outbox.Kind("entries.tell_change", TellArguments)


@later_slices.when_call_changes
def tell_teams(call: Call, change: CallChange, now: datetime) -> None:
    """Write to every member of the teams of a public call, in a job per :data:`MAILED_AT_ONCE` entries."""
    concerned = select(Entry.id).where(Entry.call_id == call.id, Entry.state.in_(CONCERNED)).order_by(Entry.id)
    for number, part in enumerate(batches(list(db.session.scalars(concerned)), MAILED_AT_ONCE)):
        outbox.add(TELL, TellArguments(change=change.id, entries=list(part)), key=f"{change.id}/{number}", now=now)
