"""Verification of the log against what it tells of: every slice checks its own rows, event by event and row by row.

A hash chain alone shows only that nobody changed the log. A slice registers a check that recomputes the digests of its
rows and compares them with the events, both ways: a row without its event and an event without its row are faults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

from sqlalchemy import select

from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.models import AuditEvent

Check = Callable[[UUID], Iterable[str]]
_checks: list[Check] = []
_calls: list[Callable[[], list[UUID]]] = []


def check(function: Check) -> Check:
    """Register a check of one call: it gets the call's id and gives its faults, in English, naming the rows."""
    if function not in _checks:
        _checks.append(function)
    return function


def chains_from(calls: Callable[[], list[UUID]]) -> Callable[[], list[UUID]]:
    """Register which calls there are: each must have a chain, also when its head and events are gone."""
    _calls[:] = [calls]
    return calls


def events_of(call_id: UUID, *actions: str) -> Iterator[AuditEvent]:
    """The events of a call's chain with one of these actions, in order."""
    query = select(AuditEvent).where(AuditEvent.chain == str(call_id), AuditEvent.action.in_(actions))
    yield from db.session.scalars(query.order_by(AuditEvent.seq).execution_options(yield_per=1000))


def faults_of(call_id: UUID) -> list[str]:
    """Every fault of a call's chain and of all that it tells of."""
    return [*audit.verify(call_id), *(fault for one in _checks for fault in one(call_id))]


def verify() -> tuple[int, list[str]]:
    """The number of chains and every fault, over all calls and all other chains."""
    calls = _calls[0]() if _calls else []
    others = sorted(set(audit.chains()) - {str(call_id) for call_id in calls})
    faults = [fault for call_id in calls for fault in faults_of(call_id)]
    faults += [fault for chain in others for fault in audit.verify(chain)]
    return len(calls) + len(others), faults
