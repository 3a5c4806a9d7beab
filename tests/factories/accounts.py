"""People and signed-in clients."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.accounts import passwords
from competition.accounts.models import User, UserSession
from competition.calls.models import Organizer
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id, new_token, token_hash
from competition.kernel.web.access import Actor

PASSWORD = "demo-password"
_HASH = passwords.make(PASSWORD)
_counter = itertools.count(1)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def make_user(email: str | None = None, **columns: Any) -> User:
    """A confirmed person with the password ``demo-password``; detached, columns loaded."""
    with transaction.write():
        user = User(**{
            "id": new_id(), "email": email or f"person{next(_counter)}@example.test", "name": "Test Person",
            "password_hash": _HASH, "locale": "en", "zone": "Asia/Shanghai", "is_operator": False,
            "confirmed_at": LONG_AGO, "created_at": LONG_AGO, **columns,
        })
        db.session.add(user)
        db.session.flush()
        db.session.expunge(user)
    return user


def actor_of(user: User, *audiences: str) -> Actor:
    """The actor that a request of this person would have."""
    return Actor(user_id=user.id, name=user.name, email=user.email, locale=user.locale, zone=user.zone,
                 is_operator=user.is_operator, audiences=frozenset(audiences), roles=roles_of(user))


def roles_of(user: User) -> tuple[tuple[UUID, str], ...]:
    """Roles in programmes, without opening a transaction in the test's own session."""
    query = select(Organizer.programme_id, Organizer.role).where(Organizer.user_id == user.id)
    if db.session().in_transaction():
        return tuple((row.programme_id, row.role) for row in db.session.execute(query))
    with db.engine.connect() as connection:
        return tuple((row.programme_id, row.role) for row in connection.execute(query))


def sign_in(client: FlaskClient, user: User) -> FlaskClient:
    """Give a client a real session of this person, without the cost of the password hash."""
    token, now = new_token(), datetime.now(UTC)
    with transaction.write():
        db.session.add(UserSession(
            id=new_id(), token_hash=token_hash(token), user_id=user.id, created_at=now, seen_at=now,
            expires_at=now.replace(year=now.year + 1), agent="pytest",
        ))
    with client.session_transaction() as session:
        session["sid"] = token
    return client


def client_of(app: Flask, user: User) -> FlaskClient:
    return sign_in(app.test_client(), user)
