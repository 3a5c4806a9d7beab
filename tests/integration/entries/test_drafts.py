"""The entry form: begun once, saved as it is typed, never silently overwritten."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from competition.entries import answers as shape
from competition.entries.models import Entry, Membership, Team
from competition.extensions import db
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW, make_call
from tests.factories.entries import full_answers, full_form, make_entry, make_team
from tests.pages import unindented

TEAM = {
    "team": "new", "name": "Kidekaari Oy", "native_name": "Kidekaari", "org_type": "company", "country": "FI",
    "registration_number": "1234567-8", "signatory": "Aino", "contact": "Aino@Example.test", "version": "0",
}


@pytest.fixture(autouse=True)
def june() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def stored(entry_id: Any) -> Entry:
    db.session.rollback()
    return db.session.get_one(Entry, entry_id)


def test_a_first_entry_founds_the_team_on_the_way(app: Flask) -> None:
    call, person = make_call(), make_user()
    client = client_of(app, person)
    answer = client.post(f"/en/my/entries/start/{call.code}", data=TEAM)
    assert answer.status_code == 303
    entry = db.session.scalars(select(Entry)).one()
    assert answer.location == f"/en/my/entries/{entry.code}"
    team = db.session.scalars(select(Team)).one()
    assert (team.name, team.country, team.contact) == ("Kidekaari Oy", "FI", "aino@example.test")
    assert [(m.user_id, m.role) for m in db.session.scalars(select(Membership))] == [(person.id, "lead")]
    page = client.get(answer.location)
    assert page.status_code == 200
    assert 'data-autosave-url="/en/my/entries/' in page.text


def test_a_team_enters_a_call_once(app: Flask) -> None:
    person = make_user()
    call, team = make_call(), make_team(person)
    entry = make_entry(call, team)
    answer = client_of(app, person).post(f"/en/my/entries/start/{call.code}", data={"team": team.code})
    assert (answer.status_code, answer.location) == (303, f"/en/my/entries/{entry.code}")
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 1


def test_the_constraint_speaks_when_two_members_begin_at_once(app: Flask) -> None:
    from competition.entries.service import drafts
    from competition.kernel.data import transaction
    from competition.kernel.errors import RuleBroken
    from tests.factories.accounts import actor_of

    person = make_user()
    call, team = make_call(), make_team(person)
    make_entry(call, team)
    with app.test_request_context(), pytest.raises(RuleBroken) as refused:
        transaction.attempt(lambda: drafts.start(call=call, team=team, actor=actor_of(person), now=NOW))
    assert refused.value.message == "This team already has an entry to this call. Each team enters a call once."


def test_no_more_open_entries_than_the_call_allows(app: Flask) -> None:
    person = make_user()
    team, target = make_team(person), make_call(open_calls_per_team=2)
    for _n in range(2):
        make_entry(make_call(), team)
    answer = client_of(app, person).post(f"/en/my/entries/start/{target.code}", data={"team": team.code})
    assert answer.status_code == 422
    assert "already has entries to 2 open calls" in answer.text


@pytest.mark.parametrize(("columns", "text"), [
    ({"state": "cancelled"}, "This call was cancelled"), ({"opens_at": NOW.replace(day=20)}, "Entries open on"),
    ({"deadline_at": NOW.replace(day=10)}, "Entries closed on"),
])
def test_a_closed_call_takes_nobody(app: Flask, columns: dict[str, Any], text: str) -> None:
    call, person = make_call(**columns), make_user()
    client = client_of(app, person)
    assert text in client.get(f"/en/my/entries/start/{call.code}").text
    assert client.post(f"/en/my/entries/start/{call.code}", data=TEAM).status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 0
    assert db.session.scalar(select(func.count()).select_from(Team)) == 0


def test_a_draft_call_looks_like_none(app: Flask) -> None:
    call = make_call(state="draft")
    client = client_of(app, make_user())
    secret, missing = (client.get(f"/en/my/entries/start/{code}") for code in (call.code, "NO-SUCH"))
    assert secret.status_code == missing.status_code == 404


def test_autosave_stores_the_whole_form(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(), make_team(person), answers=shape.empty())
    client = client_of(app, person)
    answer = client.post(f"/en/my/entries/{entry.code}/autosave", data={**full_form(), "version": "1"},
                         headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (200, {
        "version": 2, "saved_at": NOW.isoformat(), "missing": "", "errors": {}, "conflict_url": "", "error": "",
    })
    saved = stored(entry.id)
    assert (saved.draft, saved.version, saved.saved_by) == (full_answers(), 2, person.id)


def test_a_number_that_is_none_is_kept_as_typed_and_named(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(), make_team(person))
    client = client_of(app, person)
    typed = {**full_form(quote="about 20k", **{"milestones-0-days": "soon"}), "version": "1"}
    assert client.post(f"/en/my/entries/{entry.code}", data=typed).status_code == 303
    draft = stored(entry.id).draft
    assert draft["quote_minor"] is None
    assert draft["raw"] == {"quote": "about 20k", "milestones-0-days": "soon"}
    page = client.get(f"/en/my/entries/{entry.code}").text
    assert 'value="about 20k"' in page
    assert "This is not an amount in CNY." in page
    assert "Write a whole number, at least 1 and at most 1500." in page


@pytest.mark.parametrize(("field", "text", "hint"), [
    ("quote", "abc", "This is not an amount in CNY. Write digits, like 1,200,000."),
    ("quote", "1e5", "This is not an amount in CNY. Write digits, like 1,200,000."),
    ("own_funds", "-1", "This is not an amount in CNY. Write digits, like 1,200,000."),
    ("quote", "9" * 18, "This amount is too large."),
    ("own_funds", "9" * 18, "This amount is too large."),
    ("milestones-0-days", "-5", "Write a whole number, at least 1 and at most 1500."),
    ("milestones-0-days", "0", "Write a whole number, at least 1 and at most 1500."),
    ("milestones-0-share_percent", "150 %", "Write a whole number, at least 0 and at most 100."),
    ("summary", "x" * 1300, "Please shorten this to 1200 characters; it has 1300."),
])
def test_what_will_be_refused_is_saved_and_said_at_once(app: Flask, field: str, text: str, hint: str) -> None:
    person = make_user()
    entry = make_entry(make_call(), make_team(person))
    client = client_of(app, person)
    typed = {**full_form(), field: text, "version": "1"}
    answer = client.post(f"/en/my/entries/{entry.code}/autosave", data=typed)
    assert (answer.status_code, answer.json["version"], answer.json["errors"]) == (200, 2, {field: hint})
    assert f'>{text}</textarea>' in (page := client.get(f"/en/my/entries/{entry.code}").text.replace(">\n", ">")) or (
        f'name="{field}" value="{text}"' in page
    )


def test_what_is_wrong_is_said_beside_its_own_row(app: Flask) -> None:
    person = make_user()
    kpis = [{"key": f"k{n}", "name": {"en": f"Aim {n}"}, "unit": "%", "baseline": "1", "target": "2", "direction": "up",
             "method": {}} for n in (1, 2, 3)]
    entry = make_entry(make_call(kpis=kpis, partners_max=1), make_team(person))
    client, address = client_of(app, person), f"/en/my/entries/{entry.code}"
    form = {name: value for name, value in full_form().items() if not name.startswith(("kpi.", "partners-"))}
    typed = {**form, "milestones-1-days": "151", "milestones-2-days": "200", "version": "1",
             **{f"kpi.k{n}.{leaf}": "Ten." for n in (1, 2, 3) for leaf in ("target", "how")},
             "kpi.k2.how": "h" * 1501, "kpi.k3.target": "t" * 121, "kpi.k3.how": "",
             **{f"partners-{n}-{column}": value for n in (0, 1) for column, value in (
                 ("name", f"Partner {n}"), ("country", "FI"), ("role", "Tests"))}}
    assert client.post(address, data=typed).status_code == 303
    late = "The pilot lasts 150 days; one milestone is on day {}."
    wrong = [
        ("kpi.k2.how", "Aim 2: how you reach it", "Please shorten this to 1500 characters; it has 1501."),
        ("kpi.k3.target", "Aim 3: your target", "Please shorten this to 120 characters; it has 121."),
        ("milestones-1-days", "Milestones, row 2: Days after the start", late.format(151)),
        ("milestones-2-days", "Milestones, row 3: Days after the start", late.format(200)),
        ("partners-1-name", "Partners", "At most 1 partners are allowed; you have 2."),
    ]
    page = unindented(client.get(address).text)
    beside = re.findall(r'<p class="error" id="([^"]+)-error"><svg.*?</svg>(.*?)</p>', page)
    assert beside == [(anchor, text) for anchor, _label, text in wrong]
    review = unindented(client.get(f"{address}/review").text)
    listed = re.findall(rf'<li><a href="{address}#([^"]+)">(.*?): ([^:]*?)</a></li>', review)
    assert listed == [*wrong[:2], ("kpi.k3.how", "Aim 3: how you reach it", "Please fill this in."), *wrong[2:]]


def test_rows_without_a_script(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(), make_team(person))
    client = client_of(app, person)
    answer = client.post(f"/en/my/entries/{entry.code}", data={**full_form(), "version": "1", "milestones-add": "1"})
    assert answer.location == f"/en/my/entries/{entry.code}?add=milestones#milestones"
    assert 'name="milestones-3-title"' in client.get(answer.location).text


def test_a_stale_tab_gets_both_texts_and_chooses(app: Flask) -> None:
    ann, bob = make_user(), make_user(name="Bob")
    entry = make_entry(make_call(), make_team(ann, bob))
    mine, other = client_of(app, ann), client_of(app, bob)
    address = f"/en/my/entries/{entry.code}"
    other.post(f"{address}/autosave", data={**full_form(summary="Bob's summary", risks="Bob's risks"), "version": "1"})
    late = {**full_form(summary="Ann's\nsummary", risks="Ann's risks"), "version": "1"}
    refused = mine.post(f"{address}/autosave", data=late, headers={"Accept": "application/json"})
    assert (refused.status_code, stored(entry.id).version) == (409, 2)
    page = mine.post(address, data=late)
    assert page.status_code == 409
    assert "Bob saved this entry" in page.text
    for text in ("Bob&#39;s summary", "Ann&#39;s\nsummary", "Bob&#39;s risks", "Ann&#39;s risks"):
        assert text in page.text
    chosen = {**late, "version": "2", "choose:summary": "mine", "choose:risks": "theirs"}
    assert mine.post(f"{address}/resolve", data=chosen).status_code == 303
    draft = stored(entry.id).draft
    assert (draft["summary"], draft["risks"]) == ("Ann's\nsummary", "Bob's risks")
    assert mine.post(f"{address}/resolve", data=chosen | {"choose:risks": "mine"}).status_code == 409


def test_saying_the_same_again_is_no_conflict(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(), make_team(person))
    client = client_of(app, person)
    form = {**full_form(summary="Once"), "version": "1"}
    first, again = (client.post(f"/en/my/entries/{entry.code}/autosave", data=form) for _n in range(2))
    assert (first.json["version"], again.json["version"], again.status_code) == (2, 2, 200)


def test_fifty_tabs_at_once_lose_nothing(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(), make_team(person))
    clients = [client_of(app, person) for _n in range(8)]

    def one(number: int) -> tuple[int, int]:
        form = {**full_form(summary=f"Text {number}"), "version": "1"}
        return number, clients[number % 8].post(f"/en/my/entries/{entry.code}/autosave", data=form).status_code

    with ThreadPoolExecutor(8) as pool:
        results = dict(pool.map(one, range(50)))
    winners = [number for number, status in results.items() if status == 200]
    assert (len(winners), set(results.values()) - {200}) == (1, {409})
    assert (stored(entry.id).draft["summary"], stored(entry.id).version) == (f"Text {winners[0]}", 2)


def test_nothing_is_saved_after_the_deadline(app: Flask) -> None:
    person = make_user()
    entry = make_entry(make_call(deadline_at=NOW, grace_seconds=0), make_team(person))
    client = client_of(app, person)
    with time_machine.travel(NOW.replace(microsecond=1), tick=False):
        late = {**full_form(summary="Late"), "version": "1"}
        answer = client.post(f"/en/my/entries/{entry.code}/autosave", data=late)
        page = client.get(f"/en/my/entries/{entry.code}", follow_redirects=True)
    assert answer.status_code == 409
    assert page.request.path == f"/en/my/entries/{entry.code}/review"
    assert "can’t be changed any more" in answer.json["error"]
    assert stored(entry.id).version == 1
    assert "This entry was not submitted in time." in page.text
    assert "<textarea" not in page.text


def same(page: str, code: str) -> str:
    """A page without what differs in every answer: the script nonce and the address asked for."""
    return re.sub(r'nonce="[^"]+"', "", page).replace(code, "")


def test_a_foreign_entry_answers_like_a_missing_one(app: Flask) -> None:
    entry = make_entry(make_call(), make_team(make_user()))
    stranger = client_of(app, make_user())
    for suffix in ("", "/review", "/receipt", "/receipt.pdf", "/files"):
        foreign, missing = (stranger.get(f"/en/my/entries/{code}{suffix}") for code in (entry.code, "ABCD1234"))
        assert foreign.status_code == missing.status_code == 404
        assert same(foreign.text, entry.code) == same(missing.text, "ABCD1234")


def test_a_removed_member_loses_the_entry_at_once(app: Flask) -> None:
    lead, member = make_user(), make_user()
    team = make_team(lead, member)
    entry = make_entry(make_call(), team)
    client = client_of(app, member)
    assert client.get(f"/en/my/entries/{entry.code}").status_code == 200
    client_of(app, lead).post(f"/en/my/teams/{team.code}/members/{member.id}", data={"action": "remove"})
    assert client.get(f"/en/my/entries/{entry.code}").status_code == 404
