"""What organizers read: their programmes, their calls by phase, the trail of a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from competition.accounts.models import User
from competition.calls.models import Call, CallChange, CallDocument, Organizer, Programme, Question, folded
from competition.calls.queries import organizer_call, phase_sql
from competition.extensions import db
from competition.kernel.data.models import AuditEvent
from competition.kernel.data.paging import Key, Page, PagedQuery
from competition.kernel.web.access import Actor

PAGE_SIZE = 50
AUDIT_SIZE = 50


@dataclass(frozen=True, slots=True)
class Chosen:
    """An organizer's filters of the list of calls; empty strings filter nothing."""

    programme: str = ""
    phase: str = ""
    q: str = ""

    def query_values(self) -> dict[str, str]:
        parts = {"programme": self.programme, "phase": self.phase, "q": self.q}
        return {name: value for name, value in parts.items() if value}


def _own(actor: Actor) -> Any:
    return select(Organizer.programme_id).where(Organizer.user_id == actor.user_id)


def own_programmes(actor: Actor) -> list[Programme]:
    """The programmes that a person organizes, newest first."""
    query = select(Programme).where(Programme.id.in_(_own(actor)))
    return list(db.session.scalars(query.order_by(Programme.created_at.desc(), Programme.id)))


def _narrow(statement: Select[Any], actor: Actor, chosen: Chosen, now: datetime, *, by_phase: bool) -> Select[Any]:
    statement = statement.where(Call.programme_id.in_(_own(actor)))
    if chosen.programme:
        of = select(Programme.id).where(Programme.code == chosen.programme)
        statement = statement.where(Call.programme_id.in_(of))
    if by_phase and chosen.phase:
        statement = statement.where(phase_sql(now) == chosen.phase)
    for word in folded(chosen.q).split():
        statement = statement.where(Call.search.contains(word, autoescape=True))
    return statement


@dataclass(frozen=True, slots=True)
class OwnCall:
    """A call in the organizer's list."""

    id: UUID
    code: str
    title: dict[str, str]
    owner: dict[str, str]
    slots: int
    budget_minor: int | None
    deadline_at: datetime | None
    created_at: datetime
    programme_id: UUID
    phase: str


def own_calls(actor: Actor, chosen: Chosen, cursor: str | None, now: datetime) -> Page[OwnCall]:
    """One page of calls, the newest first."""
    statement: Any = select(
        Call.id, Call.code, Call.title, Call.owner, Call.slots, Call.budget_minor, Call.deadline_at, Call.created_at,
        Call.programme_id, phase_sql(now).label("phase"),
    )
    keys = [Key(Call.created_at, "created_at", descending=True), Key(Call.id, "id", descending=True)]
    calls = PagedQuery(lambda: _narrow(statement, actor, chosen, now, by_phase=True), keys, OwnCall)
    return calls.page(cursor, PAGE_SIZE)


def own_phases(actor: Actor, chosen: Chosen, now: datetime) -> dict[str, int]:
    """Numbers of calls per phase, by all filters but the phase."""
    statement: Any = select(phase_sql(now).label("phase"), func.count()).select_from(Call)
    counted = _narrow(statement, actor, chosen, now, by_phase=False).group_by("phase")
    return {str(name): number for name, number in db.session.execute(counted)}


def copyable(actor: Actor) -> list[Any]:
    """Calls that a new one can begin from: code and title."""
    query = select(Call.code, Call.title).where(Call.programme_id.in_(_own(actor)))
    return list(db.session.execute(query.order_by(Call.created_at.desc()).limit(500)))


def call_documents(call_id: UUID) -> list[CallDocument]:
    query = select(CallDocument).where(CallDocument.call_id == call_id)
    return list(db.session.scalars(query.order_by(CallDocument.created_at, CallDocument.id)))


def call_questions(call_id: UUID) -> list[Question]:
    return list(db.session.scalars(select(Question).where(Question.call_id == call_id).order_by(Question.position)))


def recent_changes(call_id: UUID, most: int = 5) -> list[CallChange]:
    query = select(CallChange).where(CallChange.call_id == call_id)
    return list(db.session.scalars(query.order_by(CallChange.at.desc(), CallChange.id.desc()).limit(most)))


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An event of a call's log; ``who`` and ``email`` are None for what the system did."""

    seq: int
    at: datetime
    action: str
    subject: str
    data: dict[str, Any]
    hash: str
    prev_hash: str
    who: str | None
    email: str | None


_AUDIT = PagedQuery(lambda: (
    select(
        AuditEvent.seq, AuditEvent.at, AuditEvent.action, AuditEvent.subject, AuditEvent.data, AuditEvent.hash,
        AuditEvent.prev_hash, User.name.label("who"), User.email,
    )
    .outerjoin(User, User.id == AuditEvent.actor_id)
    .where(AuditEvent.chain == bindparam("chain"))
), [Key(AuditEvent.seq, "seq", descending=True)], AuditLine)


def audit_page(chain: str, cursor: str | None) -> Page[AuditLine]:
    """One page of a trail, the newest first, with the names of those who acted."""
    return _AUDIT.page(cursor, AUDIT_SIZE, chain=chain)


def organizer_document(actor: Actor, call_code: str, document_code: str) -> tuple[Call, CallDocument] | None:
    """A document with its call, for those who organize it."""
    call = organizer_call(actor, call_code)
    if call is None:
        return None
    query = select(CallDocument).where(CallDocument.call_id == call.id, CallDocument.code == document_code)
    document = db.session.scalar(query)
    return None if document is None else (call, document)
