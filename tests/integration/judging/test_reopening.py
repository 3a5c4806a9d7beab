"""Reopening a sheet at the moment at which a result is published."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select, update

from competition.calls.models import Call, Organizer
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import ScoreSheet
from competition.kernel.data import transaction
from competition.kernel.data.models import Signature
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW
from tests.factories.judging import make_assignment, make_panel, make_sheet


@pytest.mark.parametrize("by", ["organizer", "judge"])
def test_no_sheet_is_reopened_from_under_a_publication(app: Flask, by: str) -> None:
    """Both hold the call: whoever is second sees what the first did."""
    panel = make_panel(judges=1, entries=2)
    entry, other = panel.entries
    task = make_assignment(panel, panel.seats[0], entry)
    make_sheet(panel, task, entry if by == "organizer" else other)  # other: the entry was changed since
    client = client_of(app, panel.organizer if by == "organizer" else panel.judges[0])
    path = f"/en/judge/{task.code}/adopt"
    if by == "organizer":
        second = make_user()
        with transaction.write():
            db.session.add(Organizer(programme_id=panel.programme.id, user_id=second.id, since=NOW))
        client.post(f"/en/organizer/calls/{panel.call.code}/sheets/{task.code}/reopen", data={"reason": "A slip."})
        code = db.session.scalars(select(Signature.code)).one()
        db.session.rollback()
        client = client_of(app, second)
        path = f"/en/organizer/programmes/{panel.programme.code}/signatures/{code}/sign"
    answers: list[int] = []
    answered = threading.Event()

    def reopen() -> None:
        answers.append(client.post(path, data={"reason": "A slip."}).status_code)
        answered.set()

    thread = threading.Thread(target=reopen)
    with transaction.write():  # as publishing does, in another process than the one that reopens
        db.session.execute(update(Call).where(Call.id == panel.call.id).values(state="notice"))
        thread.start()
        assert not answered.wait(2)  # waits for us
    thread.join(60)
    assert answers in ([409], [404])
    db.session.rollback()
    assert db.session.scalars(select(ScoreSheet.state)).one() == "submitted"
    assert db.session.get_one(Entry, entry.id).state == "submitted"
