"""Invitations: bound to their address, answered once, by people who have an account or make one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from competition.accounts import invitations
from competition.accounts.models import Invitation, User
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import MailMessage
from competition.kernel.errors import RuleBroken
from tests.factories.accounts import PASSWORD, actor_of, client_of, make_user

ANSWERS: list[tuple[str, str]] = []


def _answer(word: str) -> invitations.Answer:
    def note(_invitation: Invitation, user: User | None, _now: datetime) -> str:
        ANSWERS.append((word, "" if user is None else user.email))
        return "/en/profile"

    return note


@pytest.fixture(autouse=True)
def offer() -> Iterator[None]:
    registered = invitations._offers.get("organizer")
    invitations.register("organizer", invitations.Offer(
        lambda _invitation: {"title": "Join us", "text": "As an organizer."}, _answer("yes"), _answer("no")
    ))
    ANSWERS.clear()
    yield
    if registered is not None:
        invitations.register("organizer", registered)


def _invite(email: str) -> str:
    host = make_user()
    with transaction.write():
        invitations.invite(
            kind="organizer", scope_id=new_id(), email=email, template="accounts/reset", lang="en",
            actor=actor_of(host), now=clock.now(), name="x",
        )
    body = db.session.scalars(select(MailMessage.body)).one()
    db.session.rollback()
    link = re.search(r"/reset/([\w-]+)", body)
    assert link is not None
    return f"/en/invitation/{link[1]}"


def test_a_newcomer_makes_an_account_and_accepts_in_one_step(app: Flask) -> None:
    path, client = _invite("new@example.test"), app.test_client()
    assert "Join us" in client.get(path).text
    answer = client.post(path, data={
        "answer": "accept", "name": "New", "password": "four words are enough", "locale": "en", "zone": "UTC",
    })
    assert (answer.status_code, answer.headers["Location"]) == (303, "/en/profile")
    assert ANSWERS == [("yes", "new@example.test")]
    assert client.get("/en/profile").status_code == 200  # signed in, address proved by the link
    assert client.get(path).status_code == 410


def test_a_newcomer_without_a_name_reads_one_thing_to_mend(app: Flask) -> None:
    path, client = _invite("new@example.test"), app.test_client()
    answer = client.post(path, data={
        "answer": "accept", "name": "", "password": "four words are enough", "locale": "en", "zone": "UTC",
    })
    assert (answer.status_code, "Please send it again." in answer.text) == (422, False)
    assert answer.text.count("Please fill this in.") == 2  # in the summary and beside the field


@pytest.mark.parametrize(("word", "noted"), [("accept", "yes"), ("decline", "no")])
def test_the_invited_person_answers_once(app: Flask, word: str, noted: str) -> None:
    path = _invite("ana@example.test")
    client = client_of(app, make_user("ana@example.test"))
    assert client.post(path, data={"answer": word}).status_code == 303
    assert client.post(path, data={"answer": word}).status_code == 404
    assert [(noted, "ana@example.test")] == ANSWERS


def test_another_person_cannot_take_the_place(app: Flask) -> None:
    path = _invite("ana@example.test")
    answer = client_of(app, make_user("eve@example.test")).post(path, data={"answer": "accept"})
    assert answer.status_code == 422
    assert "ana@example.test" in answer.text
    assert ANSWERS == []


@pytest.mark.parametrize("has_account", [False, True])
def test_the_link_alone_declines(app: Flask, has_account: bool) -> None:
    path, client = _invite("ana@example.test"), app.test_client()
    if has_account:
        make_user("ana@example.test")
    assert f'action="{path}/decline"' in client.get(path).text
    answer = client.post(f"{path}/decline")
    assert answer.status_code == 200 and "<h1>Invitation declined</h1>" in answer.text
    assert ANSWERS == [("no", "")]
    assert client.post(f"{path}/decline").status_code == 404
    assert client.get(path).status_code == 410
    assert client.post("/en/invitation/unknown/decline").status_code == 404


def test_an_existing_person_must_sign_in(app: Flask) -> None:
    path = _invite("ana@example.test")
    make_user("ana@example.test")
    answer = app.test_client().post(path, data={
        "answer": "accept", "name": "Eve", "password": "four words are enough", "locale": "en", "zone": "UTC",
    })
    assert answer.status_code == 422
    assert ANSWERS == []


def test_an_account_that_nobody_confirmed_keeps_the_invited_person_out_of_nothing(app: Flask) -> None:
    path, client = _invite("ana@example.test"), app.test_client()
    make_user("ana@example.test", name="Evil", confirmed_at=None)
    answer = client.post(path, data={
        "answer": "accept", "name": "Ana", "password": "four words are enough", "locale": "en", "zone": "UTC",
    })
    assert (answer.status_code, answer.location) == (303, "/en/profile")
    assert ANSWERS == [("yes", "ana@example.test")]
    entered = [
        app.test_client().post("/en/sign-in", data={"email": "ana@example.test", "password": password}).status_code
        for password in (PASSWORD, "four words are enough")
    ]
    assert entered == [422, 303]


def test_it_ends_after_seven_days(app: Flask) -> None:
    path = _invite("ana@example.test")
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1), tick=False):
        assert app.test_client().get(path).status_code == 410


def test_the_same_offer_is_not_sent_twice(app: Flask) -> None:
    host, scope = make_user(), new_id()

    def invite() -> None:
        with transaction.write():
            invitations.invite(kind="organizer", scope_id=scope, email="a@example.test", template="accounts/reset",
                               lang="en", actor=actor_of(host), now=clock.now(), name="x")

    invite()
    with app.test_request_context("/en/"), pytest.raises(RuleBroken):
        invite()
