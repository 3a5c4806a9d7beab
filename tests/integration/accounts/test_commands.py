"""The operator's commands on people."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Organizer
from competition.extensions import db
from competition.kernel.data.models import AuditEvent, MailMessage
from tests.factories.accounts import PASSWORD, client_of, make_user
from tests.factories.calls import make_programme

LINK = re.compile(r"http://localhost(/\w+/reset/\S+)")


def run_command(app: Flask, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["opencall", *arguments])
    db.session.rollback()
    return done.exit_code, done.output


def person(email: str) -> User:
    return db.session.scalars(select(User).where(User.email == email)).one()


def test_a_person_chooses_a_password_at_the_printed_link(app: Flask) -> None:
    code, text = run_command(app, "add-person", "Ann@Example.test", "Ann", "--language", "ko", "--zone", "Asia/Seoul")
    assert code == 0
    assert text.startswith("ann@example.test chooses a password here, once, within 7 days:\n")
    user = person("ann@example.test")
    assert (user.name, user.locale, user.zone, user.is_operator) == ("Ann", "ko", "Asia/Seoul", False)
    db.session.rollback()
    link = LINK.search(text)
    assert link is not None
    client = app.test_client()
    assert client.get(link[1]).status_code == 200
    assert client.post(link[1], data={"password": "a long enough phrase"}).status_code == 303
    answer = client.post("/ko/sign-in", data={"email": "ann@example.test", "password": "a long enough phrase"})
    assert (answer.status_code, answer.location) == (303, "/ko/")
    assert client.get(link[1]).status_code == 410


@pytest.mark.parametrize(("arguments", "reason"), [
    (("add-person", "taken@example.test", "T"), "Error: There is an account under this address already.\n"),
    (("grant-operator", "nobody@example.test"), "Error: Nobody has signed up with this address yet.\n"),
    (("add-organizer", "PRG", "nobody@example.test"),
     "Error: nobody has an account under nobody@example.test: add-person opens one\n"),
    (("add-organizer", "NONE", "taken@example.test"), "Error: no programme has the code NONE\n"),
])
def test_what_cannot_be_done_is_said_in_one_line(app: Flask, arguments: tuple[str, ...], reason: str) -> None:
    make_programme(make_user("taken@example.test"), code="PRG")
    db.session.rollback()
    assert run_command(app, *arguments) == (1, reason)


def test_what_is_no_address_is_refused(app: Flask) -> None:
    code, text = run_command(app, "grant-operator", "nobody")
    assert code == 2
    assert text.endswith("Error: Invalid value for 'EMAIL': 'nobody' is not an e-mail address\n")


def test_an_operator_is_added_in_one_step(app: Flask) -> None:
    assert run_command(app, "add-person", "olu@example.test", "Olu", "--operator")[0] == 0
    assert person("olu@example.test").is_operator


def test_roles(app: Flask) -> None:
    lead = "lead@example.test"
    programme = make_programme(make_user(lead), code="PRG")
    user = make_user("ann@example.test")
    programme_id, user_id = programme.id, user.id
    db.session.rollback()
    assert run_command(app, "grant-operator", "ANN@example.test") == (0, "ann@example.test is an operator\n")
    for role in ("organizer", "organizer", "observer"):
        assert run_command(app, "add-organizer", "PRG", "ann@example.test", "--role", role) == (
            0, f"ann@example.test is {role} of PRG\n")
    assert person("ann@example.test").is_operator
    rows = select(Organizer.role).where(Organizer.programme_id == programme_id, Organizer.user_id == user_id)
    assert db.session.scalars(rows).all() == ["observer"]
    assert run_command(app, "remove-organizer", "PRG", "ann@example.test") == (
        0, "ann@example.test has no role in PRG\n")
    assert run_command(app, "remove-organizer", "PRG", lead) == (
        1, "Error: This is the programme’s only lead. Make somebody else a lead first.\n")
    assert db.session.scalars(rows).all() == []


def test_access_is_taken_away_and_given_back(app: Flask) -> None:
    user = make_user("ann@example.test", is_operator=True)
    client = client_of(app, user)
    assert client.get("/en/operator").status_code == 200
    assert run_command(app, "revoke-operator", "ann@example.test") == (0, "ann@example.test is no operator\n")
    assert client.get("/en/operator").status_code == 404
    assert run_command(app, "lock-account", "ann@example.test") == (0, "the account of ann@example.test is locked\n")
    assert client.get("/en/profile").status_code == 303
    form = {"email": "ann@example.test", "password": PASSWORD}
    assert "This account is locked" in client.post("/en/sign-in", data=form).text
    assert client.get("/en/profile").status_code == 303
    assert run_command(app, "unlock-account", "ann@example.test") == (0, "the account of ann@example.test is open\n")
    assert client.post("/en/sign-in", data=form).status_code == 303
    assert client.get("/en/profile").status_code == 200
    actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)).all()
    assert actions == ["account.operator_revoked", "account.locked", "account.unlocked"]
    mails = db.session.scalars(select(MailMessage.subject).order_by(MailMessage.id)).all()
    assert mails == [
        "ann@example.test is no operator any more", "The account of ann@example.test is locked",
        "The account of ann@example.test is open again",
    ]
