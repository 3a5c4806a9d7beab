"""A password that is changed while somebody uses the old one: comparing takes a while, and opens nothing late."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from competition.accounts import passwords, service
from competition.accounts.models import User, UserSession
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.web.one_request import waits
from tests.factories.accounts import PASSWORD, client_of, make_user

MINE, THEIRS = "the owners new phrase", "an intruders phrase"


@pytest.fixture
def person(app: Flask) -> User:
    return make_user()


@pytest.fixture
def reset_meanwhile(app: Flask, person: User, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Arms it: the owner sets a new password by mail while the next comparison runs."""
    with transaction.write():
        token = service._issue("reset", db.session.get_one(User, person.id), service.RESET_FOR, clock.now())
    compare, answers = passwords.matches, list[int]()

    @waits
    def slow(stored: str | None, typed: str) -> bool:
        result = compare(stored, typed)
        if not answers:
            answers.append(app.test_client().post(f"/en/reset/{token}", data={"password": MINE}).status_code)
            assert answers == [303]
        return result

    return lambda: monkeypatch.setattr(passwords, "matches", slow)


def _is(person: User, password: str) -> bool:
    db.session.rollback()
    stored = db.session.scalars(select(User.password_hash).where(User.id == person.id)).one()
    db.session.rollback()
    return passwords.matches(stored, password)


def _sessions() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(UserSession.id)).all())


def test_signing_in_with_the_old_password(app: Flask, person: User, reset_meanwhile: Callable[[], None]) -> None:
    reset_meanwhile()
    client = app.test_client()
    answer = client.post("/en/sign-in", data={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 422
    assert "The e-mail address or the password is wrong." in answer.text
    assert (client.get("/en/profile").status_code, _sessions()) == (303, 0)
    assert client.post("/en/sign-in", data={"email": person.email, "password": MINE}).status_code == 303
    assert _sessions() == 1


def test_changing_the_old_password(app: Flask, person: User, reset_meanwhile: Callable[[], None]) -> None:
    intruder = client_of(app, person)
    reset_meanwhile()
    answer = intruder.post("/en/profile/password", data={"current": PASSWORD, "password": THEIRS})
    assert answer.status_code == 422
    assert "This is not your present password." in answer.text
    assert (intruder.get("/en/profile").status_code, _sessions()) == (303, 0)
    assert (_is(person, MINE), _is(person, THEIRS)) == (True, False)


def test_nothing_stored_is_matched_by_nothing() -> None:
    for stored in (None, ""):
        assert not any(passwords.matches(stored, typed) for typed in ("", "no such person", PASSWORD))
