"""Tasks of several stages: scores only in the open one, the queue by stage."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from competition.calls import queries
from competition.extensions import db
from competition.judging.models import StageOutcome
from competition.judging.service.stages import open_next
from competition.kernel.data import transaction
from competition.kernel.data.models import MailMessage
from tests.factories.accounts import actor_of, sign_in
from tests.factories.calls import NOW
from tests.factories.judging import Panel, make_assignment, make_panel, make_sheet, sheet_form


@pytest.fixture
def panel(app: Flask) -> Panel:
    """Two stages; the judge has scored at the first, which is closed, and has a task of the second, not open yet."""
    panel = make_panel(judges=1, entries=1, call={"stages": ({}, {"kind": "defence", "quorum": 1})})
    first, second = [stage.id for stage in queries.stages(panel.call.id)]
    seat, entry = panel.seats[0], panel.entries[0]
    panel.rubric = queries.current_rubric(first)
    db.session.rollback()
    task = make_assignment(panel, seat, entry)
    make_sheet(panel, task, entry)
    panel.rubric = queries.current_rubric(second)
    db.session.rollback()
    make_assignment(panel, seat, entry, code="SECOND")
    with transaction.write():
        stage = queries.stages(panel.call.id)[0]
        stage.state, stage.closed_at = "closed", NOW
        db.session.add(
            StageOutcome(stage_id=stage.id, entry_id=entry.id, outcome="advanced", reason="", decided_at=NOW)
        )
    return panel


def open_second(panel: Panel) -> None:
    with transaction.write():
        call = db.session.get_one(type(panel.call), panel.call.id)
        open_next(call=call, actor=actor_of(panel.organizer), now=NOW)


def test_scores_are_taken_while_their_stage_is_open(app: Flask, panel: Panel) -> None:
    judge = sign_in(app.test_client(), panel.judges[0])
    assert judge.post("/en/judge/SECOND", data={**sheet_form(panel), "action": "save"}).status_code == 409
    with app.test_request_context("/en/"):
        open_second(panel)
    [message] = db.session.scalars(select(MailMessage).where(MailMessage.to == panel.seats[0].email))
    assert "waits for your scores" in message.subject
    assert judge.post("/en/judge/SECOND", data={**sheet_form(panel), "action": "save"}).status_code == 303


def test_the_queue_stands_by_stage_with_its_due_date(app: Flask, panel: Panel) -> None:
    page = sign_in(app.test_client(), panel.judges[0]).get("/en/judge?view=all").text
    headings = [text for text in page.split("</th>") if 'scope="rowgroup"' in text]
    assert len(headings) == 2
    assert "Defence, due" in headings[0]
    assert "Desk review, due" in headings[1]
    assert "Its stage is not open yet" in page
