"""The defence: sessions, a draw that can be repeated, an announcement with calendars, panel, attendance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Stage
from competition.entries.models import Entry, Membership
from competition.extensions import db
from competition.judging.defence_order import drawn_order
from competition.judging.models import Assignment, Conflict, DefenceDraw, DefenceSession, DefenceSlot
from competition.judging.queries.planning_inputs import design
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import AuditEvent, MailMessage
from tests.factories.accounts import client_of
from tests.factories.calls import NOW
from tests.factories.judging import Panel, make_defence, make_panel

SESSION = {
    "starts_at": "2026-06-17T09:00", "place": "Room 3", "places": "2", "presentation_minutes": "8",
    "question_minutes": "7", "pause_minutes": "5",
}
BEGINS = datetime(2026, 6, 17, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


@pytest.fixture(autouse=True)
def june() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def panel(app: Flask) -> Panel:
    judged = make_panel(judges=3, entries=3)
    with transaction.write():
        db.session.get_one(Stage, judged.rubric.stage_id).kind = "defence"
    return judged


@pytest.fixture
def organizer(app: Flask, panel: Panel) -> FlaskClient:
    return client_of(app, panel.organizer)


def _url(panel: Panel, path: str = "") -> str:
    return f"/en/organizer/calls/{panel.call.code}/defence{path}"


def _slots() -> list[tuple[Any, datetime, int]]:
    db.session.rollback()
    query = select(DefenceSlot.entry_id, DefenceSession.starts_at, DefenceSlot.position).join(DefenceSession)
    rows = db.session.execute(query.order_by(DefenceSession.starts_at, DefenceSlot.position))
    return [(row.entry_id, row.starts_at, row.position) for row in rows]


def _mails(to: str) -> list[MailMessage]:
    db.session.rollback()
    query = select(MailMessage).where(MailMessage.to == to).order_by(MailMessage.created_at, MailMessage.id)
    return list(db.session.scalars(query))


def _lead(entry: Entry) -> User:
    query = select(User).join(Membership, Membership.user_id == User.id).where(Membership.team_id == entry.team_id)
    lead = db.session.scalars(query).one()
    db.session.expunge(lead)
    db.session.rollback()
    return lead


def test_the_order_is_drawn_once_over_the_places_and_the_seed_repeats_it(organizer: FlaskClient, panel: Panel) -> None:
    organizer.post(_url(panel, "/sessions"), data=SESSION)
    short = organizer.post(_url(panel, "/draw"), data={"seed": "lottery 7-11-23"})
    assert (short.status_code, "The sessions have 2 places for 3 entries." in short.text) == (422, True)
    organizer.post(_url(panel, "/sessions"), data={**SESSION, "starts_at": "2026-06-17T14:00"})
    assert organizer.post(_url(panel, "/draw"), data={"seed": "lottery 7-11-23"}).status_code == 303
    codes = {entry.code: entry.id for entry in panel.entries}
    afternoon = BEGINS + timedelta(hours=5)
    wanted = [codes[code] for code in drawn_order("lottery 7-11-23", codes)]
    assert _slots() == [(wanted[0], BEGINS, 0), (wanted[1], BEGINS, 1), (wanted[2], afternoon, 0)]
    again = organizer.post(_url(panel, "/draw"), data={"seed": "another"})
    assert (again.status_code, "The order has been drawn." in again.text) == (409, True)
    late = organizer.post(_url(panel, "/sessions"), data={**SESSION, "starts_at": "2026-06-18T09:00"})
    assert late.status_code == 409
    db.session.rollback()
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "defence.drawn")).one()
    assert event.data["seed"] == "lottery 7-11-23"
    assert event.data["order"] == drawn_order("lottery 7-11-23", codes)


def test_without_a_seed_the_platform_draws_one(organizer: FlaskClient, panel: Panel) -> None:
    organizer.post(_url(panel, "/sessions"), data={**SESSION, "places": "3"})
    organizer.post(_url(panel, "/draw"), data={"seed": ""})
    db.session.rollback()
    assert len(db.session.scalars(select(DefenceDraw.seed)).one()) == 32


@pytest.mark.parametrize(("change", "message"), [
    ({"starts_at": "2026-06-01T09:00"}, "Choose a time that is still to come."),
    ({"starts_at": ""}, "Please fill this in."), ({"place": " "}, "Please fill this in."),
    ({"places": "0"}, "Please fill this in."), ({"places": "201"}, "Give a number from 1 to 200."),
])
def test_a_session_that_cannot_be_says_why_and_keeps_what_was_typed(
    organizer: FlaskClient, panel: Panel, change: dict[str, str], message: str
) -> None:
    answer = organizer.post(_url(panel, "/sessions"), data={**SESSION, **change})
    assert (answer.status_code, message in answer.text) == (422, True)
    assert 'value="8"' in answer.text
    assert db.session.scalars(select(DefenceSession)).all() == []


def test_teams_and_judges_get_their_times_with_calendars_when_it_is_announced(
    app: Flask, organizer: FlaskClient, panel: Panel, run_jobs: Callable[[], list[str]]
) -> None:
    make_defence(panel, starts_at=BEGINS, announced=False)
    entry = panel.entries[1]
    lead = _lead(entry)
    team, judge = client_of(app, lead), client_of(app, panel.judges[0])
    own = f"/en/my/entries/{entry.code}/defence"
    assert (team.get(own).status_code, "Room 3" in judge.get("/en/judge/defences").text) == (404, False)
    assert organizer.post(_url(panel, "/announce")).status_code == 303
    run_jobs()
    begins = BEGINS + timedelta(minutes=20)
    mail = _mails(lead.email)[0]
    assert mail.subject == f"Your defence of entry {entry.code}"
    assert "17 Jun 2026, 09:20 Shanghai (UTC+8)" in mail.body
    event = next(part for part in icalendar.Calendar.from_ical(mail.calendar or "").walk("VEVENT"))
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (begins, begins + timedelta(minutes=15))
    assert (str(event["location"]), event["sequence"]) == ("Room 3", 2)
    page = team.get(own).text
    assert "2 of 3" in page and "“seed/”" in page
    file = team.get(f"/en/my/entries/{entry.code}/defence.ics")
    assert (file.status_code, file.mimetype) == (200, "text/calendar")
    shown = judge.get("/en/judge/defences").text
    assert [one.code in shown for one in panel.entries] == [True, True, True]
    events = icalendar.Calendar.from_ical(judge.get("/en/judge/defences.ics").text).walk("VEVENT")
    assert len(events) == 3
    assert _mails(panel.judges[0].email)[0].subject.startswith("Schedule of the defence")


def test_a_moved_session_is_announced_anew_and_reminded_of_at_its_new_time(
    app: Flask, organizer: FlaskClient, panel: Panel, run_jobs: Callable[[], list[str]]
) -> None:
    session = make_defence(panel, starts_at=BEGINS)
    lead = _lead(panel.entries[0])
    moved = {"starts_at": "2026-06-20T09:00", "place": "https://meet.example/room"}
    assert organizer.post(_url(panel, f"/sessions/{session.code}/move"), data=moved).status_code == 303
    run_jobs()
    assert [mail.subject.split(":")[0] for mail in _mails(lead.email)] == [
        f"Your defence of entry {panel.entries[0].code}"]
    assert "20 Jun 2026, 09:00" in _mails(lead.email)[0].body
    assert "https://meet.example/room" in _mails(lead.email)[0].body
    with time_machine.travel(BEGINS + timedelta(days=2, minutes=1), tick=False):
        run_jobs()
    assert [mail.subject for mail in _mails(lead.email)][1:] == [
        f"Tomorrow: your defence of entry {panel.entries[0].code}"]


def test_only_the_chosen_judges_sit_in_the_defence_and_conflicts_are_left_out(
    app: Flask, organizer: FlaskClient, panel: Panel
) -> None:
    make_defence(panel, starts_at=BEGINS)
    with transaction.write():
        db.session.add(Conflict(id=new_id(), seat_id=panel.seats[0].id, entry_id=panel.entries[0].id, kind="self",
                                declared_at=NOW))
    assert organizer.post(_url(panel, "/panel"), data={"judge": ["1", "3"]}).status_code == 303
    assert organizer.post(_url(panel, "/assign")).status_code == 303
    assert organizer.post(_url(panel, "/assign")).status_code == 303  # adds nothing
    db.session.rollback()
    pairs = {(row.seat_id, row.entry_id) for row in db.session.scalars(select(Assignment))}
    first, _second, third = (seat.id for seat in panel.seats)
    ids = [entry.id for entry in panel.entries]
    assert pairs == {(first, ids[1]), (first, ids[2]), *((third, entry) for entry in ids)}
    assert [judge.number for judge in design(panel.rubric.stage_id).judges] == [1, 3]
    assert "Room 3" not in client_of(app, panel.judges[1]).get("/en/judge/defences").text


def test_attendance_is_written_down_once_the_slot_has_begun(organizer: FlaskClient, panel: Panel) -> None:
    make_defence(panel, starts_at=BEGINS)
    entry = panel.entries[0]
    assert 'name="attendance"' not in organizer.get(_url(panel)).text
    with time_machine.travel(BEGINS, tick=False):
        assert organizer.get(_url(panel)).text.count('name="attendance"') == 1
        data = {"entry": entry.code, "attendance": "absent"}
        assert organizer.post(_url(panel, "/attendance"), data=data).status_code == 303
        assert organizer.post(_url(panel, "/attendance"), data={**data, "attendance": "x"}).status_code == 422
    db.session.rollback()
    slot = db.session.scalars(select(DefenceSlot).where(DefenceSlot.entry_id == entry.id)).one()
    assert slot.attendance == "absent"


def test_a_call_without_a_defence_says_so(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    client = client_of(app, panel.organizer)
    assert "This call has no defence." in client.get(_url(panel)).text
    assert client.post(_url(panel, "/sessions"), data=SESSION).status_code == 404


def test_the_team_finds_its_slot_on_the_list_of_its_entries(app: Flask, panel: Panel) -> None:
    make_defence(panel, starts_at=BEGINS)
    entry = panel.entries[0]
    page = client_of(app, _lead(entry)).get("/en/my/entries").text
    assert f'href="/en/my/entries/{entry.code}/defence"' in page
