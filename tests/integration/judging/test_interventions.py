"""What organizers do to submitted scores needs two of them, and the judge is told what is true."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.calls.models import Stage
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat
from competition.judging.queries.seals import broken_seals
from competition.judging.queries.snapshot import snapshot
from competition.kernel.data import audit, transaction
from competition.kernel.data.models import AuditEvent, MailMessage
from tests.factories.accounts import client_of
from tests.factories.judging import (
    Panel,
    close_stage,
    make_assignment,
    make_panel,
    make_sheet,
    sheet_form,
    sign_with,
)


@pytest.fixture
def panel(app: Flask) -> Panel:
    """One entry with the sheets of two judges, in a closed stage."""
    judged = make_panel(judges=2, entries=1)
    for seat in judged.seats:
        make_sheet(judged, make_assignment(judged, seat, judged.entries[0]), judged.entries[0])
    close_stage(judged)
    return judged


def _code(panel: Panel, number: int = 1) -> str:
    code = db.session.scalars(
        select(Assignment.code).join(Seat, Seat.id == Assignment.seat_id).where(Seat.number == number)
    ).one()
    db.session.rollback()
    return code


def _counting(panel: Panel) -> tuple[int, dict[str, int]]:
    db.session.rollback()
    taken = snapshot(panel.rubric.stage_id)
    assert broken_seals(panel.rubric.stage_id) == []
    db.session.rollback()
    return len(taken.entry), taken.left_out


def _mail(client_email: str) -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(
        select(MailMessage.subject).where(MailMessage.to == client_email).order_by(MailMessage.id)
    ))


def _event(action: str) -> AuditEvent:
    db.session.rollback()
    return db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)).one()


def test_a_sheet_is_voided_by_two_people(app: Flask, panel: Panel) -> None:
    sign, organizer, judge = sign_with(app, panel), client_of(app, panel.organizer), client_of(app, panel.judges[0])
    code, entry = _code(panel), panel.entries[0].code
    url = f"/en/organizer/calls/{panel.call.code}/sheets/{code}"
    assert organizer.post(f"{url}/void", data={"reason": ""}).status_code == 422
    assert organizer.post(f"{url}/void", data={"reason": "Scored another entry."}).status_code == 303
    assert _counting(panel) == (2, {})
    sign()
    assert _counting(panel) == (1, {"voided": 1})
    assert organizer.post(f"{url}/void", data={"reason": "Again."}).status_code == 409
    assert organizer.post(f"{url}/reopen", data={"reason": "Again."}).status_code == 409
    assert _mail(panel.judges[0].email) == [f"Your scores for entry {entry} were voided"]
    for page in (judge.get("/en/judge?view=out").text, judge.get(f"/en/judge/{code}").text, organizer.get(url).text):
        assert "Voided by the organizers on" in page
        assert "Scored another entry." in page
    data = _event("sheet.voided").data
    assert (data["seat"], data["entry"], data["reason"], data["proposed_by"]) == (
        1, entry, "Scored another entry.", str(panel.organizer.id)
    )
    assert audit.verify(panel.call.id) == []


def test_a_judge_submits_anew_after_the_stage_was_closed(app: Flask, panel: Panel) -> None:
    sign, organizer, judge = sign_with(app, panel), client_of(app, panel.organizer), client_of(app, panel.judges[0])
    code = _code(panel)
    form = sheet_form(panel, score="5", version="2")
    assert judge.post(f"/en/judge/{code}/submit", data=form).status_code == 409
    organizer.post(f"/en/organizer/calls/{panel.call.code}/sheets/{code}/reopen", data={"reason": "A slip."})
    sign()
    assert _counting(panel) == (1, {})
    assert judge.post(f"/en/judge/{code}/submit", data=form).status_code == 303
    assert _counting(panel) == (2, {})
    assert judge.post(f"/en/judge/{code}", data={**form, "version": "3"}).status_code == 409


def test_barring_after_submission_needs_two_and_is_not_called_recusal(app: Flask, panel: Panel) -> None:
    sign, organizer, judge = sign_with(app, panel), client_of(app, panel.organizer), client_of(app, panel.judges[0])
    entry = panel.entries[0].code
    base = f"/en/organizer/calls/{panel.call.code}"
    form = {"number": "1", "entry_code": entry, "note": "A cousin of the lead."}
    assert organizer.post(f"{base}/conflicts", data=form).location.endswith("/signatures")
    assert _counting(panel) == (2, {})
    sign()
    assert _counting(panel) == (1, {"conflict": 1})
    assert _mail(panel.judges[0].email) == [f"You no longer judge entry {entry}"]
    page = judge.get("/en/judge?view=out").text
    assert "Barred by the organizers on" in page
    assert "Recused" not in page
    assert "Barred by the organizers" in organizer.get(f"{base}/progress").text
    assert organizer.post(f"{base}/conflicts/1/{entry}/undo", data={"reason": "No."}).location.endswith("/signatures")
    assert _counting(panel) == (1, {"conflict": 1})
    sign()
    assert _counting(panel) == (1, {"unanswered": 1})


def test_a_judge_who_has_submitted_is_removed_by_two(app: Flask, panel: Panel) -> None:
    sign, organizer = sign_with(app, panel), client_of(app, panel.organizer)
    path = f"/en/organizer/calls/{panel.call.code}/panel/1/remove"
    assert organizer.post(path, data={"reason": "Moved abroad."}).location.endswith("/signatures")
    assert _counting(panel) == (2, {})
    sign()
    assert _counting(panel) == (1, {"seat": 1})
    assert _mail(panel.judges[0].email) == [f"You are no longer on the panel of “{panel.call.title['en']}”"]


def test_without_a_second_organizer_nothing_is_proposed(app: Flask, panel: Panel) -> None:
    organizer: FlaskClient = client_of(app, panel.organizer)
    url = f"/en/organizer/calls/{panel.call.code}/sheets/{_code(panel)}/void"
    answer = organizer.post(url, data={"reason": "Scored another entry."})
    assert answer.status_code == 422
    assert "the signature of a second organizer" in answer.text
    assert "Scored another entry." in answer.text


def test_a_change_of_the_sheet_makes_the_proposal_void(app: Flask, panel: Panel) -> None:
    sign, organizer = sign_with(app, panel), client_of(app, panel.organizer)
    url = f"/en/organizer/calls/{panel.call.code}/sheets/{_code(panel)}"
    organizer.post(f"{url}/void", data={"reason": "One."})
    with transaction.write():
        db.session.get_one(Stage, panel.rubric.stage_id).state = "open"
    sign()
    db.session.rollback()
    assert db.session.scalars(select(ScoreSheet.voided_at).where(ScoreSheet.voided_at.is_not(None))).all() == []
