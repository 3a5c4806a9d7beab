"""Submitting: once, complete, in time; the receipt says so in four places."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from competition.accounts.models import User
from competition.calls.models import Call
from competition.entries import answers as shape
from competition.entries.models import Entry, Membership, Revision
from competition.extensions import db
from competition.kernel.data import audit, transaction
from competition.kernel.data.models import AuditEvent, IdempotencyKey, MailMessage
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW, make_call
from tests.factories.entries import (
    full_answers,
    full_form,
    make_attachment,
    make_entry,
    make_submitted,
    make_team,
    record,
)

ACCEPT = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def june() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def send(client: Any, entry: Entry, **changes: str) -> Any:
    return client.post(f"/en/my/entries/{entry.code}/submit",
                       data={"version": "1", "key": "first", "signed": "y", **changes})


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_complete_entry_is_received(app: Flask, run_jobs: Callable[[], list[str]]) -> None:
    lead, member = make_user(locale="en"), make_user(locale="zh_Hans")
    call, team = make_call(), make_team(lead, member)
    entry = make_entry(call, team)
    file = make_attachment(entry, name="plan.pdf")
    client = client_of(app, member)
    answer = send(client, entry)
    assert (answer.status_code, answer.location) == (303, f"/en/my/entries/{entry.code}/receipt?revision=1")

    revision = db.session.scalars(select(Revision)).one()
    answers = shape.final(full_answers(), {
        "name": team.name, "native_name": team.native_name, "org_type": "company", "country": "CN",
        "registration_number": team.registration_number, "signatory": "Lin Wei", "contact": "team@example.test",
    })
    assert (revision.answers, revision.files) == (answers, [record(file)])
    assert revision.digest == shape.digest(answers, [record(file)])
    assert (revision.received_at, revision.deadline_at, revision.grace_seconds, revision.quote_minor) == (
        NOW, call.deadline_at, 60, 28_000_000)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "entry.submitted")).one()
    assert (event.seq, event.hash, event.data["digest"]) == (revision.log_seq, revision.log_hash, revision.digest)
    assert audit.verify(call.id) == []
    stored = db.session.get_one(Entry, entry.id)
    assert (stored.state, stored.revision_id, stored.quote_minor) == ("submitted", revision.id, 28_000_000)

    page = client.get(answer.location).text
    pdf = client.get(f"/zh/my/entries/{entry.code}/receipt.pdf")
    text = PdfReader(io.BytesIO(pdf.data)).pages[0].extract_text()
    for value in (entry.code, "2026-06-15 04:00:00.000000 UTC"):
        assert value in page
        assert value in " ".join(text.split())
    assert revision.digest in page
    assert revision.digest in text  # on one line, with nothing in between: it is there to be copied
    assert revision.log_hash in text
    assert run_jobs() == ["entry.receipt: done", "mail.send: done", "mail.send: done"]
    mails = {mail.to: mail for mail in db.session.scalars(select(MailMessage))}
    assert set(mails) == {lead.email, member.email}
    assert mails[lead.email].subject == f"Received: {entry.code}, revision 1"
    assert mails[member.email].lang == "zh_Hans"
    assert all(revision.digest in mail.body for mail in mails.values())


def test_the_same_key_twice_is_one_revision(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(), make_team(person))
    client = client_of(app, person)
    first, again = send(client, entry), send(client, entry)
    assert first.location == again.location
    assert (count(Revision), count(IdempotencyKey)) == (1, 1)
    other = send(client, entry, version="2")
    assert other.status_code == 422
    assert count(Revision) == 1


def test_twenty_at_once_are_one_revision(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(), make_team(person))
    clients = [client_of(app, person) for _n in range(5)]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda n: send(clients[n % 5], entry), range(20)))
    assert {answer.location for answer in answers} == {f"/en/my/entries/{entry.code}/receipt?revision=1"}
    assert count(Revision) == 1
    assert len(list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "entry.submitted")))) == 1


@pytest.mark.parametrize(("late", "received"), [
    (timedelta(seconds=60), 1), (timedelta(seconds=60, microseconds=1), 0), (timedelta(0), 1),
])
def test_the_deadline_to_the_microsecond(app: Flask, late: timedelta, received: int) -> None:
    person = make_user()
    call = make_call(deadline_at=NOW, grace_seconds=60)
    entry = make_entry(call, make_team(person))
    client = client_of(app, person)
    with time_machine.travel(NOW + late, tick=False):
        answer = send(client, entry)
        page = client.get(answer.location)
    assert answer.status_code == 303
    assert count(Revision) == received
    if not received:
        assert "This came too late and was not received." in page.text
        event = db.session.scalars(select(AuditEvent)).one()
        assert (event.action, event.data["received_at"]) == ("entry.refused", "2026-06-15T04:01:00.000001Z")


def test_texts_that_name_the_team_are_listed_and_do_not_block(app: Flask) -> None:
    person = make_user("lead@lattice-labs.example", name="Li Wei")
    answers = full_answers(
        summary="We at 青禾格致 (https://lattice-labs.example) answer.", risks="Ask Wei Li.",
        milestones=[{"title": "Harbour Data delivers", "days": 30, "share_percent": 100}],
        partners=[{"name": "Harbour Data", "country": "CN", "role": "Cables", "share": 10}],
    )
    entry = make_entry(make_call(), make_team(person, native_name="青禾格致"), answers=answers)
    client, address = client_of(app, person), f"/en/my/entries/{entry.code}"
    page = " ".join(client.get(f"{address}/review").text.split())
    assert "Judges may see who you are" in page
    assert f'<a href="{address}#summary">Summary</a>: your team (<bdi>青禾格致</bdi>), ' in page
    assert "a web address (<bdi>lattice-labs.example</bdi>)" in page
    assert f'<a href="{address}#risks">Risks</a>: a person of your team (<bdi>wei li</bdi>)' in page
    assert f'<a href="{address}#milestones-0-title">Milestones</a>: a partner (<bdi>harbour data</bdi>)' in page
    assert f'<a href="{address}#partners' not in page  # judges do not read who the partners are
    assert send(client, entry).location.endswith("/receipt?revision=1")


@pytest.mark.parametrize(("blind", "summary"), [(True, "We answer."), (False, "We at 青禾格致 answer.")])
def test_where_there_is_nothing_to_hide_nothing_is_listed(app: Flask, blind: bool, summary: str) -> None:
    person = make_user()
    team = make_team(person, native_name="青禾格致")
    entry = make_entry(make_call(blind=blind), team, answers=full_answers(summary=summary))
    page = client_of(app, person).get(f"/en/my/entries/{entry.code}/review")
    assert page.status_code == 200
    assert "Judges may see who you are" not in page.text


def test_what_is_missing_is_listed_with_its_place(app: Flask) -> None:
    person = make_user()
    answers = full_answers(summary="", quote_minor=30_000_001, maturity={"trl": 4, "evidence": "x"})
    entry = make_entry(make_call(), make_team(person, signatory=""), answers=answers)
    make_attachment(entry, name="half.mp4", state="pending", key=None, sha256=None)
    client = client_of(app, person)
    page = client.get(f"/en/my/entries/{entry.code}/review").text
    assert "5 things are missing or wrong" in page
    for anchor in ("summary", "quote", "maturity.trl", "files"):
        assert f'href="/en/my/entries/{entry.code}#{anchor}"' in page
    assert "CN¥300,000.01 is above the most that this call awards to one entry, CN¥300,000" in page
    answer = send(client, entry)
    assert answer.status_code == 422
    assert (count(Revision), count(IdempotencyKey)) == (0, 0)


def test_a_file_with_a_digest_need_not_wait_for_the_worker(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(), make_team(person))
    file = make_attachment(entry, state="uploaded", key=None)
    client = client_of(app, person)
    assert send(client, entry).status_code == 303
    assert db.session.scalars(select(Revision)).one().files == [record(file)]


def test_submitting_needs_the_signature_and_what_was_seen(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(), make_team(person))
    client = client_of(app, person)
    assert send(client, entry, signed="").status_code == 422
    client.post(f"/en/my/entries/{entry.code}/autosave", data={**full_form(summary="Other"), "version": "1"})
    stale = send(client, entry)
    assert stale.status_code == 409
    assert "The entry was changed since you opened this page." in stale.text
    assert count(Revision) == 0


def test_change_resubmit_withdraw_revive(app: Flask, run_jobs: Callable[[], list[str]]) -> None:
    lead, member = make_user(), make_user()
    entry = make_entry(make_call(), make_team(lead, member))
    client = client_of(app, lead)
    address = f"/en/my/entries/{entry.code}"
    send(client, entry)
    assert send(client, entry, key="again").location.endswith("revision=1")  # nothing changed: still the first
    client.post(f"{address}/autosave", data={**full_form(summary="Better"), "version": "1"})
    assert "You have changes that are not submitted." in client.get(f"{address}/review").text
    assert send(client, entry, key="second", version="2").location.endswith("revision=2")
    assert client_of(app, member).post(f"{address}/withdraw").status_code == 404
    assert client.post(f"{address}/withdraw").status_code == 303
    db.session.rollback()
    stored = db.session.get_one(Entry, entry.id)
    assert (stored.state, stored.quote_minor) == ("withdrawn", None)
    assert "withdrawn afterwards" in client.get(f"{address}/receipt").text
    assert send(client, entry, key="third", version="2").location.endswith("revision=3")
    db.session.rollback()
    numbers = list(db.session.scalars(select(Revision.number).order_by(Revision.number)))
    assert numbers == [1, 2, 3]
    assert set(run_jobs()) == {"entry.receipt: done", "entry.withdrawn: done", "mail.send: done"}


def test_a_call_that_takes_each_entry_once(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(resubmit=False), make_team(person))
    client = client_of(app, person)
    send(client, entry)
    answer = client.post(f"/en/my/entries/{entry.code}/autosave", data={**full_form(summary="New"), "version": "1"})
    assert answer.status_code == 409
    page = client.get(f"/en/my/entries/{entry.code}", follow_redirects=True)
    assert (page.status_code, "<textarea" in page.text) == (200, False)
    assert send(client, entry, key="second").status_code == 409
    assert count(Revision) == 1


def test_an_extended_deadline_counts_from_the_next_request(app: Flask) -> None:
    person = make_user()
    call = make_call(deadline_at=NOW - timedelta(hours=1))
    entry = make_entry(call, make_team(person))
    client = client_of(app, person)
    assert send(client, entry).location.endswith("/review")
    with transaction.write():
        db.session.get_one(Call, call.id).deadline_at = NOW + timedelta(hours=1)
    assert send(client, entry, key="later").location.endswith("/receipt?revision=1")


def test_a_form_that_came_too_late_is_received_once_the_deadline_was_moved(app: Flask) -> None:
    """The page that was refused is the one that a team sends again: with the key that it has."""
    person = make_user()
    call = make_call(deadline_at=NOW - timedelta(hours=1))
    entry = make_entry(call, make_team(person))
    client = client_of(app, person)
    for _turn in range(2):
        assert send(client, entry, key="one").location.endswith("/review")
    with transaction.write():
        stored = db.session.get_one(Call, call.id)
        stored.deadline_at, stored.version = NOW + timedelta(hours=1), stored.version + 1
    for _turn in range(2):
        assert send(client, entry, key="one").location.endswith("/receipt?revision=1")
    assert count(Revision) == 1


def test_somebody_who_left_cannot_submit(app: Flask) -> None:
    lead, member = make_user(), make_user()
    team = make_team(lead, member)
    entry = make_entry(make_call(), team)
    client = client_of(app, member)
    with transaction.write():
        db.session.delete(db.session.get_one(Membership, (team.id, member.id)))
    assert send(client, entry).status_code == 404
    assert count(Revision) == 0


def test_taking_an_entry_back_is_offered_where_a_team_looks(app: Flask) -> None:
    lead, member = make_user(), make_user()
    team = make_team(lead, member)
    entry = make_submitted(make_call(now=NOW), team)
    closed = make_submitted(make_call(now=NOW, deadline_at=NOW - timedelta(hours=1)), team)
    draft = make_entry(make_call(now=NOW), team)

    def offered(person: User, code: str, page: str) -> int:
        text: str = client_of(app, person).get(f"/en/my/entries{page}", follow_redirects=True).text
        return text.count(f'action="/en/my/entries/{code}/withdraw"')

    pages = ("", f"/{entry.code}", f"/{entry.code}/review", f"/{entry.code}/receipt")
    assert [offered(lead, entry.code, page) for page in pages] == [1, 1, 1, 1]
    assert [offered(member, entry.code, page) for page in pages] == [0, 0, 0, 0]
    for other in (closed, draft):
        seen = [offered(lead, other.code, page) for page in ("", f"/{other.code}", f"/{other.code}/review")]
        assert seen == [0, 0, 0]
    assert client_of(app, lead).post(f"/en/my/entries/{entry.code}/withdraw").status_code == 303
    assert [offered(lead, entry.code, page) for page in pages] == [0, 0, 0, 0]
