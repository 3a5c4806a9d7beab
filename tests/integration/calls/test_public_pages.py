"""What visitors see: the right calls, in their language, at a constant cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from competition.calls import lifecycle
from competition.calls.models import CallChange, CallDocument
from competition.calls.phases import PHASES
from competition.calls.queries import public
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from tests.factories.accounts import make_user, sign_in
from tests.factories.calls import make_call, make_programme
from tests.pages import unindented


def soon() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def statements(app: Flask) -> Callable[[Callable[[], object]], int]:
    """Counts the statements that a piece of work sends to the database."""
    def count(work: Callable[[], object]) -> int:
        seen: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            work()
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    return count


def test_home_shows_open_calls_first_and_no_draft(client: FlaskClient) -> None:
    programme, now = make_programme(name={"en": "Xinshigu"}), soon()
    make_call(programme, now=now, code="OPEN-1", title={"en": "An open call"})
    make_call(programme, now=now, code="DRAFT-1", state="draft", title={"en": "A secret draft"})
    make_call(programme, now=now, code="NOTICE-1", state="notice", title={"en": "A decided call"})
    page = client.get("/en/").text
    assert page.index("An open call") < page.index("A decided call")
    assert "A secret draft" not in page
    assert "Xinshigu" in page
    assert "organizer@example.test" not in page


def test_home_and_the_organizers_list_count_calls_alike(app: Flask) -> None:
    organizer, now = make_user(), soon()
    programme = make_programme(organizer)
    over = {"opens_at": now - timedelta(days=9), "deadline_at": now - timedelta(days=1)}
    for number, (state, dates) in enumerate([
        ("published", {}), ("published", over), ("published", over), ("judging", over), ("notice", over),
        ("piloting", over),
    ]):
        make_call(programme, now=now, code=f"PHASE-{number}", state=state, **dates)
    home = unindented(app.test_client().get("/en/").text)
    facts = home[home.index("hero-facts"):home.index("</dl>")]
    tally = dict(re.findall(r"<dt>([^<]+)</dt><dd class=\"num\"><a [^>]+>(\d+)</a>", facts))
    own = unindented(sign_in(app.test_client(), organizer).get("/en/organizer").text)
    tiles = {label: count for count, label in re.findall(r'<b class="num">(\d+)</b><span>([^<]+)</span>', own)}
    assert tally == {"Open for entries": "1", "Entries closed": "2", "Being judged": "1", "Public notice": "1",
                     "Calls in pilot": "1"}  # beside the link to the pilots, of which a call may have several
    assert tiles == {"All calls": "6", **tally}


def test_the_tour_is_only_in_the_demonstration(make_app: Callable[..., Flask]) -> None:
    page = make_app(demo=True).test_client().get("/en/").text
    assert "organizer@example.test" in page
    assert "demo-password" in page


def test_home_without_calls_says_so(client: FlaskClient) -> None:
    assert "No call is open at the moment" in client.get("/en/").text


def test_list_is_filtered_by_theme_state_and_words_in_any_language(client: FlaskClient) -> None:
    programme, now = make_programme(), soon()
    make_call(programme, now=now, code="AAA-1", title={"en": "Care signals", "zh": "独居老人关爱信号"})
    make_call(programme, now=now, code="BBB-2", theme="public_safety", title={"en": "Crowds"}, state="judging")
    make_call(programme, now=now, code="CCC-3", title={"en": "100% dry_streets"}, owner={"ko": "구 수무국"})

    def codes(query: str) -> list[str]:
        page = client.get(f"/en/calls?{query}").text
        return [code for code in ("AAA-1", "BBB-2", "CCC-3") if code in page]

    assert codes("") == ["AAA-1", "BBB-2", "CCC-3"]
    assert codes("q=独居") == ["AAA-1"]
    assert codes("q=SIGNALS+care") == ["AAA-1"]
    assert codes("q=수무국") == ["CCC-3"]
    assert codes("q=100%25") == ["CCC-3"]
    assert codes("q=y_s") == ["CCC-3"]
    assert codes("q=%25") == ["CCC-3"]
    assert codes("theme=public_safety") == ["BBB-2"]
    assert codes("phase=judging") == ["BBB-2"]
    assert codes("phase=open&q=aaa") == ["AAA-1"]
    assert codes("phase=draft") == ["AAA-1", "BBB-2", "CCC-3"]
    assert codes("after=nonsense") == ["AAA-1", "BBB-2", "CCC-3"]


def test_list_pages_meet_every_call_once_in_order(app: Flask) -> None:
    programme, now = make_programme(), soon()
    for number in range(60):
        state = ("published", "judging", "notice", "archived")[number % 4]
        make_call(programme, now=now, code=f"N-{number:02}", state=state,
                  deadline_at=now + timedelta(days=number % 7 - 3, hours=1))
    seen, cursor, phases = [], None, []
    while True:
        page = public.call_list(public.Filters(), cursor, now)
        seen += [row.code for row in page.rows]
        phases += [PHASES[row.phase].rank for row in page.rows]
        if page.next is None:
            break
        cursor = page.next
    assert sorted(seen) == [f"N-{number:02}" for number in range(60)]
    assert phases == sorted(phases)
    back = public.call_list(public.Filters(), page.previous, now)
    assert [row.code for row in back.rows] == seen[24:48]


def test_phase_in_sql_is_phase_in_python(app: Flask) -> None:
    programme, now = make_programme(), soon()
    states = ("published", "judging", "notice", "piloting", "archived", "cancelled")
    calls = [
        make_call(programme, now=now, state=state, opens_at=now + timedelta(days=opens),
                  deadline_at=now + timedelta(days=closes))
        for state in states for opens, closes in ((-2, -1), (-1, 1), (1, 2))
    ]
    expected: dict[str, int] = {}
    for call in calls:
        expected[lifecycle.phase(call, now)] = expected.get(lifecycle.phase(call, now), 0) + 1
    assert public.phases(now) == expected


@pytest.mark.parametrize("path", ["/en/", "/en/calls", "/en/calls?q=care&phase=open"])
def test_pages_cost_the_same_with_many_calls(
    client: FlaskClient, path: str, statements: Callable[[Callable[[], object]], int]
) -> None:
    programme, now = make_programme(), soon()
    for _ in range(3):
        make_call(programme, now=now)
    few = statements(lambda: client.get(path))
    with transaction.write():
        pass
    for _ in range(47):
        make_call(programme, now=now)
    assert statements(lambda: client.get(path)) == few


def test_call_page_tells_everything(client: FlaskClient) -> None:
    now = soon()
    call = make_call(now=now, code="XSG-03", details={
        "problem": {"en": "A fall may go **unseen**. <script>alert(1)</script> [x](javascript:alert(1))"},
        "site": {"zh": "三个居民区"},
    })
    with transaction.write():
        db.session.add(CallChange(id=new_id(), call_id=call.id, at=now, actor_id=None,
                                  summary={"en": "The deadline moved."}, fields=["deadline_at"]))
    page = client.get("/en/calls/XSG-03").text
    for shown in ("Care signals", "<strong>unseen</strong>", "三个居民区", "Only in Chinese", "CN¥900,000",
                  "TRL 5 of 9", "Noticed within one hour", "Incident log", "Fit with the stated problem",
                  "Gate: at least 60%",
                  "up to 60 seconds after the deadline", "exactly one highest and one lowest", "below 70 of 100",
                  "the lower budget quote", "5 working days", "You are here", "The deadline moved.", "Shanghai (UTC+8)",
                  'hreflang="zh-Hans" href="/zh/calls/XSG-03"', "data-countdown="):
        assert shown in page, shown
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "关爱信号" in client.get("/zh/calls/XSG-03").text


@pytest.mark.parametrize(("columns", "happening"), [
    ({"opens_at": timedelta(days=1)}, "entries are not open yet"),
    ({}, "Entries are open."),
    ({"deadline_at": timedelta(days=-1)}, "No more entries are taken"),
    ({"state": "judging"}, "The panel is judging"),
    ({"state": "notice"}, "is on public notice"),
    ({"state": "piloting"}, "running their pilots"),
    ({"state": "archived"}, "This call is completed"),
    ({"state": "cancelled"}, "This call was cancelled"),
])
def test_every_phase_says_what_happens(client: FlaskClient, columns: dict[str, Any], happening: str) -> None:
    now = soon()
    dated = {name: now + value if isinstance(value, timedelta) else value for name, value in columns.items()}
    make_call(now=now, code="ONE", **dated)
    assert happening in client.get("/en/calls/ONE").text


def test_drafts_and_cancelled_drafts_look_like_nothing(client: FlaskClient) -> None:
    now = soon()
    make_call(now=now, code="DRAFT", state="draft", published_at=None)
    make_call(now=now, code="GONE", state="cancelled", published_at=None)

    def answer(code: str) -> tuple[int, str]:
        response = client.get(f"/en/calls/{code}")
        return response.status_code, re.sub(r'nonce="[^"]+"', "", response.text.replace(code, "CODE"))

    assert answer("DRAFT") == answer("GONE") == answer("NEVER")
    assert answer("DRAFT")[0] == 404
    assert "GONE" not in client.get("/en/calls").text


def test_document_is_a_short_link_to_the_store(client: FlaskClient) -> None:
    now = soon()
    call, draft = make_call(now=now, code="OPEN"), make_call(now=now, code="DRAFT", state="draft")
    with transaction.write():
        for owner, code, state in ((call, "D1", "ready"), (call, "D2", "pending"), (draft, "D3", "ready")):
            db.session.add(CallDocument(
                id=new_id(), call_id=owner.id, code=code, name="Form 表.pdf", content_type="application/pdf", size=10,
                key=f"calls/{code}", state=state, created_at=now,
            ))
    assert "Form 表.pdf" in client.get("/en/calls/OPEN").text
    answer = client.get("/en/calls/OPEN/documents/D1")
    assert answer.status_code == 302
    assert "response-content-disposition=attachment" in answer.location
    assert "X-Amz-Expires=300" in answer.location
    for path in ("OPEN/documents/D2", "OPEN/documents/D3", "DRAFT/documents/D3"):
        assert client.get(f"/en/calls/{path}").status_code == 404


def test_mailbox_escapes_and_links(make_app: Callable[..., Flask]) -> None:
    from competition.kernel.data.models import MailMessage

    app = make_app(demo=True)
    with app.app_context(), transaction.write():
        db.session.add(MailMessage(
            id=new_id(), to="a@example.test", subject="Hello <b>", lang="en", state="sent", created_at=soon(),
            body="Open http://x.test/en/confirm/abc.\n<script>alert(1)</script>",
        ))
    page = app.test_client().get("/dev/mail").text
    assert '<a href="http://x.test/en/confirm/abc" rel="noopener">http://x.test/en/confirm/abc</a>.' in page
    assert "&lt;script&gt;" in page
    assert "Hello &lt;b&gt;" in page
    assert "Hello" not in app.test_client().get("/dev/mail?to=other@example.test").text


def test_mailbox_is_absent_without_demo(client: FlaskClient) -> None:
    assert client.get("/dev/mail").status_code == 404


def test_kept_page_has_a_fresh_nonce_and_nothing_personal(make_app: Callable[..., Flask]) -> None:
    app = make_app(public_cache_seconds=60)
    with app.app_context():
        make_call(now=soon(), code="KEPT")
        person = make_user(name="Somebody Special")
    first, second = (app.test_client().get("/en/calls/KEPT") for _ in range(2))
    assert "@@nonce" not in first.text + second.text
    assert first.headers["Content-Security-Policy"] != second.headers["Content-Security-Policy"]
    signed_in = app.test_client()
    with app.app_context():
        sign_in(signed_in, person)
    assert "Somebody Special" in signed_in.get("/en/calls/KEPT").text
    assert "Somebody Special" not in app.test_client().get("/en/calls/KEPT").text
    missing = app.test_client().get("/en/calls/NONE")
    assert missing.status_code == 404
    assert "@@nonce" not in missing.headers["Content-Security-Policy"]
