"""Invitations by mail. The slice that invites registers what accepting does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select, update

from competition.accounts import display_names
from competition.accounts.models import Invitation, User
from competition.extensions import db
from competition.kernel.data.ids import new_id, new_token, token_hash
from competition.kernel.errors import RuleBroken
from competition.kernel.jobs import mail
from competition.kernel.web.access import Actor

VALID_FOR = timedelta(days=7)
Answer = Callable[[Invitation, User, datetime], str]


@dataclass(frozen=True)
class Offer:
    """How one kind of invitation is shown and answered.

    ``describe`` gives ``{"title", "text"}`` for the page; ``accept`` and ``decline`` run in the writing
    transaction of the answer and return the address to go to next. Who declines may be nobody who is known here.
    """

    describe: Callable[[Invitation], dict[str, Any]]
    accept: Answer
    decline: Callable[[Invitation, User | None, datetime], str]


_offers: dict[str, Offer] = {}


def register(kind: str, offer: Offer) -> None:
    _offers[kind] = offer


def offer_of(invitation: Invitation) -> Offer:
    return _offers[invitation.kind]


def invite(
    *, kind: str, scope_id: UUID, email: str, template: str, lang: str, actor: Actor, now: datetime,
    data: dict[str, Any] | None = None, **context: Any,
) -> Invitation:
    """Mail an invitation. ``template`` gets ``token``, ``inviter`` and the further ``context``.

    Names in it that anybody may choose go through :func:`competition.accounts.display_names.unlinked`.

    Raises
    ------
    RuleBroken
        When the same offer to the same address is still open.
    """
    if open_invitation(kind, scope_id, email, now) is not None:
        raise RuleBroken(_("This address already has an open invitation."), field="email")
    token = new_token()
    invitation = Invitation(
        id=new_id(), kind=kind, scope_id=scope_id, email=email, token_hash=token_hash(token), state="open",
        data=data or {}, invited_by=actor.user_id, created_at=now, expires_at=now + VALID_FOR,
    )
    db.session.add(invitation)
    inviter = display_names.unlinked(actor.name)
    mail.send(template, to=email, locale=lang, now=now, token=token, inviter=inviter, **context)
    return invitation


def open_invitation(kind: str, scope_id: UUID, email: str, now: datetime) -> Invitation | None:
    return db.session.scalar(select(Invitation).where(
        Invitation.kind == kind, Invitation.scope_id == scope_id, Invitation.email == email,
        Invitation.state == "open", Invitation.expires_at > now,
    ))


def of_scope(kind: str, scope_id: UUID) -> list[Invitation]:
    """Every invitation to one team, panel or programme, newest first."""
    query = select(Invitation).where(Invitation.kind == kind, Invitation.scope_id == scope_id)
    return list(db.session.scalars(query.order_by(Invitation.created_at.desc())))


def by_token(token: str, now: datetime) -> Invitation | None:
    """The open invitation behind a link; None when unknown, answered, revoked or too old."""
    return db.session.scalar(select(Invitation).where(
        Invitation.token_hash == token_hash(token), Invitation.state == "open", Invitation.expires_at > now
    ))


def revoke(*, kind: str, scope_id: UUID, invitation_id: UUID, now: datetime) -> bool:
    """Revoke an open invitation of this scope; False when there is none."""
    done = db.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.kind == kind, Invitation.scope_id == scope_id,
               Invitation.state == "open")
        .values(state="revoked", answered_at=now)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def answer(*, invitation: Invitation, user: User, accepted: bool, now: datetime) -> str:
    """Accept or decline, once; returns where to go next.

    Raises
    ------
    RuleBroken
        When the person signed in is not the one who was invited.
    """
    if user.email != invitation.email:
        raise RuleBroken(_("This invitation was sent to %(email)s. Sign in with that address to answer it.",
                           email=invitation.email))
    _take(invitation, "accepted" if accepted else "declined", now)
    offer = offer_of(invitation)
    return (offer.accept if accepted else offer.decline)(invitation, user, now)


def decline_by_link(*, invitation: Invitation, now: datetime) -> None:
    """Decline without signing in: the link was sent to the address alone.

    Raises
    ------
    RuleBroken
        When it was answered meanwhile.
    """
    _take(invitation, "declined", now)
    offer_of(invitation).decline(invitation, None, now)


def _take(invitation: Invitation, state: str, now: datetime) -> None:
    taken = db.session.execute(
        update(Invitation).where(Invitation.id == invitation.id, Invitation.state == "open")
        .values(state=state, answered_at=now)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise RuleBroken(_("This invitation has been answered already."))
