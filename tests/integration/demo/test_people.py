"""The people that the demo's sign-in page offers are there and can do what it says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from competition.accounts.demo_people import DEMO_PEOPLE
from competition.accounts.models import User
from competition.calls.models import Organizer
from competition.demo import entries, programme
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_everybody_who_is_offered_signs_in(make_app: Callable[..., Flask]) -> None:
    app = make_app(demo=True)
    with app.app_context():
        data, texts, now = programme.read("calls.yaml"), programme.read("texts.yaml"), clock.now()
        with transaction.write():
            users = programme.people(data, texts, now)
            programme.programme(data, texts, users, now)
            entries.teams(data, users, now)
        roles = {row.email: row.role for row in db.session.execute(
            select(User.email, Organizer.role).join(Organizer, Organizer.user_id == User.id))}
        db.session.rollback()
    assert roles == {f"{role}@example.test": role for role in ("lead", "organizer", "desk", "observer")}
    page = app.test_client().get("/en/sign-in").text
    places = {}
    for email, _what in DEMO_PEOPLE:
        assert f">{email}</a>" in page
        answer = app.test_client().post("/en/sign-in", data={"email": email, "password": programme.PASSWORD})
        places[email.split("@")[0]] = answer.location
    assert places == {
        "lead": "/en/organizer", "organizer": "/en/organizer", "desk": "/en/organizer", "observer": "/en/organizer",
        "operator": "/en/organizer", "judge1": "/en/", "team1": "/en/my/entries",
    }
