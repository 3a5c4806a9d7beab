"""Commands on people: the only writers of the accounts tables.

Nothing here tells whether an address has an account: callers answer alike, and mail says the rest.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from competition.accounts import passwords, sessions
from competition.accounts.models import Token, User
from competition.extensions import db
from competition.kernel import audit, mail
from competition.kernel.access import Actor
from competition.kernel.errors import RuleBroken
from competition.kernel.ids import new_id, new_token, token_hash

CHAIN = "platform"
CONFIRM_FOR = timedelta(days=7)
RESET_FOR = timedelta(minutes=30)
OPENED_FOR = timedelta(days=7)


def sign_up(
    *, email: str, name: str, password_hash: str, locale: str, zone: str, now: datetime, confirmed: bool = False,
) -> User | None:
    """Make an account, or, when the address has one, write to its owner; the caller answers alike.

    Parameters
    ----------
    email
        Normalized by :func:`competition.accounts.addresses.normalize`.
    confirmed
        True when the address is proved by other means: an invitation sent to it, or the operator.
    """
    existing = user_by_email(email)
    if existing is not None:
        mail.send("accounts/already", to=email, lang=existing.locale, now=now, name=existing.name)
        return None
    user = User(
        id=new_id(), email=email, name=name, password_hash=password_hash, locale=locale, zone=zone,
        is_operator=False, created_at=now, confirmed_at=now if confirmed else None,
    )
    db.session.add(user)
    db.session.flush()
    audit.record("account.created", chain=CHAIN, subject=user.id, actor_id=user.id, now=now)
    if not confirmed:
        send_confirmation(user=user, now=now)
    return user


def open_account(*, email: str, name: str, locale: str, zone: str, now: datetime) -> str:
    """An account made by the operator, from the command line only.

    Returns
    -------
    str
        The token of the link at which its owner chooses a password; until then nobody can sign in.

    Raises
    ------
    RuleBroken
        When the address has an account.
    """
    nobody_knows = passwords.make(new_token())
    user = sign_up(
        email=email, name=name, password_hash=nobody_knows, locale=locale, zone=zone, now=now, confirmed=True
    )
    if user is None:
        raise RuleBroken(_("There is an account under this address already."))
    return _issue("reset", user, OPENED_FOR, now)


def send_confirmation(*, user: User, now: datetime) -> None:
    token = _issue("confirm", user, CONFIRM_FOR, now)
    mail.send("accounts/confirm", to=user.email, lang=user.locale, now=now, name=user.name, token=token)


def confirm(*, token: str, now: datetime) -> User | None:
    """Use a confirmation link; None when it is unknown, used or too old."""
    user = _redeem("confirm", token, now)
    if user is not None and user.confirmed_at is None:
        user.confirmed_at = now
        audit.record("account.confirmed", chain=CHAIN, subject=user.id, actor_id=user.id, now=now)
    return user


def request_reset(*, email: str, now: datetime) -> None:
    """Mail a reset link if the address has an account; silent otherwise."""
    user = user_by_email(email)
    if user is None:
        return
    token = _issue("reset", user, RESET_FOR, now)
    mail.send("accounts/reset", to=user.email, lang=user.locale, now=now, name=user.name, token=token)


def reset(*, token: str, password_hash: str, now: datetime) -> User | None:
    """Set a new password by a reset link, sign the person out everywhere; None for a dead link."""
    user = _redeem("reset", token, now)
    if user is None:
        return None
    user.password_hash = password_hash
    user.confirmed_at = user.confirmed_at or now
    sessions.end_all(user)
    audit.record("account.password_reset", chain=CHAIN, subject=user.id, actor_id=user.id, now=now)
    return user


def change_password(*, actor: Actor, password_hash: str, now: datetime) -> None:
    user = db.session.get_one(User, actor.id)
    user.password_hash = password_hash
    sessions.end_all(user, but=actor)
    audit.record("account.password_changed", chain=CHAIN, subject=user.id, actor_id=user.id, now=now)


def update_profile(*, actor: Actor, name: str, locale: str, zone: str) -> None:
    user = db.session.get_one(User, actor.id)
    user.name, user.locale, user.zone = name, locale, zone


def make_operator(*, email: str, now: datetime) -> User:
    """Give the operator's role, from the command line only.

    Raises
    ------
    RuleBroken
        When nobody has signed up under this address.
    """
    user = user_by_email(email)
    if user is None:
        raise RuleBroken(_("Nobody has signed up with this address yet."))
    user.is_operator = True
    audit.record("account.operator_granted", chain=CHAIN, subject=user.id, actor_id=None, now=now)
    return user


def user_by_email(email: str) -> User | None:
    return db.session.scalar(select(User).where(User.email == email))


def token_is_live(kind: str, token: str, now: datetime) -> bool:
    """Whether a link would still work; looking does not use it up."""
    return _find(kind, token, now) is not None


def _issue(kind: str, user: User, lifetime: timedelta, now: datetime) -> str:
    """A new link; earlier ones of the same kind stop working."""
    db.session.execute(
        update(Token).where(Token.user_id == user.id, Token.kind == kind, Token.used_at.is_(None)).values(used_at=now)
    )
    token = new_token()
    db.session.add(Token(
        id=new_id(), kind=kind, token_hash=token_hash(token), user_id=user.id, created_at=now,
        expires_at=now + lifetime,
    ))
    return token


def _find(kind: str, token: str, now: datetime) -> Token | None:
    return db.session.scalar(
        select(Token).where(
            Token.kind == kind, Token.token_hash == token_hash(token), Token.used_at.is_(None), Token.expires_at > now
        ).with_for_update()
    )


def _redeem(kind: str, token: str, now: datetime) -> User | None:
    found = _find(kind, token, now)
    if found is None:
        return None
    found.used_at = now
    return db.session.get_one(User, found.user_id)
