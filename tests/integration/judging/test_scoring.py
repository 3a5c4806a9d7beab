"""A judge's way through one entry: declare, read, save, submit; two tabs; locked; reopened."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from competition.entries.models import Revision
from competition.extensions import db
from competition.judging import scores
from competition.judging.models import Assignment, Conflict, ScoreSheet, SheetVersion
from competition.kernel.data import audit, transaction
from competition.kernel.data.canonical import digest
from competition.kernel.data.models import AuditEvent, MailMessage
from tests.factories.accounts import client_of
from tests.factories.judging import close_stage, make_assignment, make_panel, make_sheet, sheet_form, sign_with
from tests.factories.rewriting import rewrite
from tests.pages import unindented


def _sheet(assignment: Any) -> Any:
    db.session.rollback()
    return db.session.scalar(select(ScoreSheet).where(ScoreSheet.assignment_id == assignment.id))


def _assignment(assignment: Any) -> Any:
    db.session.rollback()
    return db.session.scalars(select(Assignment).where(Assignment.id == assignment.id)).one()


def _audited(action: str) -> list[dict[str, Any]]:
    db.session.rollback()
    return [event.data for event in db.session.scalars(select(AuditEvent).where(AuditEvent.action == action))]


def _bytes(answer: TestResponse) -> str:
    """A page without what its own address and its nonce put into it."""
    return re.sub(r'nonce="[^"]+"', "", answer.text).replace(answer.request.path.split("/")[3], "CODE")


def test_the_conflict_question_comes_before_the_entry(app: Flask) -> None:
    panel = make_panel()
    task = make_assignment(panel, panel.seats[0], panel.entries[0], state="assigned", declared_at=None)
    client = client_of(app, panel.judges[0])
    url = f"/en/judge/{task.code}"

    door = client.get(url)
    assert (door.status_code, door.location) == (303, f"{url}/declare")
    assert client.post(url, data=sheet_form(panel)).status_code == 404
    assert client.get(f"{url}/files").status_code == 404
    question = client.get(f"{url}/declare")
    assert question.status_code == 200
    assert "Neighbours hear within the hour." not in question.text

    answered = client.post(f"{url}/declare", data={"answer": "none"})
    assert (answered.status_code, answered.location) == (303, url)
    assert _assignment(task).state == "cleared"
    screen = client.get(url)
    assert screen.status_code == 200
    assert "Neighbours hear within the hour." in screen.text
    assert _audited("conflict.none") == [{"seat": 1, "entry": panel.entries[0].code}]


def test_declaring_a_conflict_blocks_reading_and_scoring_and_tells_the_organizer(app: Flask) -> None:
    panel = make_panel()
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    client = client_of(app, panel.judges[0])
    url = f"/en/judge/{task.code}"
    assert client.post(url, data=sheet_form(panel), headers={"X-Autosave": "1"}).json["version"] == 1

    refused = client.post(f"{url}/declare", data={"answer": "tied", "relation": ""})
    assert refused.status_code == 422
    tied = {"answer": "tied", "relation": "family", "note": "My brother works there."}
    done = client.post(f"{url}/declare", data=tied)
    assert done.status_code == 303

    missing = client.get("/en/judge/NOSUCHCODE000000")
    for path in ("", "/declare", "/files", "/files/1", "/files/1/address"):
        answer = client.get(url + path)
        assert (answer.status_code, _bytes(answer).replace(path, "")) == (404, _bytes(missing))
    for path in ("", "/submit", "/declare", "/adopt"):
        assert client.post(url + path, data=sheet_form(panel, version="1")).status_code == 404
    db.session.rollback()
    conflict = db.session.scalars(select(Conflict)).one()
    assert (conflict.kind, conflict.relation, conflict.note) == ("self", "family", "My brother works there.")
    stored = _assignment(task)
    assert (stored.state, stored.progress) == ("recused", "out")
    mail = db.session.scalars(select(MailMessage)).one()
    assert mail.to == panel.organizer.email
    assert panel.entries[0].code in mail.subject


def test_a_draft_is_saved_as_it_is_typed_and_a_second_tab_gets_a_conflict(app: Flask) -> None:
    panel = make_panel()
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    client = client_of(app, panel.judges[0])
    url, script = f"/en/judge/{task.code}", {"X-Autosave": "1", "Accept": "application/json"}
    first = sheet_form(panel, score="", overall="")
    key = panel.rubric.criteria[0].key

    saved = client.post(url, data={**first, f"score-{key}": "7.5"}, headers=script)
    assert saved.json["version"] == 1
    sheet = _sheet(task)
    assert scores.unpack(sheet.scores) == [750] + [None] * (len(panel.rubric.criteria) - 1)
    assert (sheet.total, sheet.state, _assignment(task).progress) == (None, "draft", "draft")

    stale = client.post(url, data={**first, f"score-{key}": "3"}, headers=script)
    assert stale.status_code == 409
    assert stale.json["conflict_url"] == url
    plain = client.post(url, data={**first, f"score-{key}": "3"})
    assert plain.status_code == 409
    assert "7.5" in plain.text
    assert scores.unpack(_sheet(task).scores)[0] == 750

    again = client.post(url, data={**first, "version": "1", f"score-{key}": "3"}, headers=script)
    assert again.json["version"] == 2
    assert scores.unpack(_sheet(task).scores)[0] == 300


@pytest.mark.parametrize("typed", ["7.3", "11", "-1", "seven", "1e1", "7.555", "NaN"])
def test_values_off_the_scale_are_refused(app: Flask, typed: str) -> None:
    panel = make_panel(judges=1, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    key = panel.rubric.criteria[0].key
    answer = client_of(app, panel.judges[0]).post(
        f"/en/judge/{task.code}", data=sheet_form(panel, **{f"score-{key}": typed}), headers={"X-Autosave": "1"}
    )
    assert (answer.status_code, list(answer.json["errors"])) == (422, [f"score-{key}"])
    assert _sheet(task) is None


def test_submitting_locks_once_and_keeps_a_signed_version(app: Flask) -> None:
    panel = make_panel()
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    client = client_of(app, panel.judges[0])
    url, form = f"/en/judge/{task.code}", sheet_form(panel, key="k1")
    key = panel.rubric.criteria[0].key

    for wrong, field in ((f"score-{key}", f"c-{key}"), ("overall", "overall")):
        refused = client.post(f"{url}/submit", data={**form, wrong: ""})
        assert refused.status_code == 422
        assert f'href="#{field}"' in refused.text
    assert _sheet(task) is None

    assert client.post(f"{url}/submit", data=form).status_code == 303
    assert client.post(f"{url}/submit", data=form).status_code == 303  # the browser asked again
    sheet = _sheet(task)
    assert (sheet.state, sheet.total, _assignment(task).progress) == ("submitted", 7000, "submitted")
    version = db.session.scalars(select(SheetVersion)).one()
    assert version.content["scores"] == [700] * len(panel.rubric.criteria)
    assert version.digest == digest("sheet/1", {**version.content, "submitted_at": version.submitted_at})
    assert _audited("sheet.submitted") == [
        {"seat": 1, "entry": panel.entries[0].code, "version": 1, "digest": version.digest}
    ]
    locked = client.post(url, data=sheet_form(panel, version="1"), headers={"X-Autosave": "1"})
    assert locked.status_code == 409
    assert client.post(f"{url}/submit", data={**form, "key": "k2", "version": "1"}).status_code == 409
    own = client.get(url)
    assert "Sound and honest." in own.text
    assert own.text.count(" readonly") == 2 * len(panel.rubric.criteria) + 1


def test_an_organizer_reopens_with_a_reason_and_the_old_version_stays(app: Flask) -> None:
    panel = make_panel()
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    judge, organizer = client_of(app, panel.judges[0]), client_of(app, panel.organizer)
    judge.post(f"/en/judge/{task.code}/submit", data=sheet_form(panel))
    url = f"/en/organizer/calls/{panel.call.code}/sheets/{task.code}"

    sign = sign_with(app, panel)
    assert "Sound and honest." not in organizer.get(url).text  # sealed until the stage is closed
    close_stage(panel)
    assert "Sound and honest." in organizer.get(url).text
    assert organizer.post(f"{url}/reopen", data={"reason": ""}).status_code == 422
    assert judge.post(f"{url}/reopen", data={"reason": "x"}).status_code == 404
    assert organizer.post(f"{url}/reopen", data={"reason": "Wrong entry in mind."}).status_code == 303
    assert organizer.post(f"{url}/reopen", data={"reason": "Again."}).status_code == 409
    assert _sheet(task).state == "submitted"  # nothing is done before the second signature
    sign()
    assert (_sheet(task).state, _assignment(task).progress) == ("draft", "draft")
    own = judge.get(f"/en/judge/{task.code}").text
    assert "Reopened by the organizers on" in own
    assert "Wrong entry in mind." in own
    assert "Reopened by the organizers on" in judge.get("/en/judge?view=todo").text
    assert "Sound and honest." not in organizer.get(url).text  # a draft is the judge's own again

    again = sheet_form(panel, score="5", version=str(_sheet(task).version))
    assert judge.post(f"/en/judge/{task.code}/submit", data=again).status_code == 303
    db.session.rollback()
    versions = db.session.scalars(select(SheetVersion).order_by(SheetVersion.number)).all()
    assert [v.content["scores"][0] for v in versions] == [700, 500]
    assert [v.reopened_reason for v in versions] == ["Wrong entry in mind.", ""]
    assert audit.verify(panel.call.id) == []


def test_another_judges_task_answers_like_a_missing_one(app: Flask) -> None:
    panel = make_panel()
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    make_sheet(panel, task, panel.entries[0])
    make_assignment(panel, panel.seats[1], panel.entries[1])
    other = client_of(app, panel.judges[1])
    form = sheet_form(panel)
    for path in ("{}", "{}/declare", "{}/files", "{}/files/1", "{}/files/1/address"):
        foreign, missing = (other.get("/en/judge/" + path.format(code)) for code in (task.code, "0" * 16))
        assert (foreign.status_code, _bytes(foreign)) == (404, _bytes(missing))
    for path in ("{}", "{}/submit", "{}/declare", "{}/adopt"):
        foreign, missing = (other.post("/en/judge/" + path.format(code), data=form) for code in (task.code, "0" * 16))
        assert (foreign.status_code, _bytes(foreign)) == (404, _bytes(missing))


@pytest.mark.parametrize("state", ["removed", "declined", "invited"])
def test_without_an_accepted_seat_nothing_opens(app: Flask, state: str) -> None:
    panel = make_panel()
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    with transaction.write():
        seat = db.session.merge(panel.seats[0])
        seat.state = state
    assert client_of(app, panel.judges[0]).get(f"/en/judge/{task.code}").status_code == 404


def test_scores_are_not_taken_once_the_call_is_cancelled(app: Flask) -> None:
    panel = make_panel()
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    with transaction.write():
        db.session.merge(panel.call).state = "cancelled"
    client = client_of(app, panel.judges[0])
    assert client.get(f"/en/judge/{task.code}").status_code == 200
    assert client.post(f"/en/judge/{task.code}", data=sheet_form(panel)).status_code == 409
    assert client.post(f"/en/judge/{task.code}/submit", data=sheet_form(panel)).status_code == 409
    assert _sheet(task) is None


@pytest.mark.parametrize("state", ["notice", "piloting", "archived"])
def test_once_the_result_is_public_a_judge_reads_only_their_own_sheet(app: Flask, state: str) -> None:
    panel = make_panel()
    done, open_task = (make_assignment(panel, panel.seats[0], entry) for entry in panel.entries)
    make_sheet(panel, done, panel.entries[0], overall="My own words.")
    client, other = client_of(app, panel.judges[0]), client_of(app, panel.judges[1])
    summary = panel.entries[0].draft["summary"]
    assert summary in client.get(f"/en/judge/{done.code}").text
    with transaction.write():
        db.session.merge(panel.call).state = state
    own = client.get(f"/en/judge/{done.code}")
    assert (own.status_code, "My own words." in own.text, summary in own.text) == (200, True, False)
    assert "/files" not in own.text and "data-judge" not in own.text
    missing = _bytes(client.get(f"/en/judge/{'0' * 16}"))
    for code, paths in ((done.code, ("{}/files", "{}/files/1", "{}/files/1/address", "{}/declare")),
                        (open_task.code, ("{}", "{}/files", "{}/files/1", "{}/files/1/address", "{}/declare"))):
        for path in paths:
            answer = client.get("/en/judge/" + path.format(code))
            assert (answer.status_code, _bytes(answer)) == (404, missing), path
        for path in ("{}", "{}/submit", "{}/declare", "{}/adopt"):
            assert client.post("/en/judge/" + path.format(code), data=sheet_form(panel)).status_code == 404, path
    foreign = other.get(f"/en/judge/{done.code}")
    assert (foreign.status_code, _bytes(foreign)) == (404, _bytes(other.get(f"/en/judge/{'0' * 16}")))
    queue = client.get(f"/en/judge?call={panel.call.code}&view=all").text
    assert f"/en/judge/{done.code}" in queue and f"/en/judge/{open_task.code}" not in queue
    assert "entries and files are closed to the panel" in queue


def test_complete_drafts_are_submitted_together(app: Flask) -> None:
    panel = make_panel(entries=3)
    tasks = [make_assignment(panel, panel.seats[0], entry) for entry in panel.entries]
    full = [700] * len(panel.rubric.criteria)
    make_sheet(panel, tasks[0], panel.entries[0], full, state="draft", submitted_at=None)
    make_sheet(panel, tasks[1], panel.entries[1], [None, *full[1:]], state="draft", submitted_at=None)
    make_sheet(panel, tasks[2], panel.entries[2], full, state="draft", submitted_at=None, overall="")
    client = client_of(app, panel.judges[0])
    page = client.get(f"/en/judge/submit-ready?call={panel.call.code}").text
    assert re.findall(r'name="sheet" value="([^"]+)"', page) == [f"{tasks[0].code}:1"]
    assert "1 score sheet is complete" in page and "2 drafts are not complete and stay drafts." in page
    assert "Submit and lock 1 score sheet" in page
    assert [_sheet(task).state for task in tasks] == ["draft", "draft", "draft"]  # reading the list locks nothing
    listed = [f"{task.code}:1" for task in tasks]
    stale = client.post("/en/judge/submit-ready", data={"call": panel.call.code, "sheet": [f"{tasks[0].code}:9"]})
    assert stale.status_code == 303 and _sheet(tasks[0]).state == "draft"  # it is not the version that was listed
    answer = client.post("/en/judge/submit-ready", data={"call": panel.call.code, "sheet": listed},
                         follow_redirects=True)
    assert "1 score sheet submitted and locked." in answer.text
    assert "2 drafts stay drafts" in answer.text
    assert [_sheet(task).state for task in tasks] == ["submitted", "draft", "draft"]


MAIN = re.compile(r'<button class="btn btn-small btn-accent" type="submit"[^>]* (data-[a-z-]+)>')


@pytest.mark.parametrize(("changes", "main"), [
    ({}, ["data-submit-scores"]), ({"overall": " "}, ["data-save-next"]), ({"first": ""}, ["data-save-next"]),
])
def test_the_main_button_submits_once_nothing_is_missing(app: Flask, changes: dict[str, str], main: list[str]) -> None:
    panel = make_panel()
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    client, url = client_of(app, panel.judges[0]), f"/en/judge/{task.code}"
    assert MAIN.findall(client.get(url).text) == ["data-save-next"]
    form = {**sheet_form(panel), **changes}
    form[f"score-{panel.rubric.criteria[0].key}"] = form.pop("first", "7")
    assert client.post(url, data=form).status_code == 303
    page = client.get(url).text
    assert MAIN.findall(page) == main
    assert page.index("data-save-next") < page.index("data-submit-scores")  # Enter in a field saves, and never locks


def test_an_entry_is_read_in_the_third_person(app: Flask) -> None:
    panel = make_panel(entries=3)
    tasks = [make_assignment(panel, panel.seats[0], entry) for entry in panel.entries]
    client = client_of(app, panel.judges[0])
    page = client.get(f"/en/judge/{sorted(tasks, key=lambda task: task.entry_id)[1].code}").text
    assert "<h2>Answer to the problem</h2>" in page
    headings = re.findall(r"<h[23]>([^<]+)</h[23]>", page)
    assert [text for text in headings if re.search(r"\byou", text, re.IGNORECASE)] == []


def test_the_screen_says_what_the_entry_is_and_what_its_figures_mean(app: Flask) -> None:
    kpis = [{"key": "lead", "name": {"en": "Lead time"}, "unit": "min", "baseline": "14", "target": "5",
             "direction": "down", "method": ""}]
    panel = make_panel(judges=1, entries=2, call={"kpis": kpis, "floor_percent": 60})
    replies = {"lead": {"target": "6", "how": "By hand."}}
    answers = {"summary": "我们用小模型预报降雨。居民一小时内得知。", "kpi_replies": replies}
    for entry in panel.entries:
        rewrite(update(Revision).where(Revision.id == entry.revision_id).values(answers=answers))
    opened, closed = (make_assignment(panel, panel.seats[0], entry, state=state) for entry, state in
                      zip(panel.entries, ("cleared", "assigned"), strict=True))
    client = client_of(app, panel.judges[0])
    page = unindented(client.get(f"/en/judge/{opened.code}").text)
    assert '<b lang="zh-Hans">我们用小模型预报降雨</b>' in page
    assert "Chinese · 20 words" in page
    assert "<b>6 min</b> <span class=\"quiet\">· today 14, aim of the call 5 min</span>" in page
    assert f'href="/en/calls/{panel.call.code}"' in page
    assert "1 of 2" in page or "2 of 2" in page
    gates = [c for c in panel.rubric.criteria if c.gate]
    assert page.count("Gate: from 6<") == len(gates) > 0
    queue = unindented(client.get("/en/judge").text)
    assert queue.count("我们用小模型预报降雨") == 1  # the first sentence of the entry whose question is answered
    assert queue.count("Chinese · 20 words") == 2 and closed.code in queue


def test_another_reason_for_a_conflict_is_said_in_words(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    client, url = client_of(app, panel.judges[0]), f"/en/judge/{task.code}/declare"
    refused = client.post(url, data={"answer": "tied", "relation": "other", "note": " "})
    assert refused.status_code == 422 and "Say in words what the tie is." in refused.text
    assert client.post(url, data={"answer": "tied", "relation": "other", "note": "We share a desk."}).status_code == 303


def test_a_complete_draft_reads_ready_to_submit(app: Flask) -> None:
    panel = make_panel(judges=1, entries=2)
    tasks = [make_assignment(panel, panel.seats[0], entry) for entry in panel.entries]
    full, client = [700] * len(panel.rubric.criteria), client_of(app, panel.judges[0])
    make_sheet(panel, tasks[0], panel.entries[0], [None, *full[1:]], state="draft", submitted_at=None)
    page = client.get("/en/judge").text
    assert "Ready to submit" not in page and "Submit all complete drafts" not in page
    make_sheet(panel, tasks[1], panel.entries[1], full, state="draft", submitted_at=None)
    page = client.get("/en/judge").text
    assert page.count("Ready to submit") == 1 and "Submit all complete drafts" in page


def test_a_script_learns_where_to_go_on(app: Flask) -> None:
    panel = make_panel(judges=1, entries=2)
    tasks = [make_assignment(panel, panel.seats[0], entry) for entry in panel.entries]
    client, script = client_of(app, panel.judges[0]), {"X-Autosave": "1"}
    url, other = (f"/en/judge/{task.code}" for task in tasks)
    saved = client.post(url, data=sheet_form(panel, next="1"), headers=script)
    assert (saved.status_code, saved.json) == (200, {"url": other})
    form = sheet_form(panel, version="1", key="k")
    for _again in range(2):  # sent again after a lost answer
        sent = client.post(f"{url}/submit", data=form, headers=script)
        assert (sent.status_code, sent.json) == (200, {"url": f"{other}?undo={tasks[0].code}"})
    locked = client.post(f"{url}/submit", data={**form, "key": "other"}, headers=script)
    assert locked.status_code == 409 and "they are locked" in locked.json["error"]
    page = client.post(url, data=form)
    assert page.status_code == 409 and "they are locked" in page.text and "data-error-summary" in page.text
