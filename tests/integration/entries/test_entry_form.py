"""The form's query reads what the mapped objects hold; entries share the parts of a call, nothing of their own."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from competition.calls.models import Call
from competition.entries.call_window import CallWindow
from competition.entries.lifecycle import LISTED
from competition.entries.models import Attachment, Entry
from competition.entries.queries import entry_form, loading
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_code, new_id
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import NOW, make_call
from tests.factories.entries import make_entry, make_team

STATES = ("pending", "uploaded", "ready", "rejected", "deleted")


@pytest.fixture(autouse=True)
def june() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def _file(entry_id: Any, number: int, state: str) -> Attachment:
    return Attachment(
        id=new_id(), entry_id=entry_id, code=new_code(12), slot="supplement", name=f"{number} “plan”.pdf", size=10**10,
        content_type="application/pdf", state=state, incoming_key=f"incoming/{new_code(20)}", upload_id="u",
        sha256="a" * 64 if state == "ready" else None, created_at=NOW + timedelta(seconds=number),
    )


def test_the_query_of_the_form_reads_what_the_mapped_objects_hold(db_session: Any) -> None:
    lead = make_user()
    created = make_entry(make_call(), make_team(lead))
    actor, code, entry_id = actor_of(lead), created.code, created.id
    with transaction.write():
        db.session.add_all([_file(entry_id, number, state) for number, state in enumerate(STATES)])

    form, entry = entry_form.entry_form(actor, code), loading.my_entry(actor, code)
    assert form is not None and entry is not None
    call = entry.call
    assert form == entry_form.EntryForm(
        id=entry.id, code=entry.code, state=entry.state, version=entry.version, saved_at=entry.saved_at,
        draft=entry.draft, team=entry.team.name, role="lead", call_id=call.id, call=call.code,
        call_version=call.version, call_state=call.state, title=call.title, opens_at=call.opens_at,
        deadline_at=call.deadline_at, grace_seconds=call.grace_seconds, resubmit=call.resubmit,
        entry_max_files=call.entry_max_files, entry_max_bytes=call.entry_max_bytes,
        file_max_bytes=call.file_max_bytes, zone=call.programme.zone,
    )
    assert entry_form.call_of(form) is call
    assert form.window == CallWindow.of(call)
    ends = call.deadline_at + timedelta(seconds=call.grace_seconds)
    for at in (NOW, call.opens_at, call.opens_at - timedelta(microseconds=1), ends, ends + timedelta(microseconds=1)):
        assert form.window.editable(entry.state, at) == form.window.receives(at) == (call.opens_at <= at <= ends)

    stored = db.session.scalars(select(Attachment).where(Attachment.state.in_(LISTED)).order_by(Attachment.created_at))
    names = entry_form.FileLine.__slots__  # type: ignore[attr-defined]
    assert [[getattr(line, name) for name in names] for line in entry_form.files_of(entry_id)] == [
        [getattr(file, name) for name in names] for file in stored
    ]


def test_only_members_get_the_form(db_session: Any) -> None:
    entry = make_entry(make_call(), make_team(make_user()))
    code, stranger = entry.code, actor_of(make_user())
    assert entry_form.entry_form(stranger, code) is None
    assert entry_form.entry_form(stranger, "NO-SUCH") is None


def test_two_entries_of_a_call_share_no_word_of_their_own(app: Flask) -> None:
    """The page is laid out once per call: nothing of the first entry may stand in the second one's page."""
    call = make_call()
    people = [make_user(), make_user()]
    entries = [make_entry(call, make_team(person)) for person in people]
    emails = [person.email for person in people]
    codes = [entry.code for entry in entries]
    with transaction.write():
        for number, code in enumerate(codes):
            entry = db.session.scalars(select(Entry).where(Entry.code == code)).one()
            entry.team.name = f"Team <{number}> & \"{'한국' if number else 'née'}\""
            entry.draft = {**entry.draft, "summary": f"Summary of {number}"}
    pages = [client_of(app, person).get(f"/en/my/entries/{code}").text
             for person, code in zip(people, codes, strict=True)]

    def marks(number: int) -> tuple[str, ...]:
        name = ("Team &lt;0&gt; &amp; &#34;née&#34;", "Team &lt;1&gt; &amp; &#34;한국&#34;")[number]
        return codes[number], name, f"Summary of {number}", emails[number]

    for number, page in enumerate(pages):
        assert [mark for mark in marks(number) if mark not in page] == []
        assert [mark for mark in marks(1 - number) if mark in page] == []
    tokens = [set(re.findall(r'name="csrf_token" value="([^"]+)"', page)) for page in pages]
    assert [len(values) for values in tokens] == [1, 1] and tokens[0] != tokens[1]


def test_a_changed_call_shows_on_the_page_at_once(app: Flask) -> None:
    """A later deadline, another title or a larger limit stand on the page at once, though the page is kept."""
    lead, call = make_user(), make_call()
    entry = make_entry(call, make_team(lead))
    client, path = client_of(app, lead), f"/en/my/entries/{entry.code}"
    call_id, before = call.id, client.get(path).text
    with transaction.write():
        call = db.session.get_one(Call, call_id)
        call.title = {"en": "Another title"}
        call.deadline_at = call.deadline_at + timedelta(days=3)
        call.entry_max_files, call.file_max_bytes = 77, 123 * 10**6
        call.version += 1
        later = call.deadline_at.isoformat()
    after = client.get(path).text
    news = ("Another title", f'data-countdown="{later}"', "Up to 77 files, 123.0 MB each", 'data-max-size="123000000"')
    assert [news_item for news_item in news if news_item in before] == []
    assert [news_item for news_item in news if news_item not in after] == []
