"""Uploads in quarantine: scanned, then released; refused; or kept waiting for as long as nobody can scan them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from competition.accounts.models import User
from competition.entries.models import Entry
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import MailMessage, OutboxJob
from competition.kernel.files import storage
from tests.clamd import EICAR, Clamd, clamd
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import make_call
from tests.factories.entries import make_entry, make_team
from tests.integration.entries.test_files import PDF, stored, upload, zipped

INFECTED = PDF.replace(b"\n%%EOF", b"\n" + EICAR + b"\n%%EOF")


@pytest.fixture
def person(app: Flask) -> User:
    return make_user(locale="ko")


@pytest.fixture
def entry(person: User) -> Entry:
    return make_entry(make_call(now=clock.now()), make_team(person))


@pytest.fixture
def client(app: Flask, person: User) -> FlaskClient:
    return client_of(app, person)


def names(app: Flask, address: str) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"clamd_address": address})


def due_now() -> None:
    """No waiting: whatever is due later is due at once."""
    with transaction.mode(writing=True):
        db.session.execute(update(OutboxJob).where(
            OutboxJob.state == "due", OutboxJob.kind == "attachment.verify").values(due_at=clock.now()))
        db.session.commit()


@pytest.fixture
def scanner(app: Flask, tmp_path: Path) -> Iterator[Any]:
    with clamd(tmp_path / "clamd") as running:
        names(app, running.address)
        yield running


def test_a_clean_file_is_released(
    client: FlaskClient, entry: Entry, scanner: Clamd, run_jobs: Callable[[], list[str]]
) -> None:
    key = upload(client, entry, "plan.pdf", PDF)
    assert run_jobs() == ["attachment.verify: done", "upload.discard: done"]
    assert (stored(key).state, scanner.streams) == ("ready", [PDF])
    assert client.get(f"/en/my/files/{key}").status_code == 303


@pytest.mark.parametrize(("language", "words"), [
    ("en", "Our malware scanner found something in it."), ("zh", "恶意软件"), ("ko", "악성"),
])
def test_a_file_with_malware_is_refused_in_the_reader_s_language(
    client: FlaskClient, entry: Entry, person: User, scanner: Clamd, run_jobs: Callable[[], list[str]], language: str,
    words: str,
) -> None:
    key = upload(client, entry, "plan.pdf", INFECTED)
    incoming = stored(key).incoming_key
    db.session.rollback()
    assert sorted(run_jobs()) == ["attachment.verify: done", "mail.send: done", "upload.discard: done"]
    file = stored(key)
    assert (file.state, file.reason, file.key) == ("rejected", "malware", None)
    assert storage.head(incoming) is None
    assert client.get(f"/en/my/files/{key}").status_code == 404
    assert words in client.get(f"/{language}/my/entries/{entry.code}/review").text
    mail = db.session.scalars(select(MailMessage)).one()
    assert (mail.to, "악성" in mail.body) == (person.email, True)


def test_what_unpacks_to_too_much_never_gets_to_the_scanner(
    client: FlaskClient, entry: Entry, scanner: Clamd, run_jobs: Callable[[], list[str]]
) -> None:
    key = upload(client, entry, "bomb.zip", zipped({"zeros": bytes(70 * 1024 * 1024)}))
    run_jobs()
    assert (stored(key).reason, scanner.streams) == ("bomb", [])


def test_a_file_that_the_scanner_does_not_take_is_refused(
    client: FlaskClient, entry: Entry, scanner: Clamd, run_jobs: Callable[[], list[str]]
) -> None:
    scanner.limit = 100
    key = upload(client, entry, "plan.pdf", PDF)
    run_jobs()
    assert (stored(key).state, stored(key).reason) == ("rejected", "unread")


def test_a_file_waits_while_the_scanner_is_away_and_is_never_released_unscanned(
    app: Flask, client: FlaskClient, entry: Entry, tmp_path: Path, run_jobs: Callable[[], list[str]]
) -> None:
    names(app, str(tmp_path / "clamd"))
    key, other = upload(client, entry, "plan.pdf", PDF), upload(client, entry, "bad.pdf", INFECTED)
    seen = []
    for _try in range(6):
        due_now()
        seen.append(run_jobs())
    # five tries of the outbox, then a new promise, which is tried once and followed by another one
    assert seen == [*[["attachment.verify: due"] * 2] * 4, *[["attachment.verify: done"] * 2] * 2]
    for code in (key, other):
        assert (stored(code).state, stored(code).key) == ("uploaded", None)
        assert client.get(f"/en/my/files/{code}").status_code == 404
    waiting = select(OutboxJob).where(OutboxJob.state == "due", OutboxJob.kind == "attachment.verify")
    assert [(job.key.partition(":")[2], job.due_at - job.created_at) for job in db.session.scalars(waiting)] == [
        ("2", timedelta(minutes=10))] * 2
    db.session.rollback()
    with clamd(tmp_path / "clamd"):
        due_now()
        assert run_jobs()[:2] == ["attachment.verify: done"] * 2
    assert (stored(key).state, stored(other).state, stored(other).reason) == ("ready", "rejected", "malware")
    assert db.session.scalars(waiting).all() == []
