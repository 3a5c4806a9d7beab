"""The append-only log: one hash chain per call, written in the transaction it describes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update

from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.batches import batches
from competition.kernel.data.canonical import digest, plain
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import AuditEvent, AuditHead
from competition.kernel.data.query import Query, insert_once, write

GENESIS = "0" * 64
TAG = "log/1"
EVENTS_AT_ONCE = 1000  # in one INSERT
_head: Any = AuditHead.__table__
_event: Any = AuditEvent.__table__
_chain = _head.c.chain == bindparam("which")


@dataclass(frozen=True, slots=True)
class Link:
    """An event's place in its chain, and its hash, SHA-256 in hex."""

    seq: int
    hash: str


_HEAD = Query(lambda: select(_head.c.seq, _head.c.hash).where(_chain).with_for_update(), Link)
_MOVE_HEAD = update(_head).where(_chain).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
_APPEND = insert(_event)


def record(
    action: str,
    *,
    chain: UUID | str,
    subject: UUID | str,
    actor_id: UUID | None,
    now: datetime,
    **data: Any,
) -> Link:
    """Append one event to ``chain`` (a call's id, or ``"platform"``).

    The head's row is locked first, so two writers of one chain never fork it. Nearly every request that writes comes
    here, so these are plain statements: as mapped objects the same three rows take three times the processor time.
    """
    which = str(chain)
    head = _place(which)
    event = {
        "chain": which, "seq": head.seq + 1, "at": now, "actor_id": actor_id, "action": action,
        "subject": str(subject), "data": plain(data), "prev_hash": head.hash,
    }
    link = Link(event["seq"], _hash(event))
    write(_MOVE_HEAD, which=which, new_seq=link.seq, new_hash=link.hash)
    write(_APPEND, **event, id=new_id(), hash=link.hash)
    return link


def _place(chain: str) -> Link:
    """The last link of a chain, locked until the end of the transaction; a new chain begins here."""
    transaction.must_write()
    head = _HEAD.first(which=chain)
    if head is None:
        insert_once(_head, chain=chain, seq=0, hash=GENESIS)  # of two that begin a chain at once, one finds the other's
        head = _HEAD.one(which=chain)
    return head


@dataclass(frozen=True, slots=True)
class Entry:
    """An event to be appended together with others."""

    action: str
    subject: str
    actor_id: UUID | None
    at: datetime
    data: Mapping[str, Any]


def record_many(chain: UUID | str, entries: Iterable[Entry]) -> int:
    """Append many events to a chain, in their order, in a few statements; returns how many.

    For what is known all at once. Otherwise as :func:`record`.
    """
    which = str(chain)
    previous = _place(which)
    seq, hash_before, count = previous.seq, previous.hash, 0
    for batch in batches(list(entries), EVENTS_AT_ONCE):
        rows = []
        for entry in batch:
            seq += 1
            event = {
                "chain": which, "seq": seq, "at": entry.at, "actor_id": entry.actor_id, "action": entry.action,
                "subject": entry.subject, "data": plain(entry.data), "prev_hash": hash_before,
            }
            hash_before = _hash(event)
            rows.append({**event, "id": new_id(), "hash": hash_before})
        db.session.connection().execute(_APPEND, rows)
        count += len(rows)
    write(_MOVE_HEAD, which=which, new_seq=seq, new_hash=hash_before)
    return count


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
        if event.hash != _hash({column.key: getattr(event, column.key) for column in _event.columns}):
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


def _hash(event: Mapping[str, Any]) -> str:
    return digest(TAG, {
        "chain": event["chain"], "seq": event["seq"], "at": event["at"], "actor": event["actor_id"],
        "action": event["action"], "subject": event["subject"], "data": event["data"], "prev": event["prev_hash"],
    })
