"""What a judge can do besides scoring: flag, note, skip, abstain, undo a submission, ask to reopen it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from competition.extensions import db
from competition.judging.models import Assignment, Conflict, Flag, PrivateNote, ScoreSheet, SheetVersion
from competition.kernel import clock
from competition.kernel.data import audit
from competition.kernel.data.models import AuditEvent, MailMessage
from tests.factories.accounts import client_of
from tests.factories.judging import Panel, make_assignment, make_panel, make_sheet, sheet_form

NOTE = "zqxnote"


def _events(action: str) -> list[dict[str, Any]]:
    db.session.rollback()
    return [event.data for event in db.session.scalars(select(AuditEvent).where(AuditEvent.action == action))]


def _mails() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(mail.to, mail.subject) for mail in db.session.scalars(select(MailMessage).order_by(MailMessage.id))]


@pytest.fixture
def panel(app: Flask) -> Panel:
    return make_panel(judges=2, entries=3)


def test_a_flag_reaches_the_organizers_and_their_answer_the_judge(app: Flask, panel: Panel) -> None:
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    judge, organizer = client_of(app, panel.judges[0]), client_of(app, panel.organizer)
    url, entry = f"/en/judge/{task.code}/options", panel.entries[0].code
    assert judge.post(url, data={"kind": "identity", "text": " "}).status_code == 422
    assert judge.post(url, data={"kind": "nonsense", "text": "Because."}).status_code == 422
    assert judge.post(url, data={"kind": "reopen", "text": "Because."}).status_code == 409
    assert judge.post(url, data={"kind": "identity", "text": "The summary names it."}).status_code == 303
    assert _mails() == [(panel.organizer.email, f"Judge 1 flags entry {entry}")]

    progress = f"/en/organizer/calls/{panel.call.code}/progress"
    page = organizer.get(progress).text
    assert "It shows who the team is" in page and "The summary names it." in page
    flag = db.session.scalars(select(Flag)).one()
    db.session.rollback()
    answer = f"/en/organizer/calls/{panel.call.code}/flags/{flag.code}/answer"
    assert judge.post(answer, data={"reason": "No."}).status_code == 404
    refused = organizer.post(answer, data={"reason": " "})
    assert refused.status_code == 422 and "<details class=\"confirm\" data-confirm open>" in refused.text
    assert organizer.post(answer, data={"reason": "We have masked it."}).status_code == 303
    assert organizer.post(answer, data={"reason": "Again."}).status_code == 409
    assert _mails()[1:] == [(panel.judges[0].email, f"Your flag on entry {entry} is answered")]
    assert "We have masked it." in judge.get(url).text and "We have masked it." in organizer.get(progress).text
    assert [event["kind"] for event in _events("flag.raised") + _events("flag.answered")] == ["identity", "identity"]
    assert audit.verify(panel.call.id) == []


def test_a_note_never_leaves_its_judge(app: Flask, panel: Panel) -> None:
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    judge, organizer = client_of(app, panel.judges[0]), client_of(app, panel.organizer)
    saved = judge.post(f"/en/judge/{task.code}/note", data={"note": NOTE}, headers={"X-Autosave": "1"})
    assert saved.status_code == 200 and saved.json["version"] == 0
    assert judge.post(f"/en/judge/{task.code}/note", data={"note": f"{NOTE} again"}).status_code == 303
    assert judge.post(f"/en/judge/{task.code}/note", data={"note": "n" * 8001},
                      headers={"X-Autosave": "1"}).status_code == 422
    assert f"{NOTE} again" in judge.get(f"/en/judge/{task.code}").text
    judge.post(f"/en/judge/{task.code}/submit", data=sheet_form(panel))
    call = f"/en/organizer/calls/{panel.call.code}"
    for page in (f"{call}/progress", f"{call}/sheets/{task.code}", f"{call}/audit"):
        assert NOTE not in organizer.get(page).text
    db.session.rollback()
    assert NOTE not in str([event.data for event in db.session.scalars(select(AuditEvent))])
    assert db.session.scalars(select(PrivateNote.text)).all() == [f"{NOTE} again"]


def test_a_skipped_entry_comes_last(app: Flask, panel: Panel) -> None:
    tasks = [make_assignment(panel, panel.seats[0], entry) for entry in panel.entries]
    judge = client_of(app, panel.judges[0])
    skipped = judge.post(f"/en/judge/{tasks[0].code}/skip")
    assert (skipped.status_code, skipped.location) == (303, f"/en/judge/{tasks[1].code}")
    rows = judge.get("/en/judge").text.partition("<tbody>")[2]
    assert re.findall(r'href="/en/judge/(\w+)"', rows) == [tasks[1].code, tasks[2].code, tasks[0].code]
    assert f'href="/en/judge/{tasks[0].code}"' in judge.get(f"/en/judge/{tasks[2].code}").text
    assert "3 of 3" in judge.get(f"/en/judge/{tasks[0].code}").text
    assert _events("task.abstained") == []
    judge.post(f"/en/judge/{tasks[1].code}/submit", data=sheet_form(panel))
    assert judge.post(f"/en/judge/{tasks[1].code}/skip").status_code == 409


def test_abstaining_ends_the_task_without_a_tie(app: Flask, panel: Panel) -> None:
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    judge, organizer = client_of(app, panel.judges[0]), client_of(app, panel.organizer)
    url = f"/en/judge/{task.code}/abstain"
    assert judge.post(url, data={"reason": ""}).status_code == 422
    assert judge.post(url, data={"reason": "Not my field."}).status_code == 303
    assert judge.get(f"/en/judge/{task.code}").status_code == 404
    db.session.rollback()
    stored = db.session.scalars(select(Assignment)).one()
    assert (stored.state, stored.progress, stored.abstained) == ("recused", "out", "Not my field.")
    assert db.session.scalars(select(Conflict)).all() == []
    assert _mails() == [(panel.organizer.email, f"Judge 1 abstains from entry {panel.entries[0].code}")]
    assert "Abstained" in judge.get("/en/judge?view=all").text
    assert "Recused<" not in judge.get("/en/judge?view=all").text
    assert "Abstained" in organizer.get(f"/en/organizer/calls/{panel.call.code}/progress").text
    assert "Not my field." in organizer.get(f"/en/organizer/calls/{panel.call.code}/sheets/{task.code}").text
    done = make_assignment(panel, panel.seats[0], panel.entries[1])
    make_sheet(panel, done, panel.entries[1])
    assert judge.post(f"/en/judge/{done.code}/abstain", data={"reason": "Late."}).status_code == 409


def test_an_abstention_is_taken_back(app: Flask, panel: Panel) -> None:
    task, tied = (make_assignment(panel, panel.seats[0], entry) for entry in panel.entries[:2])
    judge, url = client_of(app, panel.judges[0]), f"/en/judge/{task.code}/abstain"
    assert judge.post(f"{url}/undo").status_code == 404
    judge.post(url, data={"reason": "Not my field."})
    assert f'action="{url}/undo"' in judge.get("/en/judge?view=out").text
    assert client_of(app, panel.judges[1]).post(f"{url}/undo").status_code == 404
    assert judge.post(f"{url}/undo").location == f"/en/judge/{task.code}/declare"
    assert judge.post(f"{url}/undo").status_code == 404
    db.session.rollback()
    stored = db.session.get_one(Assignment, task.id)
    assert (stored.state, stored.progress, stored.abstained, stored.declared_at) == ("assigned", "waiting", "", None)
    code = panel.entries[0].code
    assert _mails() == [
        (panel.organizer.email, f"Judge 1 abstains from entry {code}"),
        (panel.organizer.email, f"Judge 1 judges entry {code} after all"),
    ]
    assert judge.get(f"/en/judge/{task.code}").location == f"/en/judge/{task.code}/declare"
    answer = {"answer": "tied", "relation": "employment", "note": "We worked together."}
    assert judge.post(f"/en/judge/{tied.code}/declare", data=answer).status_code == 303
    assert judge.post(f"/en/judge/{tied.code}/abstain/undo").status_code == 404  # a tie is no abstention


def test_a_submission_is_undone_within_moments(app: Flask, panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    task, other = (make_assignment(panel, panel.seats[0], entry) for entry in panel.entries[:2])
    judge = client_of(app, panel.judges[0])
    sent = judge.post(f"/en/judge/{task.code}/submit", data=sheet_form(panel))
    assert sent.location == f"/en/judge/{other.code}?undo={task.code}"
    assert f'action="/en/judge/{task.code}/take-back"' in judge.get(sent.location).text
    assert client_of(app, panel.judges[1]).post(f"/en/judge/{task.code}/take-back").status_code == 404
    back = judge.post(f"/en/judge/{task.code}/take-back")
    assert (back.status_code, back.location) == (303, f"/en/judge/{task.code}")
    db.session.rollback()
    sheet = db.session.scalars(select(ScoreSheet)).one()
    assert (sheet.state, sheet.submitted_at) == ("draft", None)
    assert db.session.scalars(select(SheetVersion.reopened_reason)).all() == ["taken back"]
    assert _events("sheet.taken_back") == [{"seat": 1, "entry": panel.entries[0].code}]
    assert "/take-back" not in judge.get(sent.location).text

    judge.post(f"/en/judge/{task.code}/submit", data=sheet_form(panel, version=str(sheet.version)))
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=21))
    assert "/take-back" not in judge.get(sent.location).text
    late = judge.post(f"/en/judge/{task.code}/take-back", follow_redirects=True)
    assert "It is too late to undo: the scores are locked." in late.text
    assert '<option value="reopen" selected>' in late.text
    db.session.rollback()
    assert db.session.scalars(select(ScoreSheet.state)).all() == ["submitted"]
    assert audit.verify(panel.call.id) == []


def test_a_judge_asks_to_reopen(app: Flask, panel: Panel) -> None:
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    make_sheet(panel, task, panel.entries[0])
    judge, organizer = client_of(app, panel.judges[0]), client_of(app, panel.organizer)
    assert f"/en/judge/{task.code}/options?kind=reopen" in judge.get(f"/en/judge/{task.code}").text
    sent = judge.post(f"/en/judge/{task.code}/options", data={"kind": "reopen", "text": "I read the wrong file."})
    assert sent.status_code == 303
    page = organizer.get(f"/en/organizer/calls/{panel.call.code}/progress").text
    assert "Reopen my scores" in page and "I read the wrong file." in page
