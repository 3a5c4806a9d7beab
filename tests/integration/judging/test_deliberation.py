"""A panel discusses after its scores are closed: disagreement first, notes, one's own scores changed with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from competition.calls.models import Call, Stage
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, ScoreSheet, SheetVersion
from competition.judging.queries.snapshot import snapshot
from competition.judging.scores import unpack
from competition.kernel.data import transaction
from competition.kernel.data.evidence import faults_of
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import AuditEvent, MailMessage
from competition.kernel.errors import IllegalMove
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, client_of
from tests.factories.calls import NOW
from tests.factories.judging import Panel, make_assignment, make_panel, sheet_form


@pytest.fixture
def panel(app: Flask) -> Panel:
    """Two judges who agree on the first entry and differ on the second; their stage is discussed."""
    judged = make_panel(judges=2, entries=2, call={"quorum": 2})
    for place, entry in enumerate(judged.entries):
        for number, seat in enumerate(judged.seats):
            task = make_assignment(judged, seat, entry)
            db.session.rollback()
            score = "9" if place and number else "7"
            answer = client_of(app, judged.judges[number]).post(
                f"/en/judge/{task.code}/submit", data={**sheet_form(judged, score), "key": new_id().hex}
            )
            assert answer.status_code == 303
    with transaction.write():
        db.session.execute(update(Stage).where(Stage.id == judged.rubric.stage_id).values(deliberation=True))
    return judged


def _close(app: Flask, panel: Panel) -> None:
    answer = client_of(app, panel.organizer).post(f"/en/organizer/calls/{panel.call.code}/closing", data={})
    assert answer.status_code == 303


def _state(panel: Panel) -> str:
    db.session.rollback()
    return db.session.scalars(select(Stage.state).where(Stage.id == panel.rubric.stage_id)).one()


def _room(panel: Panel, rest: str = "") -> str:
    return f"/en/judge/panels/{panel.call.code}/discussion{rest}"


def _own_sheet(panel: Panel) -> Any:
    """The sheet of the second judge on the second entry."""
    db.session.rollback()
    return db.session.scalars(
        select(ScoreSheet).join(Assignment, Assignment.id == ScoreSheet.assignment_id)
        .where(Assignment.seat_id == panel.seats[1].id, Assignment.entry_id == panel.entries[1].id)
    ).one()


def test_closing_takes_no_more_scores_and_starts_the_discussion_with_the_widest_spread(
    app: Flask, panel: Panel
) -> None:
    judge = client_of(app, panel.judges[0])
    assert judge.get(_room(panel)).status_code == 404
    _close(app, panel)
    assert _state(panel) == "discussing"
    page = judge.get(_room(panel)).text
    first, second = panel.entries
    assert page.index(second.code) < page.index(first.code)
    assert '<td class="num" data-label="Spread">10.00</td>' in page
    assert '<td class="num" data-label="Spread">0.00</td>' in page
    assert "Discuss the entries" in judge.get("/en/judge").text
    db.session.rollback()
    subjects = db.session.scalars(select(MailMessage.subject).where(MailMessage.to == panel.judges[0].email)).all()
    assert [subject for subject in subjects if subject.startswith("The panel discusses")] != []


def test_nobody_but_the_panel_knows_a_score_while_it_discusses(app: Flask, panel: Panel) -> None:
    _close(app, panel)
    organizer = client_of(app, panel.organizer)
    page = organizer.get(f"/en/organizer/calls/{panel.call.code}/closing").text
    assert "The panel discusses" in page
    assert ("70.00" in page, "90.00" in page) == (False, False)
    with pytest.raises(IllegalMove), transaction.write():
        request_run(call=db.session.get_one(Call, panel.call.id), actor=actor_of(panel.organizer), now=NOW)
    assert organizer.get(_room(panel)).status_code == 404


def test_a_judge_changes_only_own_scores_with_a_reason_and_the_seals_stay_whole(app: Flask, panel: Panel) -> None:
    _close(app, panel)
    entry, judge = panel.entries[1], client_of(app, panel.judges[1])
    form = {key: value for key, value in sheet_form(panel, "8").items() if key.startswith("score-")}
    url = _room(panel, f"/{entry.code}/scores")
    bare = judge.post(url, data=form)
    assert (bare.status_code, 'value="8"' in bare.text) == (422, True)
    same = judge.post(url, data={**form, **dict.fromkeys(form, "9"), "reason": "None."})
    assert (same.status_code, "Nothing changes" in same.text) == (422, True)
    off = judge.post(url, data={**form, next(iter(form)): "11", "reason": "Why."})
    assert (off.status_code, "Give 0 to 10 points" in off.text) == (422, True)
    assert judge.post(url, data={**form, "reason": "The pilot plan convinced me."}).status_code == 303
    sheet = _own_sheet(panel)
    assert (sheet.state, set(unpack(sheet.scores))) == ("submitted", {800})
    versions = db.session.scalars(
        select(SheetVersion).where(SheetVersion.sheet_id == sheet.id).order_by(SheetVersion.number)
    ).all()
    assert [(one.number, one.reopened_reason) for one in versions] == [(1, "The pilot plan convinced me."), (2, "")]
    assert [fault for fault in faults_of(panel.call.id) if " on entry " in fault] == []
    page = client_of(app, panel.judges[0]).get(_room(panel, f"/{entry.code}")).text
    assert page.count('name="score-') == len(panel.rubric.criteria)  # only the reader's own


def test_notes_are_read_by_the_panel_under_numbers(app: Flask, panel: Panel) -> None:
    _close(app, panel)
    entry = panel.entries[0]
    url = _room(panel, f"/{entry.code}/notes")
    first, second = (client_of(app, person) for person in panel.judges)
    assert first.post(url, data={"text": " "}).status_code == 422
    assert first.post(url, data={"text": "Look at the budget."}).status_code == 303
    page = second.get(_room(panel, f"/{entry.code}")).text
    assert "Look at the budget." in page and "Judge 1" in page
    assert panel.judges[0].name not in page
    organizer = client_of(app, panel.organizer).get(f"/en/organizer/calls/{panel.call.code}/closing").text
    assert "Look at the budget." not in organizer


def test_a_conflict_closes_the_entry_in_the_discussion(app: Flask, panel: Panel) -> None:
    _close(app, panel)
    entry = panel.entries[0]
    with transaction.write():
        db.session.add(Conflict(id=new_id(), seat_id=panel.seats[0].id, entry_id=entry.id, kind="self",
                                declared_at=NOW))
    judge = client_of(app, panel.judges[0])
    assert entry.code not in judge.get(_room(panel)).text
    assert judge.get(_room(panel, f"/{entry.code}")).status_code == 404
    assert judge.post(_room(panel, f"/{entry.code}/notes"), data={"text": "No."}).status_code == 404


def test_the_end_of_the_discussion_closes_the_stage_and_logs_the_seals_anew(app: Flask, panel: Panel) -> None:
    _close(app, panel)
    form = {key: value for key, value in sheet_form(panel, "8").items() if key.startswith("score-")}
    url = _room(panel, f"/{panel.entries[1].code}/scores")
    client_of(app, panel.judges[1]).post(url, data={**form, "reason": "Convinced."})
    end = f"/en/organizer/calls/{panel.call.code}/closing/end-discussion"
    organizer = client_of(app, panel.organizer)
    assert organizer.post(end).status_code == 303
    assert organizer.post(end).status_code == 409
    assert _state(panel) == "closed"
    late = client_of(app, panel.judges[1]).post(url, data={**form, "reason": "Again."})
    assert late.status_code == 404
    events = [row.action for row in db.session.scalars(
        select(AuditEvent).where(AuditEvent.chain == str(panel.call.id), AuditEvent.action.like("stage.%"))
        .order_by(AuditEvent.seq)
    )]
    assert events == ["stage.sealed", "stage.discussing", "stage.sealed", "stage.closed"]
    assert sorted(set(snapshot(panel.rubric.stage_id).scores.ravel().tolist())) == [700, 800]
    assert [fault for fault in faults_of(panel.call.id) if " on entry " in fault] == []
