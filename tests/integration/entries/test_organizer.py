"""The organizer's list: every page costs the same few queries, and drafts stay the team's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, insert
from sqlalchemy.engine import Engine

from competition.accounts.models import User
from competition.calls.models import Call
from competition.entries.models import Entry, Team
from competition.entries.queries.organizer import entries
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_code, new_id
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW, make_call, make_programme
from tests.factories.entries import full_answers, make_attachment, make_entry, make_submitted, make_team, record

OPENED = {"entries_opened_at": NOW}


@pytest.fixture(autouse=True)
def june() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def organizer(app: Flask) -> User:
    return make_user()


def bulk(call: Call, count: int) -> None:
    """Many drafts at once, as a busy call has them."""
    with transaction.write():
        teams = [{"id": new_id(), "code": new_code(), "name": f"Team {n:03}", "native_name": "", "org_type": "",
                  "registration_number": "", "country": "KR", "signatory": "", "contact": "", "created_at": NOW,
                  "version": 1} for n in range(count)]
        db.session.execute(insert(Team), teams)
        db.session.execute(insert(Entry), [
            {"id": new_id(), "call_id": call.id, "team_id": team["id"], "code": new_code(), "state": "draft",
             "draft": full_answers(), "version": 1, "created_at": NOW, "saved_at": NOW} for team in teams])


def test_queries_are_the_same_for_three_and_three_hundred(app: Flask, organizer: User) -> None:
    programme = make_programme(organizer)
    few, many = make_call(programme, **OPENED), make_call(programme, **OPENED)
    bulk(few, 3)
    bulk(many, 300)
    client = client_of(app, organizer)
    spent = []
    for call in (few, many):
        client.get(f"/en/organizer/calls/{call.code}/entries")
        with counted() as statements:
            assert client.get(f"/en/organizer/calls/{call.code}/entries").status_code == 200
        spent.append(len(statements))
    assert spent == [4, 4]


@pytest.mark.parametrize("query", ["", "?state=draft", "?after="])
def test_a_page_is_read_in_the_order_of_an_index(
    app: Flask, organizer: User, engine_name: str, query: str
) -> None:
    """Sorting the whole list for each page would cost as much as the list is long."""
    if engine_name != "sqlite":
        return  # PostgreSQL's plan for a small table says nothing about a large one
    call = make_call(make_programme(organizer), **OPENED)
    bulk(call, 120)
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "LIMIT" in statement and "team.native_name" in statement:
            statements.append((statement, parameters))

    if query == "?after=":
        query += entries(call.id, state="", text="", cursor=None).next or ""
    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert client_of(app, organizer).get(f"/en/organizer/calls/{call.code}/entries{query}").status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    (statement, parameters), = statements
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = [row.detail for row in plan]
    assert steps[0].startswith("SEARCH entry USING INDEX ix_entry_call_"), steps
    assert not any("B-TREE" in step for step in steps), steps


def test_pages_follow_one_another_without_gaps(app: Flask, organizer: User) -> None:
    call = make_call(make_programme(organizer), **OPENED)
    bulk(call, 120)
    client = client_of(app, organizer)
    import re

    seen: list[str] = []
    address = f"/en/organizer/calls/{call.code}/entries"
    while address:
        page = client.get(address).text
        seen += re.findall(r'class="code" href="[^"]*/entries/([0-9A-Z]{8})"', page)
        next_link = re.search(r'rel="next" href="([^"]+)"', page)
        address = next_link[1].replace("&amp;", "&") if next_link else ""
    assert len(seen) == 120
    assert seen == sorted(set(seen))


def test_filters(app: Flask, organizer: User) -> None:
    call = make_call(make_programme(organizer), **OPENED)
    received = make_submitted(call, make_team(make_user(), name="Dalbyeol Civic", native_name="달별"))
    draft = make_entry(call, make_team(make_user(), name="Kiezlot 100%_Systeme", country="PL"))
    client = client_of(app, organizer)

    def codes_of(**query: str) -> set[str]:
        page = client.get(f"/en/organizer/calls/{call.code}/entries", query_string=query).text
        return {entry.code for entry in (received, draft) if entry.code in page}

    assert codes_of() == {received.code, draft.code}
    assert (codes_of(state="submitted"), codes_of(state="draft")) == ({received.code}, {draft.code})
    # No code has an L: what is drawn at random never answers to "pl".
    assert (codes_of(q="달별"), codes_of(q="DALBY"), codes_of(q="%_"), codes_of(q="pl")) == (
        {received.code}, {received.code}, {draft.code}, {draft.code})
    assert codes_of(q="'; drop table entry; --") == set()
    assert codes_of(after="rubbish") == {received.code, draft.code}


def test_one_entry_with_its_files_and_what_changed(app: Flask, organizer: User) -> None:
    person = make_user()
    call, team = make_call(make_programme(organizer), **OPENED), make_team(person, name="Loom Lab")
    entry = make_entry(call, team)
    file = make_attachment(entry, name="plan.pdf")
    mine = client_of(app, person)
    address = f"/en/my/entries/{entry.code}"
    mine.post(f"{address}/submit", data={"version": "1", "key": "a", "signed": "y"})
    mine.post(f"{address}/autosave", data={"summary": "A better summary", "version": "1"})
    mine.post(f"{address}/submit", data={"version": "2", "key": "b", "signed": "y"})
    page = client_of(app, organizer).get(f"/en/organizer/calls/{call.code}/entries/{entry.code}").text
    for text in ("Loom Lab", "plan.pdf", record(file)["sha256"], "Changed since revision 1",
                 "<del>Neighbours hear within the hour.</del>", "<ins>A better summary</ins>"):
        assert text in page


def test_a_draft_is_not_shown_to_organizers(app: Flask, organizer: User) -> None:
    call = make_call(make_programme(organizer), **OPENED)
    team = make_team(make_user(), name="Loom Lab", contact="owner@loom.example", signatory="Ida Loom", country="KR")
    entry = make_entry(call, team, answers=full_answers(summary="Not yet yours"))
    make_attachment(entry, name="secret-plan.pdf")
    client = client_of(app, organizer)
    listing = client.get(f"/en/organizer/calls/{call.code}/entries").text
    page = client.get(f"/en/organizer/calls/{call.code}/entries/{entry.code}").text
    for text in (listing, page):
        assert "Loom Lab" in text
        for hidden in ("Not yet yours", "owner@loom.example", "Ida Loom", "secret-plan.pdf"):
            assert hidden not in text
    assert 'data-label="Files">–</td>' in listing
    assert "Last saved" in page
    assert "South Korea" in page


def test_other_organizers_find_nothing(app: Flask, organizer: User) -> None:
    call = make_call(make_programme(make_user()), **OPENED)
    entry = make_entry(call, make_team(make_user()))
    client = client_of(app, organizer)
    for end in ("", f"/{entry.code}"):
        assert client.get(f"/en/organizer/calls/{call.code}/entries{end}").status_code == 404


def test_team_lists_cost_the_same_queries(app: Flask) -> None:
    person, busy = make_user(), make_user()
    for owner, count in ((person, 1), (busy, 12)):
        for _n in range(count):
            make_submitted(make_call(), make_team(owner))
    spent = []
    for owner in (person, busy):
        client = client_of(app, owner)
        with counted() as statements:
            assert client.get("/en/my/entries").status_code == 200
        spent.append(len(statements))
    assert spent == [6, 6]
