"""Reads of signatures: who runs a programme, and what waits there for a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from competition.accounts.models import User
from competition.calls.models import Call, Organizer, Programme
from competition.calls.roles import READERS
from competition.extensions import db
from competition.kernel.data.models import Signature
from competition.kernel.errors import DomainError
from competition.kernel.signing import Circle, Description, Person
from competition.kernel.signing.acts import act_of
from competition.kernel.signing.commands import unchanged
from competition.kernel.web.access import Actor

PAST_SHOWN = 20


def circle_of(programme_id: UUID) -> Circle:
    """A programme with everybody who has a role in it; the permission of an act says who of them signs."""
    programme = db.session.get_one(Programme, programme_id)
    people = db.session.execute(
        select(User.id, User.name, User.email, User.locale, Organizer.role)
        .join(Organizer, Organizer.user_id == User.id)
        .where(Organizer.programme_id == programme_id).order_by(User.name, User.email)
    )
    return Circle(programme.code, programme.name, programme.zone, tuple(
        Person(row.id, row.name, row.email, row.locale, ((programme_id, row.role),)) for row in people
    ))


def every_call() -> list[UUID]:
    """The ids of all calls whose log must be there, by code."""
    return list(db.session.scalars(select(Call.id).order_by(Call.code)))


@dataclass(frozen=True, slots=True)
class SignatureView:
    """A proposal as the page shows it.

    Attributes
    ----------
    own
        Whether the reader has proposed it.
    may_decide
        Whether the reader holds the act's permission.
    changed
        Of one that waits: what is to be signed has changed since, so that signing would only make it void.
    """

    code: str
    title: str
    description: Description
    reason: str
    proposer: str
    proposer_email: str
    proposed_at: datetime
    expires_at: datetime
    state: str
    decider: str
    decided_at: datetime | None
    note: str
    digest: str
    own: bool
    may_decide: bool
    changed: bool


def signature_of(programme_id: UUID, code: str) -> Signature | None:
    return db.session.scalar(select(Signature).where(Signature.programme_id == programme_id, Signature.code == code))


def waiting(programme_id: UUID, actor: Actor) -> list[SignatureView]:
    """Proposals that wait for a signature, those that end first at the top."""
    return [_view(row, actor) for row in _rows(
        programme_id, Signature.state == "proposed", order=Signature.expires_at.asc(), most=200
    )]


def past(programme_id: UUID, actor: Actor) -> list[SignatureView]:
    """The proposals that ended last."""
    return [_view(row, actor) for row in _rows(
        programme_id, Signature.state != "proposed", order=Signature.decided_at.desc(), most=PAST_SHOWN
    )]


def _rows(programme_id: UUID, where: Any, *, order: Any, most: int) -> list[Any]:
    proposer, decider = aliased(User), aliased(User)
    return list(db.session.execute(
        select(Signature, proposer.name.label("proposer"), proposer.email.label("email"),
               decider.name.label("decider"))
        .outerjoin(proposer, proposer.id == Signature.proposed_by)
        .outerjoin(decider, decider.id == Signature.decided_by)
        .where(Signature.programme_id == programme_id, where).order_by(order, Signature.id).limit(most)
    ))


def _view(row: Any, actor: Actor) -> SignatureView:
    signature, waits = row.Signature, row.Signature.state == "proposed"
    act = act_of(signature)
    payload = act.payload_of(signature)
    try:
        description = act.describe(payload)
    except DomainError:
        description = Description(())
    return SignatureView(
        signature.code, str(act.title), description, signature.reason, row.proposer or "", row.email or "",
        signature.proposed_at, signature.expires_at, signature.state, row.decider or "", signature.decided_at,
        signature.note, signature.digest, signature.proposed_by == actor.user_id,
        waits and act.allowed(actor, payload), waits and not unchanged(signature),
    )


def waiting_by_programme(actor: Actor) -> dict[str, int]:
    """``{code of a programme: proposals that wait there}``, of the programmes that a person organizes."""
    query = (
        select(Programme.code, func.count()).join(Signature, Signature.programme_id == Programme.id)
        .join(Organizer, Organizer.programme_id == Programme.id)
        .where(Organizer.user_id == actor.user_id, Organizer.role.in_(sorted(READERS)),
               Signature.state == "proposed")
        .group_by(Programme.code).order_by(Programme.code)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
