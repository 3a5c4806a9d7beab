"""Commands on people: the only writers of the accounts tables.

Nothing here tells whether an address has an account: callers answer alike, and mail says the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select, update

from competition.accounts import passwords, sessions
from competition.accounts.models import Token, User
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id, new_token, token_hash
from competition.kernel.errors import RuleBroken
from competition.kernel.jobs import mail, outbox
from competition.kernel.web.access import Actor

CHAIN = "platform"
CONFIRM_FOR = timedelta(days=7)
RESET_FOR = timedelta(minutes=30)
OPENED_FOR = timedelta(days=7)
CONFIRMATIONS_MOST = 5  # an hour, for those who sign in before they confirm


@dataclass(frozen=True)
class ResetArguments:
    """The person who gets a reset link; nobody has the id when the address is unknown."""

    user: UUID


RESET = outbox.Kind("accounts.reset", ResetArguments)


def sign_up(
    *, email: str, name: str, password_hash: str, locale: str, zone: str, now: datetime, confirmed: bool = False,
) -> User | None:
    """Create an account; when the address has one, mail its owner. The caller's answer is the same.

    Until an address is confirmed, whoever signs up last is the one who can: name and password are theirs, and
    earlier links are dead. So nobody prepares an account for somebody else to confirm.

    Parameters
    ----------
    email
        Normalized by :func:`competition.kernel.text.emails.normalize`.
    confirmed
        True when the address is proved by other means: an invitation sent to it, or the operator.
    """
    user = _locked(User.email == email)
    if user is not None and user.confirmed_at is not None:
        mail.send("accounts/already", to=email, locale=user.locale, now=now, name=user.name)
        return None
    action = "account.created" if user is None else "account.signed_up_again"
    if user is None:
        user = User(id=new_id(), email=email, is_operator=False, created_at=now)
        db.session.add(user)
    user.name, user.password_hash, user.locale, user.zone = name, password_hash, locale, zone
    user.confirmed_at = now if confirmed else None
    db.session.flush()
    _void(user, now)
    audit.record(action, chain=CHAIN, subject=user.id, actor_id=user.id, now=now)
    if not confirmed:
        send_confirmation(user=user, now=now)
    return user


def open_account(*, email: str, name: str, locale: str, zone: str, now: datetime) -> str:
    """Create an account for somebody, from the command line.

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
    """Mail a confirmation link, without the name: a stranger may have chosen it as a message to the recipient."""
    token = _issue("confirm", user, CONFIRM_FOR, now)
    mail.send("accounts/confirm", to=user.email, locale=user.locale, now=now, token=token)


def confirm_again(*, user_id: UUID, now: datetime) -> None:
    """Mail a new link to somebody who signs in before confirming, at most five an hour."""
    user = _locked(User.id == user_id)
    if user is None or user.confirmed_at is not None or user.locked_at is not None:
        return
    lately = select(func.count()).select_from(Token).where(
        Token.user_id == user.id, Token.kind == "confirm", Token.created_at > now - timedelta(hours=1)
    )
    if (db.session.scalar(lately) or 0) < CONFIRMATIONS_MOST:
        send_confirmation(user=user, now=now)


def to_confirm(token: str, now: datetime) -> User | None:
    """The person whose address a valid confirmation link would confirm; the link stays valid."""
    live = _live_token("confirm", token, now)
    return None if live is None else db.session.get_one(User, live.user_id)


def confirm(*, token: str, now: datetime) -> User | None:
    """Use a confirmation link after the password was verified; None when it is unknown, used or too old.

    The password that the link was sent for can't have changed in between: whatever changes it voids the link.
    """
    user = _redeem("confirm", token, now)
    if user is not None and user.confirmed_at is None:
        user.confirmed_at = now
        audit.record("account.confirmed", chain=CHAIN, subject=user.id, actor_id=user.id, now=now)
    return user


def request_reset(*, email: str, now: datetime) -> UUID:
    """Queue the mail with a reset link to the owner of this address, if there is one; returns the job.

    Known or not, the same is written in the same time: a job that names a person, or an id that is nobody's.
    The address of a stranger is stored nowhere.
    """
    user_id = db.session.scalar(select(User.id).where(User.email == email)) or new_id()
    return outbox.add(RESET, ResetArguments(user=user_id), key=str(new_id()), now=now)


def send_reset(*, user_id: UUID, now: datetime) -> None:
    """Mail a reset link; does nothing when there is no such person, or their account is locked."""
    user = _locked(User.id == user_id)
    if user is None or user.locked_at is not None:
        return
    token = _issue("reset", user, RESET_FOR, now)
    name = user.name if user.confirmed_at is not None else ""
    mail.send("accounts/reset", to=user.email, locale=user.locale, now=now, name=name, token=token)


