"""The append-only log: one hash chain per call, written in the transaction it describes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from competition.extensions import db
from competition.kernel.canonical import digest, plain
from competition.kernel.models import AuditEvent, AuditHead

GENESIS = "0" * 64
TAG = "log/1"
_HEAD = select(AuditHead).where(AuditHead.chain == bindparam("chain")).with_for_update()


def record(
    action: str,
    *,
    chain: UUID | str,
    subject: UUID | str,
    actor_id: UUID | None,
    now: datetime,
    **data: Any,
) -> AuditEvent:
    """Append one event to ``chain`` (a call's id, or ``"platform"``).

    The head's row is locked first, so two writers of one chain never fork it.
    """
    name = str(chain)
    head = db.session.scalars(_HEAD, {"chain": name}).one_or_none()
    if head is None:
        head = AuditHead(chain=name, seq=0, hash=GENESIS)
        db.session.add(head)
    event = AuditEvent(
        chain=name, seq=head.seq + 1, at=now, actor_id=actor_id, action=action,
        subject=str(subject), data=plain(data), prev_hash=head.hash, hash="",
    )
    event.hash = _hash(event)
    head.seq, head.hash = event.seq, event.hash
    db.session.add(event)
    return event


def verify(chain: UUID | str) -> list[str]:
    """Recompute a chain and list every fault; an empty list means it is whole."""
    faults: list[str] = []
    previous, seq = GENESIS, 0
    for event in _events(str(chain)):
        seq += 1
        if event.seq != seq:
            faults.append(f"{chain}: event {seq} is missing")
            seq = event.seq
        if event.prev_hash != previous:
            faults.append(f"{chain}: event {event.seq} does not follow the one before it")
        if event.hash != _hash(event):
            faults.append(f"{chain}: event {event.seq} was altered")
        previous = event.hash
    head = db.session.get(AuditHead, str(chain))
    if head is None or (head.seq, head.hash) != (seq, previous):
        faults.append(f"{chain}: the head does not match the last event")
    return faults


def chains() -> list[str]:
    return list(db.session.scalars(select(AuditHead.chain).order_by(AuditHead.chain)))


def _events(chain: str) -> Iterator[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.chain == chain).order_by(AuditEvent.seq)
    yield from db.session.scalars(query.execution_options(yield_per=1000))


def _hash(event: AuditEvent) -> str:
    return digest(TAG, {
        "chain": event.chain, "seq": event.seq, "at": event.at, "actor": event.actor_id,
        "action": event.action, "subject": event.subject, "data": event.data, "prev": event.prev_hash,
    })
