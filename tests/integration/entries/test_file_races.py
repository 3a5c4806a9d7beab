"""A file and the entry it belongs to, changed at the same moment by two members of a team."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from competition.entries.models import Attachment, Entry, Revision
from competition.entries.service import attachments
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import OutboxJob
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import make_call
from tests.factories.entries import make_attachment, make_entry, make_team


def test_a_file_is_not_removed_from_under_a_submission(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A removal that has found the file in no revision is done before one can name it: no receipt without bytes."""
    lead, member = make_user(), make_user()
    entry = make_entry(make_call(now=clock.now()), make_team(lead, member))
    file, submitting, submitted = make_attachment(entry), client_of(app, lead), threading.Event()
    answers: list[int] = []
    look = attachments.was_received

    def submit() -> None:
        answer = submitting.post(
            f"/en/my/entries/{entry.code}/submit", data={"version": "1", "signed": "y", "key": "once"}
        )
        answers.append(answer.status_code)
        submitted.set()

    thread = threading.Thread(target=submit)

    def look_and_let_others_in(attachment: Attachment) -> bool:
        received = look(attachment)
        thread.start()
        submitted.wait(3)
        return received

    monkeypatch.setattr(attachments, "was_received", look_and_let_others_in)
    with transaction.write():  # another process than the one that submits: no lock between them
        attachments.delete(
            file=db.session.get_one(Attachment, file.id), entry=db.session.get_one(Entry, entry.id),
            actor=actor_of(member), now=clock.now(),
        )
    thread.join(60)
    revision = db.session.scalars(select(Revision)).one()
    thrown = db.session.scalars(select(OutboxJob.payload).where(OutboxJob.kind == "upload.discard")).all()
    assert answers == [303]
    assert revision.files == []
    assert [payload["keys"] for payload in thrown] == [[file.incoming_key, file.key]]
