"""The journey through the pages, what strangers get, and what a list page asks of the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, update

from competition.calls.models import Call
from competition.decisions.models import Publication
from competition.decisions.service.selection import request_selection
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import make_programme
from tests.factories.results import make_judged, make_many
from tests.factories.rewriting import rewrite

SHEETS = {
    "AAA1": {1: (9, 9), 2: (8, 9), 3: (9, 8)}, "BBB2": {1: (8, 7), 2: (8, 8), 3: (7.5, 8)},
    "CCC3": {1: (10, 5), 2: (9, 4), 3: (10, 5)}, "DDD4": {1: (6, 7), 2: (6, 6), 3: (5, 6)},
}


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collects the statements that run inside."""
    statements: list[str] = []

    def note(_c, _cursor, statement, *_rest):
        statements.append(statement)

    db.session.remove()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def aggregate(call, organizer, run_jobs):
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(organizer), now=clock.now())
    run_jobs()


@pytest.fixture
def organizer(app):
    return make_user()


@pytest.fixture
def lead(app):
    return make_user()


@pytest.fixture
def call(organizer, lead):
    return make_judged(make_programme(organizer), SHEETS, lead=lead, pass_mark=70, slots=1)


def test_from_aggregate_to_the_published_result(app, call, organizer, lead, run_jobs):
    client, base = client_of(app, organizer), f"/en/organizer/calls/{call.code}"
    programme = f"/en/organizer/programmes/{call.programme.code}"
    assert "not been aggregated" in client.get(f"{base}/results").text
    assert client.post(f"{base}/results/runs").status_code == 303
    waiting = client.get(f"{base}/results").text
    job_url = re.search(r'data-url="([^"]+)"', waiting).group(1)
    assert client.get(job_url).json["state"] == "due"
    run_jobs()
    assert client.get(job_url).json["state"] == "done"
    page = client.get(f"{base}/results").text
    assert re.findall(r'<small class="code">(\w+)</small>', page)[:4] == ["AAA1", "BBB2", "DDD4", "CCC3"]
    assert "Gate failed" in page and "86.67" in page
    explained = client.get(f"{base}/results/CCC3").text
    assert "Gate failed: Safety, 46.7 % of its range where 60 % are needed" in explained
    assert "Judge 3" in explained

    _decide(client, base, programme, call.code, run_jobs)
    _publish(app, client, base, call.code)
    _read_own_result(app, lead)
    _run_pilot(app, client, programme, call, lead)


def _decide(client, base, programme, code, run_jobs):
    """Select, be refused a second entry for one slot, and apply what was listed."""
    assert client.get(f"{programme}/selection").status_code == 200
    answer = client.post(f"{programme}/selection", data={"calls": [code], "basis": "official"})
    assert answer.status_code == 303
    run_jobs()
    assert "AAA1" in client.get(f"{programme}/selection").text
    assert client.get(f"{base}/decisions").status_code == 200
    changed = client.post(f"{base}/decisions/BBB2", data={"outcome": "selected", "award": "100", "reason": "x",
                                                          "version": "1"})
    assert changed.status_code == 422
    assert "one slot" in changed.text
    check = client.get(f"{base}/decisions-check").text
    assert "Apply 4 decisions" in check
    checked = re.search(r'name="checked" value="(\w+)"', check).group(1)
    assert client.post(f"{base}/decisions-check", data={"checked": "0" * 64}).status_code == 422
    assert client.post(f"{base}/decisions-check", data={"checked": checked}).status_code == 303


def _publish(app, client, base, code):
    """Publish with a note; everybody reads the result."""
    public = f"/en/results/{code}"
    visitor = app.test_client()
    assert visitor.get(public).status_code == 404
    seen = re.search(r'name="seen" value="(\w+)"', client.get(f"{base}/publish-results").text).group(1)
    answer = client.post(f"{base}/publish-results", data={"seen": seen, "note_en": "Thank **you** <script>"})
    assert answer.status_code == 303, answer.text[-1500:]
    result = visitor.get(public).text
    assert "Team AAA1" in result and "Team BBB2" in result
    assert "Team CCC3" not in result and "CCC3" in result
    assert "Judge Person" not in result and "Judge 1" not in result
    assert "<strong>you</strong>" in result and "<script>" not in result.split("<main")[1].split("</main")[0]
    assert code in visitor.get("/en/results").text
    for lang in ("zh", "ko"):
        assert visitor.get(f"/{lang}/results/{code}").status_code == 200


def _read_own_result(app, lead):
    """The team reads its scores and comments, judges as letters."""
    assert "/en/my/entries/BBB2/result" in client_of(app, lead).get("/en/my/entries").text
    own = client_of(app, lead).get("/en/my/entries/BBB2/result").text
    assert "Judge A" in own and "Judge 1" not in own and "Judge Person" not in own
    assert "BBB2: fit by seat" in own
    assert "Overall on BBB2" in own
    assert "habits of single judges are not shown" in own  # three judges
    assert "Without the habit" not in own
    assert client_of(app, make_user()).get("/en/my/entries/BBB2/result").status_code == 404


