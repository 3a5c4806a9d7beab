"""What judges of a demo call told its organizers: a flag that waits, one that is answered, an abstention."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from competition.calls.models import Call, Organizer
from competition.demo.plan import PLANS
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, Flag, Seat
from competition.judging.service.assignment_counts import recount
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id

WAITING, ANSWERED, ABSTAINING = 3, 2, 4  # numbers of the seats


def tell(call: Call, texts: dict[str, Any], now: datetime) -> None:
    """Only where judges are at work."""
    if PLANS[call.code].stage != "judging":
        return
    words = texts["flags"]
    _abstain(call, ABSTAINING, words["abstained"]["en"], now - timedelta(minutes=150))
    flag = _flag(call, ANSWERED, "identity", words["identity"]["en"], now - timedelta(minutes=140))
    organizer = db.session.scalars(
        select(Organizer.user_id).where(Organizer.programme_id == call.programme_id).order_by(Organizer.user_id)
    ).first()
    flag.answer, flag.answered_at, flag.answered_by = words["answer"]["en"], now - timedelta(minutes=80), organizer
    audit.record(
        "flag.answered", chain=call.id, subject=flag.code, actor_id=organizer, now=flag.answered_at,
        seat=ANSWERED, kind=flag.kind, note=flag.answer,
    )
    _flag(call, WAITING, "cannot_open", words["waiting"]["en"], now - timedelta(minutes=40))


def _task(call: Call, number: int, progress: str) -> tuple[Assignment, Seat, str]:
    """The first assignment of a seat that its judge has opened, with the seat and the entry's code."""
    row = db.session.execute(
        select(Assignment, Seat, Entry.code).join(Seat, Seat.id == Assignment.seat_id)
        .join(Entry, Entry.id == Assignment.entry_id)
        .where(Seat.call_id == call.id, Seat.number == number, Assignment.progress == progress)
        .order_by(Entry.code)
    ).first()
    if row is None:
        raise LookupError(f"{call.code}: judge {number} has no assignment that is {progress}")
    return row.Assignment, row.Seat, row.code


def _flag(call: Call, number: int, kind: str, text: str, at: datetime) -> Flag:
    task, seat, entry = _task(call, number, "submitted")
    flag = Flag(id=new_id(), assignment_id=task.id, code=new_code(12), kind=kind, text=text, raised_at=at)
    db.session.add(flag)
    audit.record("flag.raised", chain=call.id, subject=task.code, actor_id=seat.user_id, now=at, seat=seat.number,
                 entry=entry, kind=kind, text=text)
    return flag


def _abstain(call: Call, number: int, reason: str, at: datetime) -> None:
    task, seat, entry = _task(call, number, "waiting")
    task.state, task.progress, task.abstained = "recused", "out", reason
    task.declared_at = task.assigned_at + timedelta(days=1)
    recount([seat.id])
    audit.record("task.abstained", chain=call.id, subject=task.code, actor_id=seat.user_id, now=at, seat=seat.number,
                 entry=entry, reason=reason)
