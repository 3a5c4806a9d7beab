"""Commands on signatures: propose, sign, withdraw, expire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.data.lifecycle import Lifecycle
from competition.kernel.data.models import Signature
from competition.kernel.errors import DomainError, IllegalMove, Missing, RuleBroken
from competition.kernel.jobs import mail, outbox
from competition.kernel.signing.acts import Act, Approval, act_of
from competition.kernel.signing.people import Circle, Person, circle, signs
from competition.kernel.web.access import Actor

VALID_FOR = timedelta(days=7)
CODE_LENGTH = 16
SIGNATURE = Lifecycle("signature", {
    "sign": {"proposed": "signed"},
    "withdraw": {"proposed": "withdrawn"},
    "expire": {"proposed": "expired"},
    "void": {"proposed": "void"},
})
Payload = TypeVar("Payload")


@dataclass(frozen=True)
class ExpireArguments:
    """The proposal whose time is up."""

    signature: UUID


EXPIRE = outbox.Kind("signature.expire", ExpireArguments)


def propose(
    *, act: Act[Payload], payload: Payload, programme_id: UUID, chain: UUID | str, subject: str, reason: str,
    actor: Actor, now: datetime,
) -> Signature:
    """Write down an act that somebody else has to sign, and ask those who may by mail.

    Parameters
    ----------
    chain
        The log that tells of it: a call's id, or ``"platform"``.
    subject
        Names the object of the act, also in the log. At most one proposal of a kind is open for a subject.

    Raises
    ------
    Missing
        When the actor does not hold the act's permission.
    RuleBroken
        Without a reason, or when nobody else could sign.
    IllegalMove
        When the same act is waiting for a signature already.
    """
    if not reason.strip():
        raise RuleBroken(_("Say why: the person who signs reads it, and it stays in the log."), field="reason")
    if not act.allowed(actor, payload):
        raise Missing("")
    run_by = circle(programme_id)
    signers = [
        person for person in run_by.people
        if person.id != actor.id and signs(person, run_by.code) and act.allowed(person.actor, payload)
    ]
    if not signers:
        raise RuleBroken(_(
            "This needs the signature of a second organizer, and the programme has none. Add one first: the page "
            "“Signatures” of the programme says how."
        ))
    if open_of(act.kind, subject) is not None:
        raise IllegalMove(_("The same step waits for a signature already."))
    signature = Signature(
        id=new_id(), code=new_code(CODE_LENGTH), kind=act.kind, programme_id=programme_id, chain=str(chain),
        subject=subject, payload=act.to_document(payload), digest=act.digest_now(payload), reason=reason.strip(),
        state="proposed", proposed_by=actor.id, proposed_at=now, expires_at=now + VALID_FOR,
    )
    db.session.add(signature)
    db.session.flush()
    outbox.add(EXPIRE, ExpireArguments(signature=signature.id), key=str(signature.id), now=now, delay=VALID_FOR)
    audit.record(
        "signature.proposed", chain=signature.chain, subject=subject, actor_id=actor.id, now=now,
        signature=signature.code, kind=act.kind, digest=signature.digest, reason=signature.reason,
        expires=signature.expires_at,
    )
    _tell("kernel/signature_asked", signers, signature, run_by, now)
    return signature


def open_of(kind: str, subject: str) -> Signature | None:
    """The proposal of this kind that waits for a signature, about this subject."""
    return db.session.scalar(select(Signature).where(
        Signature.kind == kind, Signature.subject == subject, Signature.state == "proposed"
    ))


def sign(*, signature: Signature, actor: Actor, now: datetime) -> str:
    """Sign a proposal and do its act, in this transaction. Returns the state reached.

    It is ``void`` instead of ``signed`` when what is to be signed has changed since it was proposed, or when the
    person who proposed it has no right to it any more: nothing is done then.

    Raises
    ------
    Missing
        When the actor does not hold the act's permission.
    IllegalMove
        When it is not waiting any more, or the actor has proposed it.
    DomainError
        Whatever the act refuses.
    """
    _lock(signature)
    act = act_of(signature)
    payload = act.payload_of(signature)
    if not act.allowed(actor, payload):
        raise Missing("")
    if signature.proposed_by == actor.id:
        raise IllegalMove(_("You have proposed this yourself: somebody else has to sign it."))
    if signature.expires_at <= now:
        raise IllegalMove(_("The time to sign this is over. It has to be proposed again."))
    if not _unchanged(act, payload, signature):
        _end(signature, "void", actor_id=actor.id, now=now)
        audit.record(
            "signature.void", chain=signature.chain, subject=signature.subject, actor_id=actor.id, now=now,
            signature=signature.code, kind=act.kind, digest=signature.digest,
        )
        _tell_proposer(signature, now)
        return signature.state
    _end(signature, "sign", actor_id=actor.id, now=now)
    audit.record(
        "signature.signed", chain=signature.chain, subject=signature.subject, actor_id=actor.id, now=now,
        signature=signature.code, kind=act.kind, digest=signature.digest, proposed_by=signature.proposed_by,
    )
    act.apply(payload, Approval(signature.code, signature.reason, signature.proposed_by, actor.id, now))
    _tell_proposer(signature, now)
    return signature.state


def _unchanged(act: Act[Payload], payload: Payload, signature: Signature) -> bool:
    proposer = _proposer(signature)
    try:
        return act.allowed(proposer, payload) and act.digest_now(payload) == signature.digest
    except DomainError:
        return False


def unchanged(signature: Signature) -> bool:
    """Whether a proposal would still be valid if it were signed now."""
    act = act_of(signature)
    return _unchanged(act, act.payload_of(signature), signature)


def withdraw(*, signature: Signature, reason: str, actor: Actor, now: datetime) -> None:
    """Take a proposal back, or turn down somebody else's.

    Raises
    ------
    Missing
        When the actor does not hold the act's permission.
    RuleBroken
        When somebody else's proposal is turned down without a reason.
    IllegalMove
        When it is not waiting any more.
    """
    _lock(signature)
    act = act_of(signature)
    if not act.allowed(actor, act.payload_of(signature)):
        raise Missing("")
    if signature.proposed_by != actor.id and not reason.strip():
        raise RuleBroken(_("Say why: the person who proposed it gets it by mail."), field="reason")
    signature.note = reason.strip()
    _end(signature, "withdraw", actor_id=actor.id, now=now)
    audit.record(
        "signature.withdrawn", chain=signature.chain, subject=signature.subject, actor_id=actor.id, now=now,
        signature=signature.code, kind=act.kind, reason=signature.note,
    )
    if signature.proposed_by != actor.id:
        _tell_proposer(signature, now)


@outbox.handler(EXPIRE)
def expire(_job: outbox.Job, arguments: ExpireArguments) -> outbox.Effects:
    """End a proposal that nobody has signed in time."""

    def effects() -> None:
        now = clock.now()
        signature = db.session.get_one(Signature, arguments.signature)
        _lock(signature)
        if signature.state != "proposed":
            return
        _end(signature, "expire", actor_id=None, now=now)
        audit.record(
            "signature.expired", chain=signature.chain, subject=signature.subject, actor_id=None, now=now,
            signature=signature.code, kind=signature.kind,
        )
        _tell_proposer(signature, now)

    return effects


def _proposer(signature: Signature) -> Actor:
    """Whoever proposed, with the role that they have by now, if any."""
    people = {person.id: person for person in circle(signature.programme_id).people}
    proposer = people.get(signature.proposed_by) if signature.proposed_by is not None else None
    return Actor(user_id=signature.proposed_by) if proposer is None else proposer.actor


def _lock(signature: Signature) -> None:
    db.session.refresh(signature, with_for_update={"of": Signature})


def _end(signature: Signature, step: str, *, actor_id: UUID | None, now: datetime) -> None:
    SIGNATURE.advance(signature, step)
    signature.decided_by, signature.decided_at = actor_id, now
    db.session.flush()


def _tell_proposer(signature: Signature, now: datetime) -> None:
    run_by = circle(signature.programme_id)
    proposer = [person for person in run_by.people if person.id == signature.proposed_by]
    _tell("kernel/signature_ended", proposer, signature, run_by, now)


def _tell(
    template: str, people: Iterable[Person], signature: Signature, run_by: Circle, now: datetime
) -> None:
    act = act_of(signature)
    payload = act.payload_of(signature)
    names: dict[UUID | None, str] = {person.id: person.name for person in run_by.people}
    for person in people:
        mail.send(
            template, to=person.email, locale=person.locale, now=now, name=person.name, signature=signature,
            title=act.title, describe=lambda: _described(act, payload), programme=run_by,
            proposer=names.get(signature.proposed_by, ""), decider=names.get(signature.decided_by, ""),
        )


def _described(act: Act[Any], payload: Any) -> tuple[tuple[str, str], ...]:
    try:
        return act.describe(payload).facts
    except DomainError:
        return ()
