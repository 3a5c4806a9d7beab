"""The operator's commands on people."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Organizer
from competition.extensions import db
from tests.factories.accounts import make_user
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
    programme = make_programme(make_user(), code="PRG")
    user = make_user("ann@example.test")
    programme_id, user_id = programme.id, user.id
    db.session.rollback()
    assert run_command(app, "grant-operator", "ANN@example.test") == (0, "ann@example.test is an operator\n")
    for _again in range(2):
        assert run_command(app, "add-organizer", "PRG", "ann@example.test") == (0, "ann@example.test organizes PRG\n")
    assert person("ann@example.test").is_operator
    rows = select(Organizer.user_id).where(Organizer.programme_id == programme_id, Organizer.user_id == user_id)
    assert db.session.scalars(rows).all() == [user_id]
