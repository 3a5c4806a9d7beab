"""Taking access away: locked accounts, and operators who are none any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _

from competition.accounts import service, sessions
from competition.accounts.models import User
from competition.kernel.data import audit
from competition.kernel.errors import RuleBroken
from competition.kernel.jobs import mail
from competition.kernel.web.access import Actor

CHAIN = "platform"
Colleagues = Callable[[UUID], list[tuple[str, str]]]
_colleagues: list[Colleagues] = []


def tell(colleagues: Colleagues) -> Colleagues:
    """Register who hears when somebody's access changes: user id → ``(email, locale)`` of each."""
    _colleagues.append(colleagues)
    return colleagues


def lock(*, user: User, actor: Actor | None, now: datetime) -> None:
    """Shut an account: every session ends, every mailed link is void, and nobody signs in to it.

    Parameters
    ----------
    actor
        None for the command line, here and below.

    Raises
    ------
    RuleBroken
        For the operator's own account.
    """
    _refuse_oneself(user, actor)
    if user.locked_at is not None:
        return
    user.locked_at = now
    sessions.end_all(user)
    service.void_links(user, now)
    _report("account.locked", user, actor, now)


def unlock(*, user: User, actor: Actor | None, now: datetime) -> None:
    """Open a locked account again; its owner signs in as before."""
    if user.locked_at is None:
        return
    user.locked_at = None
    _report("account.unlocked", user, actor, now)


def revoke_operator(*, user: User, actor: Actor | None, now: datetime) -> None:
    """Take the operator's role away.

    Raises
    ------
    RuleBroken
        For the operator's own account, and for somebody who is none.
    """
    _refuse_oneself(user, actor)
    if not user.is_operator:
        raise RuleBroken(_("This person is no operator."))
    user.is_operator = False
    _report("account.operator_revoked", user, actor, now)


def _refuse_oneself(user: User, actor: Actor | None) -> None:
    if actor is not None and actor.user_id == user.id:
        raise RuleBroken(_("Another operator has to do this for you."))


def _report(action: str, user: User, actor: Actor | None, now: datetime) -> None:
    audit.record(action, chain=CHAIN, subject=user.id, actor_id=None if actor is None else actor.user_id, now=now)
    recipients = {user.email: user.locale}
    for colleagues in _colleagues:
        recipients.update(colleagues(user.id))
    for email, locale in sorted(recipients.items()):
        mail.send("accounts/access_changed", to=email, locale=locale, now=now, what=action, name=user.name,
                  address=user.email, own=email == user.email)