def reset(*, token: str, password_hash: str, now: datetime) -> User | None:
    """Set a new password by a reset link and sign the person out everywhere; None for an invalid link."""
    user = _redeem("reset", token, now)
    if user is None:
        return None
    user.password_hash = password_hash
    user.confirmed_at = user.confirmed_at or now
    _void(user, now)
    sessions.end_all(user)
    audit.record("account.password_reset", chain=CHAIN, subject=user.id, actor_id=user.id, now=now)
    return user


def proved(*, user_id: UUID, password_hash: str) -> User | None:
    """Lock and return the person, if their password hash is still this one; else None.

    A comparison takes a while: what a new password shuts meanwhile stays shut.
    """
    user = _locked(User.id == user_id)
    return user if user is not None and user.password_hash == password_hash else None


def change_password(*, actor: Actor, proved_by: str, password_hash: str, now: datetime, agent: str) -> None:
    """Set a new password and end every session and every mailed link.

    The browser that asks goes on under a new session, so that its old cookie is worth nothing.

    Parameters
    ----------
    proved_by
        The stored hash that the present password was found to fit.

    Raises
    ------
    RuleBroken
        When the present password is another one by now; ``field`` is ``current``.
    """
    user = proved(user_id=actor.id, password_hash=proved_by)
    if user is None:
        raise RuleBroken(_("This is not your present password."), field="current")
    user.password_hash = password_hash
    _void(user, now)
    sessions.end_all(user)
    sessions.start(user, now=now, agent=agent, proved_twice=actor.proved_twice)
    audit.record("account.password_changed", chain=CHAIN, subject=user.id, actor_id=user.id, now=now)


def update_profile(*, actor: Actor, name: str, locale: str, zone: str) -> None:
    user = db.session.get_one(User, actor.id)
    user.name, user.locale, user.zone = name, locale, zone


def make_operator(*, email: str, now: datetime) -> User:
    """Grant the operator's role, from the command line.

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


def locked(user_id: UUID) -> User | None:
    """Lock a person's row until the end of the transaction and return it."""
    return _locked(User.id == user_id)


def user_by_email(email: str) -> User | None:
    return db.session.scalar(select(User).where(User.email == email))


def owner_of_link(kind: str, token: str, now: datetime) -> tuple[str, str]:
    """Name and address of the person to whom a valid link was mailed; empty for any other."""
    live = _live_token(kind, token, now)
    user = None if live is None else db.session.get_one(User, live.user_id)
    return ("", "") if user is None else (user.name, user.email)


def token_is_live(kind: str, token: str, now: datetime) -> bool:
    """Whether a link is still valid; it stays so."""
    return _live_token(kind, token, now) is not None


def _locked(which: ColumnElement[bool]) -> User | None:
    """Lock a person's row until the end of the transaction and return it.

    The lock comes before anything is done to the person's links, so that two commands never wait for each other.
    """
    query = select(User).where(which).with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalar(query)


def void_links(user: User, now: datetime) -> None:
    """Invalidate every link that was mailed to this person."""
    _void(user, now)


def _void(user: User, now: datetime, *kinds: str) -> None:
    """Invalidate every link that was mailed to this person."""
    db.session.execute(
        update(Token)
        .where(Token.user_id == user.id, Token.kind.in_(kinds or ("confirm", "reset")), Token.used_at.is_(None))
        .values(used_at=now)
    )


def _issue(kind: str, user: User, lifetime: timedelta, now: datetime) -> str:
    """Create a link; earlier ones of the same kind become invalid."""
    _void(user, now, kind)
    token = new_token()
    db.session.add(Token(
        id=new_id(), kind=kind, token_hash=token_hash(token), user_id=user.id, created_at=now,
        expires_at=now + lifetime,
    ))
    return token


def _live_token(kind: str, token: str, now: datetime) -> Token | None:
    return db.session.scalar(
        select(Token).where(
            Token.kind == kind, Token.token_hash == token_hash(token), Token.used_at.is_(None), Token.expires_at > now
        )
    )


def _redeem(kind: str, token: str, now: datetime) -> User | None:
    live = _live_token(kind, token, now)
    if live is None:
        return None
    user = _locked(User.id == live.user_id)
    used = db.session.execute(update(Token).where(Token.id == live.id, Token.used_at.is_(None)).values(used_at=now))
    return user if used.rowcount == 1 and user is not None and user.locked_at is None else None  # type: ignore[attr-defined]  # the type knows no UPDATE
