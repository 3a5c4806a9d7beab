"""From one stage to the next: the proposed line, changes by hand, the list, the mails, and opening."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls import queries
from competition.calls.models import Call
from competition.calls.standard_rubric import CriterionDraft
from competition.decisions.queries.advancing import Proposal, proposal
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import StageOutcome
from competition.judging.queries.stages import obstacle, participants
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent, MailMessage
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, make_user, sign_in
from tests.factories.calls import make_programme
from tests.factories.results import make_judged

ONE = (CriterionDraft("fit", {"en": "Fit"}, {}, 100),)
# Ten times the mean: 90, 80, 80, 70; E has one judge of two.
SHEETS = {"A": {1: (9,), 2: (9,)}, "B": {1: (8,), 2: (8,)}, "C": {1: (7,), 2: (9,)}, "D": {1: (7,), 2: (7,)},
          "E": {1: (9,)}}
URL = "/en/organizer/calls/ADV/stages/1/advance"
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def organizer(app: Flask) -> User:
    return make_user()


@pytest.fixture
def desk(app: Flask, organizer: User) -> FlaskClient:
    return sign_in(app.test_client(), organizer)


def closed_desk_review(organizer: User, run_jobs: Callable[[], list[str]], **rule: Any) -> Call:
    """A call whose desk review is closed and aggregated, and whose defence is planned."""
    member = make_user(locale="zh_Hans")
    call = make_judged(
        make_programme(organizer), {}, earlier=SHEETS, criteria=ONE, quorum=2, method="mean", code="ADV", lead=member,
        stages=({**rule}, {"kind": "defence"}),
    )
    with transaction.write():
        db.session.query(StageOutcome).delete()
        review, defence = queries.stages(call.id)
        defence.state, defence.opened_at = "planned", None
        request_run(call=db.session.get_one(Call, call.id), stage=review, actor=actor_of(organizer), now=clock.now())
    assert run_jobs() == ["results.aggregate: done"]
    return call


def shown(call: Call) -> Proposal:
    db.session.rollback()
    current = proposal(db.session.get_one(Call, call.id), 1)
    assert current is not None
    return current


def by_rule(call: Call) -> list[str]:
    return [one.code for one in shown(call).candidates if one.by_rule]


def outcomes(call: Call) -> dict[str, tuple[str, str]]:
    db.session.rollback()
    rows = db.session.execute(
        select(Entry.code, StageOutcome.outcome, StageOutcome.reason).join(Entry, Entry.id == StageOutcome.entry_id)
        .where(Entry.call_id == call.id)
    )
    return {code: (outcome, reason) for code, outcome, reason in rows}


def form(call: Call, *going: str, step: str = "check", general: str = "", **reasons: str) -> dict[str, Any]:
    run = shown(call).run
    assert run is not None
    return {"step": step, "digest": run.result_digest or "", "goes_on": list(going), "general": general,
            **{f"reason-{code}": text for code, text in reasons.items()}}


def test_entries_that_share_the_last_place_go_on_together(organizer: User, run_jobs: Any, desk: FlaskClient) -> None:
    call = closed_desk_review(organizer, run_jobs, advance="top", advance_top=2)
    assert by_rule(call) == ["A", "B", "C"]
    assert shown(call).tied_at_the_line == 1
    page = desk.get(URL).text
    assert "The best 2 entries go on to “Defence”." in page
    assert "1 entry more than the rule has places for goes on, because it shares the last rank." in page


def test_a_mark_is_compared_exactly(organizer: User, run_jobs: Any) -> None:
    assert by_rule(closed_desk_review(organizer, run_jobs, advance="mark", advance_mark=80)) == ["A", "B", "C"]


def test_people_choose_with_a_reason_where_no_rule_does(organizer: User, run_jobs: Any, desk: FlaskClient) -> None:
    call = closed_desk_review(organizer, run_jobs)
    assert by_rule(call) == []
    refused = desk.post(URL, data=form(call, "A", "D"))
    assert refused.status_code == 422
    assert "Write why entries do not go on" in refused.text
    assert desk.post(URL, data=form(call, "A", "D", step="apply", general="Others fit better.")).status_code == 303
    assert outcomes(call) == {
        "A": ("advanced", ""), "D": ("advanced", ""),
        **dict.fromkeys("BCE", ("stopped", "Others fit better."))}


def test_a_change_by_hand_needs_a_reason_and_stays_typed(organizer: User, run_jobs: Any, desk: FlaskClient) -> None:
    call = closed_desk_review(organizer, run_jobs, advance="top", advance_top=2)
    refused = desk.post(URL, data=form(call, "A", "B", "D", D="Only one on this site."))
    assert refused.status_code == 422
    assert "Entry C differs from the rule: write the reason." in refused.text
    assert 'value="Only one on this site."' in refused.text
    check = desk.post(URL, data=form(call, "A", "B", "D", D="Only one on this site.", C="Withdrawn partner."))
    assert check.status_code == 200
    assert "Changed by hand" in check.text
    assert "Entry A goes on to “Defence”" in check.text
    assert "申报" in check.text  # the mail in Chinese
    assert outcomes(call) == {}


def test_applying_writes_outcomes_events_and_mails_and_opens_the_way(
    organizer: User, run_jobs: Any, desk: FlaskClient, app: Flask,
) -> None:
    call = closed_desk_review(organizer, run_jobs, advance="top", advance_top=2)
    with app.test_request_context("/en/"):
        assert "not decided for 5 entries" in obstacle(db.session.get_one(Call, call.id), queries.stages(call.id))
    assert desk.post("/en/organizer/calls/ADV/stages/open").status_code == 409
    answer = desk.post(URL, data=form(call, "A", "B", "C", step="apply"))
    assert answer.location == "/en/organizer/calls/ADV/stages"
    assert outcomes(call) == {code: ("advanced" if code in "ABC" else "stopped", "") for code in "ABCDE"}
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "stage.decided"))
    assert (event.data["advanced"], event.data["stopped"], event.data["by_hand"]) == (
        ["A", "B", "C"], ["D", "E"], [])
    assert "decisions.tell_stage: done" in run_jobs()
    mails = list(db.session.scalars(select(MailMessage).where(MailMessage.body.contains("/my/entries/"))))
    assert len(mails) == 5
    assert {message.lang for message in mails} == {"zh_Hans"}
    # The same again changes nothing and writes to nobody.
    assert desk.post(URL, data=form(call, "A", "B", "C", step="apply")).status_code == 303
    assert run_jobs() == []
    page = desk.get("/en/organizer/calls/ADV/stages/open").text
    assert [f">{code}</span>" in page for code in "ABCDE"] == [True, True, True, False, False]
    assert desk.post("/en/organizer/calls/ADV/stages/open").status_code == 303
    db.session.rollback()
    defence = queries.stages(call.id)[1]
    assert defence.state == "open"
    assert [row.code for row in participants(defence, None).rows] == ["A", "B", "C"]
    closed = desk.post(URL, data=form(call, "A", step="apply", B="x", C="y"))
    assert closed.status_code == 409
    assert "The next stage is open: it stays as it was decided." in closed.text


def test_a_team_reads_what_became_of_its_entry(
    organizer: User, run_jobs: Any, desk: FlaskClient, app: Flask,
) -> None:
    call = closed_desk_review(organizer, run_jobs, advance="top", advance_top=2)
    desk.post(URL, data=form(call, "A", "B", step="apply", C="The site is too small."))
    member = db.session.scalars(select(User).where(User.locale == "zh_Hans")).one()
    team = sign_in(app.test_client(), member)
    assert "Your entry goes on." in team.get("/en/my/entries/A/stages").text
    stopped = team.get("/en/my/entries/C/stages").text
    assert "Your entry does not go on." in stopped
    assert "The site is too small." in stopped
    assert "Defence" not in stopped
    assert "The best 2 entries go on to “Defence”." in team.get("/en/my/entries/D/stages").text
    assert 'href="/en/my/entries/A/stages"' in team.get("/en/my/entries").text
    stranger = sign_in(app.test_client(), make_user())
    assert stranger.get("/en/my/entries/A/stages").status_code == 404


def test_another_result_in_the_meantime_is_refused(organizer: User, run_jobs: Any, desk: FlaskClient) -> None:
    call = closed_desk_review(organizer, run_jobs, advance="top", advance_top=2)
    stale = {**form(call, "A", "B", "C", step="apply"), "digest": "0" * 64}
    assert desk.post(URL, data=stale).status_code == 409
    assert outcomes(call) == {}
