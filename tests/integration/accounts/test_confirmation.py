"""Confirming: only who chose the password and reads the mail gets in, whoever signed up before or after."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.accounts import service
from competition.accounts.models import Token, User
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent, MailMessage
from tests.factories.accounts import _HASH, PASSWORD, make_user

ADDRESS = "victim@example.test"
THEIRS, MINE = "they chose this phrase", "mine is another phrase"


def _sign_up(app: Flask, name: str, password: str) -> int:
    return app.test_client().post("/en/sign-up", data={
        "name": name, "email": ADDRESS, "password": password, "locale": "en", "zone": "UTC",
    }).status_code


def _links(kind: str = "confirm") -> list[str]:
    db.session.rollback()
    bodies = db.session.scalars(
        select(MailMessage.body).where(MailMessage.to == ADDRESS).order_by(MailMessage.created_at, MailMessage.id)
    ).all()
    return [link[1] for body in bodies if (link := re.search(rf"http://localhost(/\w+/{kind}/[\w-]+)", body))]


def _enter(client: FlaskClient, password: str) -> int:
    return client.post("/en/sign-in", data={"email": ADDRESS, "password": password}).status_code


def _confirmed() -> bool:
    db.session.rollback()
    return db.session.scalars(select(User.confirmed_at).where(User.email == ADDRESS)).one() is not None


def test_an_account_prepared_by_somebody_else_becomes_that_of_who_signs_up_and_reads_the_mail(app: Flask) -> None:
    assert [_sign_up(app, "Evil", THEIRS), _sign_up(app, "Victim", MINE)] == [200, 200]
    first, second = _links()
    assert app.test_client().get(first).status_code == 410
    victim = app.test_client()
    answer = victim.post(second, data={"password": MINE})
    assert (answer.status_code, answer.location) == (303, "/en/")
    assert victim.get("/en/profile").status_code == 200  # signed in: nothing is typed a third time
    assert [_enter(app.test_client(), password) for password in (THEIRS, MINE)] == [422, 303]
    db.session.rollback()
    assert db.session.scalars(select(User.name)).all() == ["Victim"]
    assert db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)).all() == [
        "account.created", "account.signed_up_again", "account.confirmed",
    ]


def test_a_link_alone_confirms_nothing_when_somebody_else_signed_up_last(app: Flask) -> None:
    assert [_sign_up(app, "Victim", MINE), _sign_up(app, "Evil", THEIRS)] == [200, 200]
    link, victim = _links()[1], app.test_client()
    for password, status in ((MINE, 422), ("", 422)):
        answer = victim.post(link, data={"password": password})
        assert (answer.status_code, _confirmed()) == (status, False)
        assert f'href="/en/forgotten?email={ADDRESS}"' in answer.text  # the way out
    assert "This is not the password of the last sign-up" in victim.post(link, data={"password": MINE}).text
    assert _enter(app.test_client(), THEIRS) == 200  # another mail, nobody signed in
    assert (_confirmed(), len(_links())) == (False, 3)


def test_a_reset_by_mail_is_the_way_out_and_voids_the_other_links(
    app: Flask, run_jobs: Callable[[], list[str]]
) -> None:
    _sign_up(app, "Evil", THEIRS)
    client = app.test_client()
    client.post("/en/forgotten", data={"email": ADDRESS})
    run_jobs()
    reset, waiting = _links("reset")[0], _links()[0]
    assert client.post(reset, data={"password": MINE}).status_code == 303
    assert _confirmed()
    assert client.get(waiting).status_code == 410
    assert [_enter(app.test_client(), password) for password in (THEIRS, MINE)] == [422, 303]


def test_mail_to_an_unconfirmed_address_carries_no_name(app: Flask, run_jobs: Callable[[], list[str]]) -> None:
    _sign_up(app, "Sir, visit https://evil.test", THEIRS)
    app.test_client().post("/en/forgotten", data={"email": ADDRESS})
    run_jobs()
    bodies = db.session.scalars(select(MailMessage.body).order_by(MailMessage.created_at)).all()
    assert [body.split("\n")[0] for body in bodies] == ["Hello,", "Hello,"]
    assert not any("evil" in body for body in bodies)


def test_signing_up_again_over_a_confirmed_account_changes_nothing(app: Flask) -> None:
    make_user(ADDRESS, name="Victim")
    assert _sign_up(app, "Evil", THEIRS) == 200
    assert [_enter(app.test_client(), password) for password in (THEIRS, PASSWORD)] == [422, 303]
    db.session.rollback()
    assert db.session.scalars(select(User.name)).all() == ["Victim"]
    assert _links() == []


def test_looking_uses_no_link_up_and_it_works_once_for_seven_days(app: Flask) -> None:
    _sign_up(app, "Victim", MINE)
    (link,), client = _links(), app.test_client()
    page = client.get(link)
    assert (page.status_code, page.text.count(ADDRESS)) == (200, 2)
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1), tick=False):
        assert client.post(link, data={"password": MINE}).status_code == 410
    assert [client.post(link, data={"password": MINE}).status_code for _ in range(2)] == [303, 410]


def test_signing_in_before_confirming_sends_five_links_an_hour_at_most(app: Flask) -> None:
    _sign_up(app, "Victim", MINE)
    assert [_enter(app.test_client(), MINE) for _ in range(7)] == [200] * 7
    links = _links()
    assert len(links) == service.CONFIRMATIONS_MOST == 5
    assert [app.test_client().get(link).status_code for link in links] == [410] * 4 + [200]
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1), tick=False):
        assert _enter(app.test_client(), MINE) == 200
    assert len(_links()) == 6


def test_a_sign_up_at_the_moment_of_confirming_never_takes_the_account_over(app: Flask) -> None:
    """Both are held at the account's row: whichever is second sees what the first did."""
    _sign_up(app, "Victim", MINE)
    token = _links()[0].rsplit("/", 1)[1]
    ready, done = threading.Event(), threading.Event()

    def intrude() -> None:
        with app.app_context():
            ready.wait(60)
            with transaction.write():
                service.sign_up(
                    email=ADDRESS, name="Evil", password_hash=_HASH, locale="en", zone="UTC", now=clock.now()
                )
            done.set()

    thread = threading.Thread(target=intrude)
    thread.start()
    with transaction.write():
        assert service.confirm(token=token, now=clock.now()) is not None
        ready.set()
        assert not done.wait(0.5)  # waits for us
    thread.join(60)
    db.session.rollback()
    assert db.session.scalars(select(User.name)).all() == ["Victim"]
    assert [_enter(app.test_client(), password) for password in (PASSWORD, MINE)] == [422, 303]


@pytest.mark.parametrize("kind", ["confirm", "reset"])
def test_a_dead_link_answers_alike_whatever_is_typed(app: Flask, kind: str) -> None:
    answers = [app.test_client().post(f"/en/{kind}/{'x' * 43}", data=data) for data in (
        {"password": "a long enough phrase"}, {"password": "another long phrase"},
    )]
    assert [answer.status_code for answer in answers] == [410, 410]
    assert db.session.scalars(select(Token.id)).all() == []
