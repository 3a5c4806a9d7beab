"""Commands on people's roles in a programme. Every one is written into its log and told to its leads and the person."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from competition.accounts import display_names, invitations
from competition.accounts.models import Invitation, User
from competition.calls import independence
from competition.calls.models import Organizer, Programme
from competition.calls.queries.people import leads_of
from competition.calls.roles import LABELS, LEAD, MEANINGS, ROLES
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.errors import Missing, RuleBroken
from competition.kernel.jobs import mail
from competition.kernel.text.i18n import text_in
from competition.kernel.web.access import Actor

KIND = "organizer"


def add(*, programme: Programme, user: User, role: str, actor: Actor | None, now: datetime) -> None:
    """Give somebody their first role in a programme.

    Parameters
    ----------
    actor
        None for the operator at the command line, here and below.

    Raises
    ------
    RuleBroken
        When they have a role, or are not independent; ``field`` is ``email``.
    """
    _check_role(role)
    _lock(programme)
    if actor is not None and actor.user_id == user.id:
        raise RuleBroken(_("Nobody gives a role to themselves. Ask somebody else."), field="email")
    if db.session.get(Organizer, (programme.id, user.id)) is not None:
        raise RuleBroken(_("%(email)s has a role in this programme. Change it in the list.", email=user.email),
                         field="email")
    independence.check(independence.ROLE, user_id=user.id, programme_id=programme.id, who=user.email, field="email")
    _give(programme, user, role, now)
    _report("role.given", programme, user, before="", after=role, actor=actor, now=now)


def invite(*, programme: Programme, email: str, role: str, lang: str, actor: Actor, now: datetime) -> Invitation:
    """Offer a role by mail to an address without an account.

    Raises
    ------
    RuleBroken
        When an offer to this address is open.
    """
    _check_role(role)
    invitation = invitations.invite(
        kind=KIND, scope_id=programme.id, email=email, template="calls/role_invitation", lang=lang, actor=actor,
        now=now, data={"role": role}, programme=programme.name, role=role, labels=LABELS, meanings=MEANINGS,
    )
    db.session.flush()
    audit.record("role.invited", chain=programme.id, subject=invitation.id, actor_id=actor.id, now=now, role=role)
    return invitation


def revoke(*, programme: Programme, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Make an open invitation worthless."""
    if not invitations.revoke(kind=KIND, scope_id=programme.id, invitation_id=invitation_id, now=now):
        raise Missing("")
    audit.record("role.invitation_revoked", chain=programme.id, subject=invitation_id, actor_id=actor.id, now=now)


def change(*, programme: Programme, user_id: UUID, role: str, actor: Actor | None, now: datetime) -> None:
    """Give somebody another role.

    Raises
    ------
    RuleBroken
        When nobody would lead the programme.
    """
    _check_role(role)
    holder, user = _holder(programme, user_id)
    before = holder.role
    if before == role:
        return
    if actor is not None and actor.user_id == user.id and before != LEAD:
        raise RuleBroken(_("Nobody gives a role to themselves. Ask somebody else."))
    _keep_a_lead(programme, holder)
    holder.role = role
    db.session.flush()
    _report("role.changed", programme, user, before=before, after=role, actor=actor, now=now)


def remove(*, programme: Programme, user_id: UUID, actor: Actor | None, now: datetime) -> None:
    """Take somebody's role away; their next request finds nothing of the programme.

    Raises
    ------
    RuleBroken
        When nobody would lead the programme.
    """
    holder, user = _holder(programme, user_id)
    _keep_a_lead(programme, holder)
    before = holder.role
    db.session.delete(holder)
    db.session.flush()
    _report("role.removed", programme, user, before=before, after="", actor=actor, now=now)


def _holder(programme: Programme, user_id: UUID) -> tuple[Organizer, User]:
    _lock(programme)
    holder = db.session.get(Organizer, (programme.id, user_id))
    if holder is None:
        raise Missing("")
    return holder, db.session.get_one(User, user_id)


def _give(programme: Programme, user: User, role: str, now: datetime) -> None:
    db.session.add(Organizer(programme_id=programme.id, user_id=user.id, role=role, since=now))
    db.session.flush()


def _keep_a_lead(programme: Programme, holder: Organizer) -> None:
    others = select(func.count()).select_from(Organizer).where(
        Organizer.programme_id == programme.id, Organizer.role == LEAD, Organizer.user_id != holder.user_id
    )
    if holder.role == LEAD and not db.session.scalar(others):
        raise RuleBroken(_("This is the programme’s only lead. Make somebody else a lead first."))


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise RuleBroken(_("Choose one of the roles."), field="role")


def _lock(programme: Programme) -> None:
    """Let no two changes of one programme's roles run side by side: it always has a lead."""
    db.session.execute(select(Programme.id).where(Programme.id == programme.id).with_for_update())


def _report(
    action: str, programme: Programme, user: User, *, before: str, after: str, actor: Actor | None, now: datetime,
) -> None:
    audit.record(action, chain=programme.id, subject=user.id, actor_id=None if actor is None else actor.user_id,
                 now=now, before=before, after=after)
    recipients = {user.email: user.locale, **dict(leads_of(programme.id))}
    for email, locale in sorted(recipients.items()):
        mail.send(
            "calls/role_changed", to=email, locale=locale, now=now, programme=programme, before=before, after=after,
            person=display_names.unlinked(user.name), address=user.email, own=email == user.email, labels=LABELS,
            meanings=MEANINGS, by="" if actor is None else display_names.unlinked(actor.name),
        )


def _describe(invitation: Invitation) -> dict[str, Any]:
    programme, role = db.session.get_one(Programme, invitation.scope_id), invitation.data["role"]
    return {
        "title": _("%(role)s of “%(programme)s”", role=LABELS[role], programme=text_in(programme.name)),
        "text": MEANINGS[role],
    }


def _accept(invitation: Invitation, user: User, now: datetime) -> str:
    programme, role = db.session.get_one(Programme, invitation.scope_id), invitation.data["role"]
    _lock(programme)
    independence.check(independence.ROLE, user_id=user.id, programme_id=programme.id)
    if db.session.get(Organizer, (programme.id, user.id)) is None:
        _give(programme, user, role, now)
        by = Actor(user_id=user.id, name=user.name, email=user.email)
        _report("role.accepted", programme, user, before="", after=role, actor=by, now=now)
    return url_for("calls_organizer.index", programme=programme.code)


def _decline(invitation: Invitation, user: User | None, now: datetime) -> str:
    audit.record("role.declined", chain=invitation.scope_id, subject=invitation.id,
                 actor_id=None if user is None else user.id, now=now)
    return url_for("calls_public.home")


invitations.register(KIND, invitations.Offer(describe=_describe, accept=_accept, decline=_decline))
