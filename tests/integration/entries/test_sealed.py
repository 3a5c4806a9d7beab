"""Entries are sealed until somebody opens them by name, after the deadline; who reads them is logged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from competition.accounts.models import User
from competition.calls.models import Call
from competition.calls.sections import SECTIONS
from competition.calls.service import editing
from competition.entries.models import Revision
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent
from competition.kernel.errors import RuleBroken
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import NOW, make_call, make_programme
from tests.factories.entries import full_answers, make_attachment, make_entry, make_submitted, make_team, record
from tests.factories.rewriting import rewrite

DEADLINE = NOW + timedelta(days=2)
SECRETS = ("Loom Lab", "楼下织机", "Neighbours hear", "280,000", "plan.pdf")


@pytest.fixture
def organizer(app: Flask) -> User:
    return make_user()


@pytest.fixture
def call(organizer: User) -> Call:
    return make_call(
        make_programme(organizer), code="SEALED", deadline_at=DEADLINE, questions_close_at=None, grace_seconds=60
    )


@pytest.fixture
def client(app: Flask, organizer: User) -> Iterator[FlaskClient]:
    """The organizer's client, at a time when the call is open."""
    with time_machine.travel(NOW, tick=False):
        yield client_of(app, organizer)


def _events(action: str) -> list[tuple[str, Any]]:
    db.session.rollback()
    rows = db.session.execute(
        select(AuditEvent.subject, AuditEvent.actor_id).where(AuditEvent.action == action).order_by(AuditEvent.seq)
    )
    return [(row.subject, row.actor_id) for row in rows]


def _entry(call: Call) -> tuple[str, str]:
    """The codes of a submitted entry and of its file."""
    entry = make_submitted(call, make_team(make_user(), name="Loom Lab"))
    file = make_attachment(entry, name="plan.pdf")
    rewrite(update(Revision).where(Revision.entry_id == entry.id).values(files=[record(file)]))
    db.session.rollback()
    return entry.code, file.code


def test_before_the_deadline_organizers_see_numbers_and_completeness_only(
    client: FlaskClient, call: Call
) -> None:
    code, file = _entry(call)
    make_entry(call, make_team(make_user()), answers={**full_answers(), "summary": "", "risks": ""})
    base = "/en/organizer/calls/SEALED"
    page = client.get(base + "/entries").text
    assert code in page
    assert [secret for secret in SECRETS if secret in page] == []
    assert '<td class="num" data-label="Answers missing">2</td>' in page
    assert client.get(f"{base}/entries/{code}").status_code == 404
    assert client.get(f"/en/my/files/{file}").status_code == 404
    for path in ("/progress", "/assignments", "/conflicts", "/judge-files", "/eligibility"):
        other = client.get(base + path).text
        assert "The entries are sealed." in other, path
        assert [secret for secret in SECRETS if secret in other] == [], path
    assert client.post(base + "/conflicts/find").status_code == 409
    refused = client.post(base + "/entries/open")
    assert (refused.status_code, "Entries stay sealed until" in refused.text) == (409, True)
    assert _events("entries.opened") == []


def test_an_invitation_before_the_opening_tells_nothing_of_who_has_entered(client: FlaskClient, call: Call) -> None:
    make_submitted(call, make_team(make_user("lead@loom.example"), name="Loom Lab"))
    db.session.rollback()
    form = {"email": "judge@loom.example", "name": "A Judge", "organisation": "Loom Lab", "capacity": "10",
            "locale": "en", "languages": ["en"]}
    answer = client.post("/en/organizer/calls/SEALED/panel", data=form)
    assert answer.status_code == 303


def test_the_opening_is_an_act_with_a_name_and_reading_is_logged_once_a_day(
    client: FlaskClient, organizer: User, call: Call
) -> None:
    code, file = _entry(call)
    base = "/en/organizer/calls/SEALED"
    with time_machine.travel(DEADLINE + timedelta(seconds=60), tick=False):
        assert client.post(base + "/entries/open").status_code == 409
    with time_machine.travel(DEADLINE + timedelta(seconds=61), tick=False):
        refused = client.post(base + "/start-judging")
        assert (refused.status_code, "Open the entries first" in refused.text) == (422, True)
        assert "Open the entries" in client.get(base).text
        assert client.post(base + "/entries/open").status_code == 303
        assert client.post(base + "/entries/open").status_code == 409
        assert "Loom Lab" in client.get(base + "/entries").text
        for _twice in range(2):
            assert client.get(f"{base}/entries/{code}").status_code == 200
            assert client.get(f"/en/my/files/{file}").status_code == 303
    assert _events("entries.opened") == [("SEALED", organizer.id)]
    assert _events("entry.read") == [(code, organizer.id)]
    assert _events("file.read") == [(file, organizer.id)]
    with time_machine.travel(DEADLINE + timedelta(days=1), tick=False):
        client.get(f"{base}/entries/{code}")
    assert len(_events("entry.read")) == 2


def test_a_team_that_takes_its_own_file_is_not_logged(app: Flask, call: Call) -> None:
    lead = make_user()
    entry = make_submitted(call, make_team(lead))
    file = make_attachment(entry)
    db.session.rollback()
    assert client_of(app, lead).get(f"/en/my/files/{file.code}").status_code == 303
    assert _events("file.read") == []


def test_an_opened_call_keeps_its_deadline(organizer: User, call: Call) -> None:
    with transaction.write():
        stored = db.session.get_one(Call, call.id)
        stored.entries_opened_at = NOW
        values = {name: getattr(stored, name) for name in SECTIONS["dates"].columns}
        later = {**values, "deadline_at": DEADLINE + timedelta(days=1), "notice_at": None, "pilot_at": None}
        with pytest.raises(RuleBroken, match="cannot move any more"), time_machine.travel(NOW, tick=False):
            editing.save_section(
                call=stored, section=SECTIONS["dates"], values=later, version=stored.version,
                change={"en": "Later.", "zh": "推迟。", "ko": "연기."}, actor=actor_of(organizer), now=clock.now(),
            )


def test_a_sealed_call_is_in_no_export(client: FlaskClient, call: Call) -> None:
    make_submitted(call, make_team(make_user()))
    db.session.rollback()
    programme = db.session.get_one(Call, call.id).programme.code
    db.session.rollback()
    refused = client.post(f"/en/organizer/programmes/{programme}/exports",
                          data={"table": "entries", "format": "csv", "call": "SEALED"})
    assert (refused.status_code, "The entries of this call are sealed." in refused.text) == (422, True)
