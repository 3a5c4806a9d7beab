"""The eligibility check: marked, asked, answered, passed together, rejected by two persons, objected to, closed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Organizer, Stage
from competition.entries.models import Attachment, Entry, Revision
from competition.entries.service import attachments
from competition.extensions import db
from competition.judging.models import EligibilityCheck, StageOutcome
from competition.judging.queries.planning_inputs import design
from competition.judging.queries.snapshot import snapshot
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent, MailMessage, Signature
from competition.kernel.errors import IllegalMove
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import NOW
from tests.factories.entries import make_submitted, make_team
from tests.factories.judging import Panel, make_eligibility, make_panel

MET = {"point-eligible": "met", "point-documents": "met", "note": "", "version": "0"}


def _url(panel: Panel, path: str = "") -> str:
    return f"/en/organizer/calls/{panel.call.code}/eligibility{path}"


def _check(entry: Entry) -> EligibilityCheck:
    db.session.rollback()
    return db.session.scalars(select(EligibilityCheck).where(EligibilityCheck.entry_id == entry.id)).one()


def _outcomes() -> dict[Any, str]:
    db.session.rollback()
    return {row.entry_id: row.outcome for row in db.session.scalars(select(StageOutcome))}


def _subjects(to: str) -> list[str]:
    db.session.rollback()
    query = select(MailMessage.subject).where(MailMessage.to == to).order_by(MailMessage.created_at, MailMessage.id)
    return list(db.session.scalars(query))


@pytest.fixture
def panel(app: Flask) -> Panel:
    judged = make_panel(judges=1, entries=2)
    make_eligibility(judged.call)
    return judged


def _entered(panel: Panel, lead: User) -> Entry:
    entry = make_submitted(panel.call, make_team(lead))
    db.session.rollback()
    return entry


def test_entries_whose_points_are_all_met_are_passed_together_and_only_they_go_on(
    app: Flask, panel: Panel, run_jobs: Callable[[], list[str]]
) -> None:
    lead = make_user(locale="ko")
    third = _entered(panel, lead)
    organizer = client_of(app, panel.organizer)
    first, second = panel.entries
    for entry, marks in ((first, MET), (third, MET), (second, {**MET, "point-documents": "unmet"})):
        page = organizer.post(_url(panel, f"/entries/{entry.code}"), data=marks)
        assert page.status_code == 303
    listed = organizer.get(_url(panel, "/pass")).text
    assert sorted(re.findall(r'name="entry" value="(\w+)"', listed)) == sorted([first.code, third.code])
    chosen = {"entry": [first.code, third.code, second.code]}  # the last one is not ready and is not passed
    assert organizer.post(_url(panel, "/pass"), data=chosen).status_code == 303
    assert _outcomes() == {first.id: "advanced", third.id: "advanced"}
    run_jobs()
    assert _subjects(lead.email) == [f"신청서 {third.code}이(가) 심사에 참여합니다"]
    assert {entry[0] for entry in design(panel.rubric.stage_id).entries} == {first.id, third.id}
    assert set(snapshot(panel.rubric.stage_id).entry_ids) == {first.id, third.id}


def test_the_stage_closes_only_when_every_entry_is_decided(app: Flask, panel: Panel) -> None:
    organizer = client_of(app, panel.organizer)
    first, second = panel.entries
    organizer.post(_url(panel, f"/entries/{first.code}/pass"))
    page = organizer.post(_url(panel, "/close"))
    assert (page.status_code, "Not closed: 1 entry is not decided." in page.text) == (422, True)
    organizer.post(_url(panel, f"/entries/{second.code}/pass"))
    assert organizer.post(_url(panel, "/close")).status_code == 303
    db.session.rollback()
    stage = db.session.scalars(select(Stage).where(Stage.kind == "eligibility")).one()
    assert (stage.state, stage.closed_by) == ("closed", panel.organizer.id)
    late = organizer.post(_url(panel, f"/entries/{first.code}"), data=MET)
    assert (late.status_code, "The eligibility check of this call is closed." in late.text) == (409, True)


def test_two_organizers_at_once_do_not_overwrite_each_other(app: Flask, panel: Panel) -> None:
    organizer, entry = client_of(app, panel.organizer), panel.entries[0]
    url = _url(panel, f"/entries/{entry.code}")
    assert organizer.post(url, data=MET).status_code == 303
    stale = organizer.post(url, data={**MET, "point-eligible": "unmet", "note": "Second."})
    assert stale.status_code == 409
    assert "Somebody else saved this check in the meantime." in stale.text
    assert "Second." in stale.text
    assert _check(entry).marks == {"eligible": "met", "documents": "met"}


def test_a_point_that_the_call_does_not_have_is_not_stored(app: Flask, panel: Panel) -> None:
    entry = panel.entries[0]
    client_of(app, panel.organizer).post(_url(panel, f"/entries/{entry.code}"), data={**MET, "point-other": "met"})
    assert _check(entry).marks == {"eligible": "met", "documents": "met"}


def test_a_team_that_is_asked_answers_with_files_that_judges_do_not_get(
    app: Flask, panel: Panel, run_jobs: Callable[[], list[str]]
) -> None:
    lead = make_user()
    entry = _entered(panel, lead)
    organizer, team = client_of(app, panel.organizer), client_of(app, lead)
    own = f"/en/my/entries/{entry.code}/eligibility"
    assert "You need to do nothing now." in team.get(own).text
    refused = organizer.post(_url(panel, f"/entries/{entry.code}/ask"), data={"question": ""})
    assert (refused.status_code, "Please fill this in." in refused.text) == (422, True)
    organizer.post(_url(panel, f"/entries/{entry.code}/ask"), data={"question": "The register extract is missing."})
    assert _subjects(lead.email) == [f"Your entry {entry.code}: something is missing"]
    assert "The register extract is missing." in team.get(own).text
    _add_late_file(entry, lead)
    empty = team.post(own, data={"answer": " "})
    assert (empty.status_code, "Please fill this in." in empty.text) == (422, True)
    assert team.post(own, data={"answer": "It is attached."}).status_code == 303
    assert team.post(own, data={"answer": "Again."}).status_code == 409
    check = _check(entry)
    assert (check.state, check.answer) == ("answered", "It is attached.")
    page = organizer.get(_url(panel, f"/entries/{entry.code}")).text
    assert "It is attached." in page and "register.pdf" in page
    assert _subjects(panel.organizer.email) == [f"Entry {entry.code}: the team has answered"]
    assert db.session.scalars(select(Revision.files).where(Revision.entry_id == entry.id)).all() == [[]]
    with pytest.raises(IllegalMove):
        _add_late_file(entry, lead)


def _add_late_file(entry: Entry, lead: User) -> None:
    now = datetime.now(UTC)
    with transaction.write():
        stored = db.session.get_one(Entry, entry.id)
        plan = attachments.plan(entry=stored, name="register.pdf", size=10, slot="supplement", now=now)
        attachments.add(entry=stored, plan=plan, upload_id="none", actor=actor_of(lead), now=now)
    db.session.rollback()
    late = db.session.scalars(select(Attachment.late).where(Attachment.entry_id == entry.id)).all()
    assert late == [True]


def test_a_late_file_opens_no_door_for_the_entry_itself(app: Flask, panel: Panel) -> None:
    lead = make_user()
    entry = _entered(panel, lead)
    client_of(app, panel.organizer).post(_url(panel, f"/entries/{entry.code}/ask"), data={"question": "What?"})
    saved = client_of(app, lead).post(f"/en/my/entries/{entry.code}/edit", data={"summary": "New.", "version": "1"})
    assert saved.status_code in {404, 409}
    client_of(app, lead).post(f"/en/my/entries/{entry.code}/submit", data={"signed": "y", "key": "k" * 20})
    db.session.rollback()
    assert db.session.scalars(select(Revision.number).where(Revision.entry_id == entry.id)).all() == [1]


def test_a_team_is_reminded_and_the_organizers_are_told_when_no_answer_comes(
    app: Flask, panel: Panel, run_jobs: Callable[[], list[str]]
) -> None:
    lead = make_user()
    entry = _entered(panel, lead)
    client_of(app, panel.organizer).post(_url(panel, f"/entries/{entry.code}/ask"), data={"question": "What?"})
    start = datetime.now(UTC)
    with time_machine.travel(start + timedelta(days=4, minutes=1), tick=False):
        run_jobs()
    assert _subjects(lead.email)[1:] == [f"One day left to complete your entry {entry.code}"]
    assert _subjects(panel.organizer.email) == []
    with time_machine.travel(start + timedelta(days=5, minutes=1), tick=False):
        run_jobs()
        answer = client_of(app, lead).post(f"/en/my/entries/{entry.code}/eligibility", data={"answer": "Late."})
    assert _subjects(panel.organizer.email) == [f"Entry {entry.code}: no answer in time"]
    assert (answer.status_code, "The time to answer is over." in answer.text) == (409, True)


def _second_organizer(panel: Panel) -> User:
    second = make_user(name="Second Organizer")
    with transaction.write():
        db.session.add(Organizer(programme_id=panel.programme.id, user_id=second.id, since=NOW))
    return second


def _sign(app: Flask, panel: Panel, person: User) -> int:
    db.session.rollback()
    code = db.session.scalars(select(Signature.code).where(Signature.state == "proposed")).one()
    url = f"/en/organizer/programmes/{panel.programme.code}/signatures/{code}/sign"
    return client_of(app, person).post(url).status_code


def test_a_rejection_needs_two_persons_and_the_team_may_object(app: Flask, panel: Panel) -> None:
    lead, second = make_user(), _second_organizer(panel)
    entry = _entered(panel, lead)
    organizer, team = client_of(app, panel.organizer), client_of(app, lead)
    url, own = _url(panel, f"/entries/{entry.code}"), f"/en/my/entries/{entry.code}/eligibility"
    assert organizer.post(url + "/reject", data={"reason": "No company."}).status_code == 303
    assert (_outcomes(), "No company." in team.get(own).text) == ({}, False)
    assert _sign(app, panel, panel.organizer) == 409
    assert _sign(app, panel, second) == 303
    assert _outcomes() == {entry.id: "stopped"}
    assert "No company." in team.get(own).text
    assert _subjects(lead.email) == [f"Your entry {entry.code} cannot take part"]
    assert team.post(own + "/objection", data={"objection": "See the register."}).status_code == 303
    assert organizer.post(_url(panel, "/close")).status_code == 422  # the objection is open
    assert organizer.post(url + "/uphold", data={"reply": "It was founded later."}).status_code == 303
    assert _sign(app, panel, second) == 303
    assert _check(entry).state == "upheld"
    assert "It was founded later." in team.get(own).text
    assert _outcomes() == {entry.id: "stopped"}
    assert team.post(own + "/objection", data={"objection": "Again."}).status_code == 409


def test_an_objection_that_convinces_lets_the_entry_take_part(app: Flask, panel: Panel) -> None:
    lead, second = make_user(), _second_organizer(panel)
    entry = _entered(panel, lead)
    organizer, team = client_of(app, panel.organizer), client_of(app, lead)
    organizer.post(_url(panel, f"/entries/{entry.code}/reject"), data={"reason": "No company."})
    _sign(app, panel, second)
    team.post(f"/en/my/entries/{entry.code}/eligibility/objection", data={"objection": "See the register."})
    assert organizer.post(_url(panel, f"/entries/{entry.code}/pass")).status_code == 303
    assert _outcomes() == {entry.id: "advanced"}


def test_a_rejection_is_void_when_the_check_changed_since(app: Flask, panel: Panel) -> None:
    second, entry = _second_organizer(panel), panel.entries[0]
    organizer = client_of(app, panel.organizer)
    organizer.post(_url(panel, f"/entries/{entry.code}"), data=MET)
    organizer.post(_url(panel, f"/entries/{entry.code}/reject"), data={"reason": "No company."})
    organizer.post(_url(panel, f"/entries/{entry.code}"), data={**MET, "version": "1", "note": "Looked again."})
    _sign(app, panel, second)
    assert (_check(entry).state, _outcomes()) == ("open", {})


def test_a_team_with_time_left_to_answer_is_not_rejected(app: Flask, panel: Panel) -> None:
    _second_organizer(panel)
    organizer, entry = client_of(app, panel.organizer), panel.entries[0]
    organizer.post(_url(panel, f"/entries/{entry.code}/ask"), data={"question": "What?"})
    answer = organizer.post(_url(panel, f"/entries/{entry.code}/reject"), data={"reason": "No answer."})
    assert (answer.status_code, "The team still has time to answer." in answer.text) == (409, True)


def test_nothing_of_the_check_is_seen_before_it_begins(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    make_eligibility(panel.call, state="planned")
    lead = make_user()
    entry = _entered(panel, lead)
    assert client_of(app, lead).get(f"/en/my/entries/{entry.code}/eligibility").status_code == 404
    answer = client_of(app, panel.organizer).post(_url(panel, f"/entries/{entry.code}"), data=MET)
    assert (answer.status_code, "The eligibility check has not begun." in answer.text) == (409, True)


def test_every_act_stands_in_the_log(app: Flask, panel: Panel) -> None:
    organizer, entry = client_of(app, panel.organizer), panel.entries[0]
    organizer.post(_url(panel, f"/entries/{entry.code}"), data=MET)
    organizer.post(_url(panel, f"/entries/{entry.code}/pass"))
    db.session.rollback()
    events = db.session.execute(
        select(AuditEvent.action, AuditEvent.data).where(AuditEvent.subject == entry.code).order_by(AuditEvent.seq)
    ).all()
    assert [event.action for event in events] == ["eligibility.checked", "eligibility.passed"]
    assert events[0].data["marks"] == {"eligible": "met", "documents": "met"}
