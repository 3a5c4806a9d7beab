"""Closing a stage: what is missing is answered for, the seals are logged, and only then scores are known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from competition.calls.models import Call, Stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, Seat, SheetVersion
from competition.judging.service import closing
from competition.kernel import clock
from competition.kernel.data import audit, transaction
from competition.kernel.data.canonical import digest
from competition.kernel.data.models import AuditEvent, MailMessage
from competition.kernel.errors import IllegalMove
from competition.results.models import Run
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, client_of
from tests.factories.judging import Panel, make_assignment, make_panel, make_sheet, sheet_form

REASON = {"change_en": "Judge 2 is ill.", "change_zh": "专家 2 生病。", "change_ko": "위원 2가 아픕니다."}


@pytest.fixture
def panel(app: Flask) -> Panel:
    """Two judges, two entries, quorum 2; judge 2 has not scored the second entry."""
    whole = make_panel(judges=2, entries=2, call={"quorum": 2})
    for entry in whole.entries:
        for seat in whole.seats:
            task = make_assignment(whole, seat, entry)
            if (seat, entry) != (whole.seats[1], whole.entries[1]):
                make_sheet(whole, task, entry)
    return whole


def _url(panel: Panel, rest: str = "closing") -> str:
    return f"/en/organizer/calls/{panel.call.code}/{rest}"


def _missing(panel: Panel) -> str:
    code = db.session.scalars(select(Assignment.code).where(
        Assignment.seat_id == panel.seats[1].id, Assignment.entry_id == panel.entries[1].id
    )).one()
    db.session.rollback()
    return code


def _stage(panel: Panel) -> Stage:
    db.session.rollback()
    return db.session.get_one(Stage, panel.rubric.stage_id)


def _answers(panel: Panel, sheet: str, entry: str) -> dict[str, str]:
    return {f"answer-{_missing(panel)}": sheet, f"answer-{panel.entries[1].code}": entry}


def test_every_gap_is_listed_and_needs_an_answer_and_a_reason(app: Flask, panel: Panel) -> None:
    client = client_of(app, panel.organizer)
    page = client.get(_url(panel)).text
    assert f'name="answer-{_missing(panel)}"' in page
    assert f'name="answer-{panel.entries[1].code}"' in page
    assert f'name="answer-{panel.entries[0].code}"' not in page
    assert client.post(_url(panel), data=REASON).status_code == 422
    without = _answers(panel, "without", "without")
    assert client.post(_url(panel), data=without).status_code == 422
    half = client.post(_url(panel), data={**without, "change_en": "Ill."})
    assert half.status_code == 422
    assert _stage(panel).state == "open"
    assert client.post(_url(panel), data={**without, **REASON}).status_code == 303
    stage = _stage(panel)
    assert (stage.state, stage.closed_by) == ("closed", panel.organizer.id)
    assert stage.closing_reason == {code[7:]: text for code, text in REASON.items()}


def test_the_seals_are_logged_in_order_before_any_total(app: Flask, panel: Panel) -> None:
    client = client_of(app, panel.organizer)
    client.post(_url(panel), data={**_answers(panel, "without", "without"), **REASON})
    db.session.rollback()
    sealed, closed = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action.like("stage.%")).order_by(AuditEvent.seq)
    ).all()
    listed = sealed.data["sheets"]
    digests = {row.digest for row in db.session.scalars(select(SheetVersion))}
    order = db.session.execute(
        select(Assignment.code).join(Entry, Entry.id == Assignment.entry_id).join(Seat, Seat.id == Assignment.seat_id)
        .where(Assignment.progress == "submitted").order_by(Entry.code, Seat.number)
    ).scalars().all()
    assert [row[:2] for row in listed] == [[code, 1] for code in order]
    assert {row[2] for row in listed} == digests
    assert closed.data["commitments"] == digest("commitments/1", listed)
    assert (closed.data["sheets"], closed.data["missing"], closed.data["short"]) == (
        3, [[2, panel.entries[1].code]], [panel.entries[1].code]
    )
    assert audit.verify(panel.call.id) == []


def test_waiting_moves_the_due_date_and_tells_the_judge(app: Flask, panel: Panel) -> None:
    client = client_of(app, panel.organizer)
    answers = _answers(panel, "wait", "wait")
    assert client.post(_url(panel), data=answers).status_code == 422
    later = (clock.now() + timedelta(days=700)).strftime("%Y-%m-%dT10:00")
    assert client.post(_url(panel), data={**answers, "due_at": later}).status_code == 303
    assert _stage(panel).state == "open"
    assert _stage(panel).due_at is not None
    mails = [(row.to, row.subject[:26]) for row in db.session.scalars(select(MailMessage))]
    assert mails == [(panel.judges[1].email, "More time for your scores:")]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "stage.extended")).one()
    assert set(event.data) == {"stage", "before", "after"}


def test_a_judge_is_replaced(app: Flask, panel: Panel) -> None:
    code = _missing(panel)
    client = client_of(app, panel.organizer)
    answer = client.post(_url(panel), data=_answers(panel, "replace", "replace"))
    assert (answer.status_code, answer.location) == (303, _url(panel, "assignments"))
    db.session.rollback()
    task = db.session.scalars(select(Assignment).where(Assignment.code == code)).one()
    assert (task.state, task.progress) == ("removed", "out")
    subject = db.session.scalars(select(MailMessage.subject)).one()
    assert subject == f"Entry {panel.entries[1].code} goes to another judge"


def test_no_sheet_comes_after_the_stage_is_closed(app: Flask, panel: Panel) -> None:
    code = _missing(panel)
    judge, form = client_of(app, panel.judges[1]), sheet_form(panel)
    client_of(app, panel.organizer).post(
        _url(panel), data={**_answers(panel, "without", "without"), **REASON}
    )
    assert judge.post(f"/en/judge/{code}", data=form).status_code == 409
    assert judge.post(f"/en/judge/{code}/submit", data=form).status_code == 409
    assert "This stage was closed: it takes no more scores." in judge.get(f"/en/judge/{code}").text
    assert "Closed without your scores" in judge.get("/en/judge?view=all").text


def test_what_changed_since_the_page_was_shown_is_not_closed_over(app: Flask, panel: Panel) -> None:
    with transaction.write(), pytest.raises(IllegalMove):
        closing.close(
            call=db.session.get_one(Call, panel.call.id), without=[_missing_now(panel)], without_all=False,
            reason={"en": "Ill.", "zh": "Ill.", "ko": "Ill."}, actor=actor_of(panel.organizer), now=clock.now(),
        )


def _missing_now(panel: Panel) -> str:
    """The missing sheet, but not the entry below the quorum."""
    return db.session.scalars(select(Assignment.code).where(Assignment.progress == "waiting")).one()


def _request(panel: Panel) -> Any:
    with transaction.write():
        return request_run(call=db.session.get_one(Call, panel.call.id), actor=actor_of(panel.organizer),
                           now=clock.now())


def test_nothing_is_aggregated_or_shown_while_scores_are_sealed(app: Flask, panel: Panel) -> None:
    with pytest.raises(IllegalMove, match="sealed until it is closed"):
        _request(panel)
    client = client_of(app, panel.organizer)
    first = db.session.scalars(select(Assignment.code).where(Assignment.progress == "submitted").limit(1)).one()
    db.session.rollback()
    client.post(_url(panel, "results/runs"))
    pages = {path: client.get(_url(panel, path)).text for path in ("progress", "assignments", "results",
                                                                  f"sheets/{first}", "audit")}
    assert [path for path, page in pages.items() if "70.00" in page or "Sound." in page] == []
    assert "The scores of this call are sealed" in pages["results"]
    assert db.session.scalars(select(Run)).all() == []
    client.post(_url(panel), data={**_answers(panel, "without", "without"), **REASON})
    assert "70.00" in client.get(_url(panel, "progress")).text
    assert "Sound." in client.get(_url(panel, f"sheets/{first}")).text
    db.session.rollback()
    assert _request(panel).number == 1
