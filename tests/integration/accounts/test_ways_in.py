"""Sign-up, confirmation, sign-in, reset: the same answer whether or not an address is known."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from competition.accounts.models import User, UserSession
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data.models import MailMessage, OutboxJob
from tests.factories.accounts import PASSWORD, client_of, make_user, sign_in
from tests.factories.calls import make_programme

NEW = {
    "name": "Ana", "email": "ana@example.test", "password": "four words are enough", "locale": "ko",
    "zone": "Asia/Seoul",
}


def _mails(to: str) -> list[MailMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(MailMessage).where(MailMessage.to == to).order_by(MailMessage.created_at)))


def _path(message: MailMessage, kind: str) -> str:
    link = re.search(rf"http://localhost(/\w+/{kind}/[\w-]+)", message.body)
    assert link is not None
    return link[1]


def _enter(client: FlaskClient, email: str, password: str, **more: str) -> int:
    return client.post("/en/sign-in", data={"email": email, "password": password, **more}).status_code


def test_from_sign_up_to_signed_in(client: FlaskClient) -> None:
    assert client.post("/en/sign-up", data=NEW).status_code == 200
    assert _enter(client, NEW["email"], NEW["password"]) == 200  # asks to confirm first, signs nobody in
    assert client.get("/en/profile").status_code == 303
    first, second = _mails(NEW["email"])
    assert [first.lang, second.lang] == ["ko", "ko"]
    assert client.get(_path(first, "confirm")).status_code == 410  # a newer link replaced it
    path = _path(second, "confirm")
    assert client.get(path).status_code == 200  # looking does not use it up
    assert client.post(path, data={"password": NEW["password"]}).status_code == 303
    assert client.get("/en/profile").status_code == 200
    assert client.post(path, data={"password": NEW["password"]}).status_code == 410
    assert client.post("/en/sign-out").status_code == 303
    assert _enter(client, NEW["email"], NEW["password"]) == 303
    assert client.get("/en/profile").status_code == 200


def test_a_known_address_gets_the_same_answer_and_a_mail(app: Flask) -> None:
    make_user("ana@example.test")
    for_a_person = app.test_client().post("/en/sign-up", data=NEW)
    unknown = app.test_client().post("/en/sign-up", data={**NEW, "email": "eva@example.test"})
    assert for_a_person.status_code == unknown.status_code == 200
    assert _masked(for_a_person.text, "ana@example.test") == _masked(unknown.text, "eva@example.test")
    assert [mail.subject for mail in _mails("ana@example.test")] == ["You have an account already"]


def test_a_reset_for_nobody_looks_like_a_reset(app: Flask, run_jobs: Callable[[], list[str]]) -> None:
    """One job is written either way; it holds no address, and the worker alone learns whether there is a person."""
    user = make_user("ana@example.test")
    answers = [
        _masked(app.test_client().post("/en/forgotten", data={"email": email}).text, email)
        for email in ("ana@example.test", "eva@example.test")
    ]
    assert answers[0] == answers[1]
    db.session.rollback()
    first, second = db.session.execute(select(OutboxJob).order_by(OutboxJob.id)).scalars().all()
    assert [first.kind, second.kind] == ["accounts.reset"] * 2
    assert (first.payload, list(second.payload)) == ({"user": str(user.id)}, ["user"])
    assert len(str(second.payload["user"])) == len(str(user.id))
    assert db.session.scalars(select(MailMessage.id)).all() == []
    assert sorted(run_jobs()) == ["accounts.reset: done", "accounts.reset: done", "mail.send: done"]
    assert (len(_mails("ana@example.test")), len(_mails("eva@example.test"))) == (1, 0)


def test_a_reset_for_nobody_runs_the_statements_of_a_reset(app: Flask) -> None:
    """What differs takes time, and time tells."""
    make_user("ana@example.test")
    client, statements = app.test_client(), dict[str, list[str]]()
    client.get("/en/forgotten")
    for email in ("ana@example.test", "eva@example.test"):
        ran = statements.setdefault(email, [])

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any, ran: list[str] = ran) -> None:
            ran.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        assert client.post("/en/forgotten", data={"email": email}).status_code == 200
        event.remove(db.engine, "before_cursor_execute", note)
    assert statements["ana@example.test"] == statements["eva@example.test"]
    assert len([statement for statement in statements["eva@example.test"] if statement.startswith("INSERT")]) == 1


def test_wrong_password_and_wrong_address_answer_alike(app: Flask) -> None:
    make_user("ana@example.test")
    answers = [
        app.test_client().post("/en/sign-in", data={"email": email, "password": "not the password"})
        for email in ("ana@example.test", "eva@example.test")
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert _masked(answers[0].text, "ana@example.test") == _masked(answers[1].text, "eva@example.test")


def _masked(text: str, email: str) -> str:
    return re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"', "", text).replace(email, "ADDRESS")


def test_a_reset_signs_out_everywhere_and_works_once(app: Flask, run_jobs: Callable[[], list[str]]) -> None:
    user = make_user("ana@example.test")
    elsewhere = client_of(app, user)
    assert elsewhere.get("/en/profile").status_code == 200
    client = app.test_client()
    client.post("/en/forgotten", data={"email": "ana@example.test"})
    run_jobs()
    path = _path(_mails("ana@example.test")[0], "reset")
    assert client.get(path).status_code == 200
    assert client.post(path, data={"password": "short"}).status_code == 422
    assert client.post(path, data={"password": "a whole new password"}).status_code == 303
    assert client.post(path, data={"password": "a whole new password"}).status_code == 410
    assert elsewhere.get("/en/profile").status_code == 303
    assert _enter(client, "ana@example.test", PASSWORD) == 422
    assert _enter(client, "ana@example.test", "a whole new password") == 303


def test_a_reset_link_dies_after_thirty_minutes(app: Flask, run_jobs: Callable[[], list[str]]) -> None:
    make_user("ana@example.test")
    client = app.test_client()
    client.post("/en/forgotten", data={"email": "ana@example.test"})
    run_jobs()
    path = _path(_mails("ana@example.test")[0], "reset")
    with time_machine.travel(clock.now() + timedelta(minutes=29, seconds=58), tick=False):
        assert client.get(path).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=30, seconds=1), tick=False):
        assert client.get(path).status_code == 410


def test_signing_in_makes_a_new_session_and_forgets_the_planted_one(app: Flask) -> None:
    user = make_user("ana@example.test")
    client = sign_in(app.test_client(), make_user("eve@example.test"))
    with client.session_transaction() as session:
        planted = session["sid"]
    assert client.get("/en/profile").status_code == 200
    assert _enter(client, "ana@example.test", PASSWORD) == 303
    with client.session_transaction() as session:
        assert session["sid"] != planted
    db.session.rollback()
    assert db.session.scalar(select(UserSession.user_id).where(UserSession.user_id == user.id)) == user.id


def test_a_session_can_be_ended_from_another_browser_but_not_by_another_person(app: Flask) -> None:
    ana, eve = make_user("ana@example.test"), make_user("eve@example.test")
    here, there, stranger = client_of(app, ana), client_of(app, ana), client_of(app, eve)
    ids = list(db.session.scalars(
        select(UserSession.id).where(UserSession.user_id == ana.id).order_by(UserSession.created_at)
    ))
    db.session.rollback()
    assert stranger.post(f"/en/profile/sessions/{ids[1]}/end").status_code == 404
    assert here.post(f"/en/profile/sessions/{ids[1]}/end").status_code == 303
    assert there.get("/en/profile").status_code == 303
    assert here.get("/en/profile").status_code == 200


def test_two_spellings_are_one_person(client: FlaskClient) -> None:
    client.post("/en/sign-up", data={**NEW, "email": "  ANA@Example.TEST "})
    client.post("/en/sign-up", data=NEW)
    assert list(db.session.scalars(select(User.email))) == ["ana@example.test"]


def test_without_next_everybody_comes_to_their_own_place(app: Flask) -> None:
    organizer = make_user("ana@example.test")
    make_programme(organizer)
    make_user("ben@example.test")
    for email, next_, expected in (
        ("ana@example.test", "", "/en/organizer"), ("ana@example.test", "/en/profile", "/en/profile"),
        ("ben@example.test", "", "/en/"),
    ):
        answer = app.test_client().post("/en/sign-in", data={"email": email, "password": PASSWORD, "next": next_})
        assert (answer.status_code, answer.headers["Location"]) == (303, expected)


def test_next_stays_on_this_site(app: Flask) -> None:
    make_user("ana@example.test")
    for target, expected in {
        "/en/profile": "/en/profile", "https://evil.test/": "/en/", "//evil.test": "/en/", "/\\evil.test": "/en/",
        "/no/such/page": "/en/",
    }.items():
        answer = app.test_client().post(
            "/en/sign-in", data={"email": "ana@example.test", "password": PASSWORD, "next": target}
        )
        assert (answer.status_code, answer.headers["Location"]) == (303, expected)


def test_guesses_are_bounded(limited: Flask) -> None:
    client = limited.test_client()
    answers = [_enter(client, "ana@example.test", "guess number one") for _ in range(12)]
    assert answers == [422] * 10 + [429] * 2


def test_another_spelling_of_an_address_buys_no_more_guesses(limited: Flask) -> None:
    spellings = ("ana@example.test", "ANA@example.test", "\uff41na@example.test", "an\uff41@example.test")
    make_user("ana@example.test")
    tries = [_enter(limited.test_client(), spelling, f"guess {n}") for n in range(3) for spelling in spellings]
    assert tries == [422] * 10 + [429] * 2


def test_a_name_stays_on_one_line(app: Flask) -> None:
    app.test_client().post("/en/sign-up", data={**NEW, "name": "Ana\r\n\r\nPay at\u2028http://bad.test"})
    assert db.session.scalars(select(User.name)).one() == "Ana  Pay at http://bad.test"


def test_what_was_typed_stays_but_never_a_password(client: FlaskClient) -> None:
    answer = client.post("/en/sign-up", data={**NEW, "email": "no address", "name": "Ana <b>"})
    assert answer.status_code == 422
    assert 'value="no address"' in answer.text
    assert "Ana &lt;b&gt;" in answer.text
    assert "This is not an e-mail address" in answer.text
    assert NEW["password"] not in answer.text


def test_profile_keeps_language_zone_and_a_checked_password(app: Flask) -> None:
    user = make_user("ana@example.test")
    client = client_of(app, user)
    saved = client.post("/en/profile", data={"name": "Ana B", "locale": "zh_Hans", "zone": "Europe/Paris"})
    assert (saved.status_code, saved.headers["Location"]) == (303, "/zh/profile")
    wrong = client.post("/en/profile/password", data={"current": "wrong one", "password": "a whole new password"})
    assert wrong.status_code == 422
    right = client.post("/en/profile/password", data={"current": PASSWORD, "password": "a whole new password"})
    assert right.status_code == 303
    db.session.rollback()
    stored = db.session.get_one(User, user.id)
    assert (stored.name, stored.locale, stored.zone) == ("Ana B", "zh_Hans", "Europe/Paris")
    assert _enter(app.test_client(), "ana@example.test", "a whole new password") == 303


def test_a_new_password_shuts_every_door_that_the_old_one_opened(
    app: Flask, run_jobs: Callable[[], list[str]]
) -> None:
    user = make_user("ana@example.test")
    here, elsewhere, thief = client_of(app, user), client_of(app, user), app.test_client()
    here.post("/en/forgotten", data={"email": "ana@example.test"})
    run_jobs()
    link, cookie = _path(_mails("ana@example.test")[0], "reset"), here.get_cookie("opencall")
    assert cookie is not None
    changed = here.post("/en/profile/password", data={"current": PASSWORD, "password": "a whole new password"})
    assert (changed.status_code, changed.location) == (303, "/en/profile")
    page = here.get("/en/profile")  # goes on, under a new session
    assert page.status_code == 200
    assert "Your new password is set. Your other browsers were signed out." in page.text
    thief.set_cookie("opencall", cookie.value)
    assert [client.get("/en/profile").status_code for client in (elsewhere, thief)] == [303, 303]
    assert here.get(link).status_code == 410
    assert here.post(link, data={"password": PASSWORD + PASSWORD}).status_code == 410
    db.session.rollback()
    assert len(db.session.scalars(select(UserSession.id).where(UserSession.user_id == user.id)).all()) == 1


@pytest.mark.parametrize(("page", "target", "onward"), [
    ("zh", "", "/zh/"), ("en", "", "/en/"), ("zh", "/zh/profile?a=1", "/zh/profile?a=1"),
    ("en", "/zh/profile?a=1", "/en/profile?a=1"),  # the reader changed the language at the door
    ("zh", "https://evil.example/zh/", "/zh/"), ("zh", "//evil.example", "/zh/"), ("zh", "/zh/no-such-page", "/zh/"),
])
def test_a_visit_keeps_the_language_of_its_page_and_mail_that_of_the_account(
    app: Flask, page: str, target: str, onward: str, run_jobs: Callable[[], list[str]]
) -> None:
    make_user("ana@example.test", locale="ko")
    client = app.test_client()
    answer = client.post(f"/{page}/sign-in", data={"email": "ana@example.test", "password": PASSWORD, "next": target})
    assert (answer.status_code, answer.location) == (303, onward)
    assert f'<html lang="{"zh-Hans" if page == "zh" else page}"' in client.get(f"/{page}/profile").text
    assert client.get("/").location == "/ko/"  # an address without a language asks the account
    client.post(f"/{page}/forgotten", data={"email": "ana@example.test"})
    run_jobs()
    assert [mail.lang for mail in _mails("ana@example.test")] == ["ko"]
