"""Numbers that no page of ours sends: refused like any wrong one, by either database, however long they are."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from competition.entries.models import Entry
from competition.extensions import db
from competition.kernel import clock
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW, make_call
from tests.factories.entries import make_entry, make_team

ODD = ("9" * 5000, "9" * 20, "2147483648", "-1", "1e5", "²")


@pytest.fixture(autouse=True)
def during_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def drafted(app: Flask) -> tuple[FlaskClient, Entry]:
    lead = make_user()
    return client_of(app, lead), make_entry(make_call(), make_team(lead))


def test_a_version_that_no_entry_has(app: Flask) -> None:
    lead, entry = drafted(app)
    address, answers = f"/en/my/entries/{entry.code}", {}
    for odd in ODD:
        sent = {"version": odd, "summary": "Mine.", "signed": "y", "key": "k"}
        for end in ("", "/autosave", "/resolve", "/submit"):
            answers[odd, end] = lead.post(address + end, data=sent).status_code
    assert answers == dict.fromkeys(answers, 409)


def test_a_maturity_that_there_is_not(app: Flask) -> None:
    lead, entry = drafted(app)
    for version, odd in enumerate(ODD, 1):
        sent = {"version": str(version), "maturity.trl": odd, "summary": f"a\x00b{version}"}
        answer = lead.post(f"/en/my/entries/{entry.code}/autosave", data=sent)
        assert (answer.status_code, answer.get_json()["version"]) == (200, version + 1)
        draft = db.session.get_one(Entry, entry.id).draft
        assert (draft["maturity"]["trl"], draft["summary"]) == (None, f"ab{version}")
        db.session.rollback()


def test_a_revision_that_there_is_not(app: Flask) -> None:
    lead, entry = drafted(app)
    address = f"/en/my/entries/{entry.code}/receipt?revision="
    assert [lead.get(address + odd).status_code for odd in ODD] == [404] * len(ODD)