def _run_pilot(app, client, programme, call, lead):
    """Agree after the notice, start, report a milestone and accept it."""
    visitor = app.test_client()
    pilots = visitor.get("/en/pilots").text
    code = re.search(r"/en/pilots/(\w+)", pilots).group(1)
    assert "Team AAA1" in visitor.get(f"/en/pilots/{code}").text
    assert client.get(f"{programme}/pilots").status_code == 200
    assert client.get(f"/en/organizer/pilots/{code}").status_code == 200
    mine = client_of(app, lead)
    assert code in mine.get("/en/my/pilots").text
    assert mine.get(f"/en/my/pilots/{code}").status_code == 200
    early = client.post(f"/en/organizer/pilots/{code}/agree", data={"starts_on": "2027-01-04"})
    assert early.status_code == 303
    rewrite(update(Publication).values(notice_until=call.created_at))
    assert client.post(f"/en/organizer/pilots/{code}/agree", data={"starts_on": "2027-01-04"}).status_code == 303
    assert client.post(f"/en/organizer/pilots/{code}/start").status_code == 303
    assert mine.post(f"/en/my/pilots/{code}/milestones/1", data={"report": ""}).status_code == 422
    assert mine.post(f"/en/my/pilots/{code}/milestones/1", data={"report": "Done, see log"}).status_code == 303
    assert "Done, see log" in client.get(f"/en/organizer/pilots/{code}").text
    assert client.post(f"/en/organizer/pilots/{code}/milestones/1/accept").status_code == 303
    assert "30 % released" in visitor.get("/en/pilots").text


PAGES = (
    "/en/organizer/calls/{call}/results", "/en/organizer/calls/{call}/results/AAA1",
    "/en/organizer/calls/{call}/results-judges", "/en/organizer/calls/{call}/decisions",
    "/en/organizer/calls/{call}/decisions/AAA1", "/en/organizer/calls/{call}/decisions-check",
    "/en/organizer/calls/{call}/publish-results", "/en/organizer/programmes/{programme}/selection",
    "/en/organizer/programmes/{programme}/pilots", "/en/organizer/programmes/{programme}/exports",
    "/en/organizer/programmes/{programme}/calendar",
)


def test_another_organizer_gets_what_missing_gets(app, call, organizer, run_jobs):
    aggregate(call, organizer, run_jobs)
    client_other = client_of(app, (other := make_user()))
    make_programme(other)
    names = {"call": call.code, "programme": call.programme.code}
    for page in PAGES:
        foreign = client_other.get(page.format(**names))
        missing = client_other.get(page.format(call="NO-SUCH", programme="NO-SUCH"))
        assert (foreign.status_code, _stable(foreign.text)) == (404, _stable(missing.text)), page
    for path in ("results/runs", "decisions-check", "decisions-reopen", "decisions-correct", "decisions-discard",
                 "publish-results"):
        assert client_other.post(f"/en/organizer/calls/{call.code}/{path}").status_code == 404


def _stable(html: str) -> str:
    return re.sub(r'nonce="[^"]*"|value="[^"]*"|content="[^"]*"|href="[^"]*"|<code>[^<]*</code>', "", html)


@pytest.mark.parametrize("page", [
    "/en/organizer/calls/{call}/results", "/en/organizer/calls/{call}/results?sort=-spread",
    "/en/organizer/calls/{call}/decisions", "/en/organizer/programmes/{programme}/selection",
    "/en/organizer/calls/{call}/results-judges", "/en/organizer/calls/{call}/decisions-check",
])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_lists_ask_the_same_of_3_and_300_rows(app, organizer, run_jobs, page):

    counts = []
    for entries, judges in ((3, 3), (300, 12)):
        programme = make_programme(organizer)
        call = make_many(programme, entries, judges, 3)
        aggregate(call, organizer, run_jobs)
        with transaction.write():
            request_selection(programme=db.session.merge(programme, load=True), call_codes=[call.code],
                              basis="official", threshold=None, must=(), exclude=(), actor=actor_of(organizer),
                              now=clock.now())
        run_jobs()
        client = client_of(app, organizer)
        url = page.format(call=call.code, programme=programme.code)
        assert client.get(url).status_code == 200
        with counted() as statements:
            assert client.get(url).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_calendar(app, call, organizer):
    client = client_of(app, organizer)
    url = f"/en/organizer/programmes/{call.programme.code}/calendar"
    assert client.post(url, data={"day": "2026-10-01", "kind": "holiday", "label": "National day"}).status_code == 303
    assert client.post(url, data={"day": "nonsense", "kind": "holiday"}).status_code == 422
    assert "National day" in client.get(url).text
    assert client.post(f"{url}/2026-10-01/remove").status_code == 303
    assert client.post(f"{url}/2026-10-01/remove").status_code == 404
    assert client.post(f"{url}/x/remove").status_code == 404
