"""Sessions are rows of the database; the signed cookie holds a token, the row its hash.

A new token is made at every sign-in, so a planted cookie is worth nothing; deleting a row signs that
browser out at its next request.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Flask, current_app, g, request, session
from sqlalchemy import Select, bindparam, delete, select

from competition.accounts import trusted_browsers
from competition.accounts.models import User, UserSession
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.columns import Instant
from competition.kernel.data.ids import new_id, new_token, token_hash
from competition.kernel.text import i18n
from competition.kernel.web import access
from competition.kernel.web.access import ANONYMOUS, Actor

KEY = "sid"
COLUMNS = ("user_id", "session_id", "name", "email", "locale", "zone", "is_operator", "proved_twice")
SEEN_EVERY = timedelta(hours=1)


def init_app(app: Flask) -> None:
    app.before_request(load)


def load() -> None:
    """Load the actor of the request: one query, none for visitors."""
    token = session.get(KEY)
    if token is None or request.endpoint == "static":
        g.actor = ANONYMOUS
        return
    now = clock.now()
    row = db.session.connection().execute(_select(), {"hash": token_hash(token), "now": now}).mappings().one_or_none()
    if row is None:
        session.clear()
        g.actor = ANONYMOUS
        return
    audiences = frozenset(name for name in access.audiences() if row[name])
    g.actor = Actor(
        **{name: row[name] for name in COLUMNS}, audiences=audiences, roles=access.read_roles(row["roles"]),
    )
    if now - row["seen_at"] > SEEN_EVERY:
        with transaction.write():
            db.session.get_one(UserSession, g.actor.session_id).seen_at = now


@cache
def _select() -> Select[*tuple[Any, ...]]:
    """The session, its person and the audiences they belong to, built when every slice has registered its own."""
    return (
        select(
            UserSession.seen_at, UserSession.id.label("session_id"), User.id.label("user_id"), User.name, User.email,
            User.locale, User.zone, User.is_operator, UserSession.proved_twice,
            access.roles()(User.id).label("roles"),
            *(exists(User.id).label(name) for name, exists in access.audiences().items()),
        )
        .join(User, User.id == UserSession.user_id)
        .where(
            UserSession.token_hash == bindparam("hash"),
            UserSession.expires_at > bindparam("now", type_=Instant), User.locked_at.is_(None),
        )
    )


def start(user: User, *, now: datetime, agent: str, proved_twice: bool = False) -> UserSession:
    """Sign a person in on this browser, under a new token; call it in a writing transaction.

    ``proved_twice`` says that they showed a second factor, too.
    """
    token = new_token()
    row = UserSession(
        id=new_id(), token_hash=token_hash(token), user_id=user.id, created_at=now, seen_at=now,
        expires_at=now + timedelta(days=current_app.config["SETTINGS"].session_days), agent=agent[:200],
        proved_twice=proved_twice,
    )
    db.session.add(row)
    kept_lang = i18n.lang()
    session.clear()
    session[KEY] = token
    session.permanent = True
    trusted_browsers.remember(user.email)
    g.lang = kept_lang
    return row


def end(actor: Actor) -> None:
    """Sign this browser out."""
    if actor.session_id is not None:
        db.session.execute(delete(UserSession).where(UserSession.id == actor.session_id))
    session.clear()


def end_all(user: User) -> None:
    """Sign a person out everywhere, after the password changed."""
    db.session.execute(delete(UserSession).where(UserSession.user_id == user.id))
