"""The stages of a call: what the editor stores and refuses, what readers see, who is told of a new date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.calls import queries
from competition.calls.models import Call, CallChange, Stage
from competition.calls.sections import SECTIONS
from competition.calls.service import calls as commands
from competition.calls.service import editing
from competition.calls.stages import DATES, STRUCTURE, StageDraft
from competition.calls.standard_rubric import CRITERIA
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.models import MailMessage
from competition.kernel.errors import RuleBroken
from competition.kernel.web.access import Actor
from tests.factories.accounts import actor_of, make_user, sign_in
from tests.factories.calls import NOW, make_call, make_programme
from tests.factories.entries import make_submitted, make_team
from tests.factories.judging import make_assignment, make_panel

LINE = {"en": "More time.", "zh": "延长时间。", "ko": "연장."}
FOUR = ({"kind": "eligibility"}, {}, {"advance": "top", "advance_top": 2}, {"kind": "defence", "carry": "sum"})
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def actor(app: Flask) -> Actor:
    return actor_of(make_user(), "organizer")


@pytest.fixture(autouse=True)
def words(app: Flask) -> Any:
    with app.test_request_context("/en/"):
        yield


def day(number: int) -> datetime:
    return NOW + timedelta(days=number)


def drafts(call: Call) -> list[StageDraft]:
    return [
        StageDraft(stage.id, **{name: getattr(stage, name) for name in (*STRUCTURE, *DATES)})
        for stage in queries.stages(call.id)
    ]


def save(call: Call, actor: Actor, *stages: StageDraft, now: datetime = NOW) -> list[str]:
    with transaction.write():
        row = db.session.get_one(Call, call.id)
        return editing.save_section(
            call=row, section=SECTIONS["stages"], values={"stages": list(stages)}, version=row.version, change=LINE,
            actor=actor, now=now,
        )


def refused(call: Call, actor: Actor, *stages: StageDraft, now: datetime = NOW) -> tuple[str, str]:
    with pytest.raises(RuleBroken) as raised:
        save(call, actor, *stages, now=now)
    return str(raised.value.field), str(raised.value.message)


def kinds(call: Call) -> list[str]:
    return [stage.kind for stage in queries.stages(call.id)]


def test_stages_stand_in_the_order_of_their_kinds_and_keep_their_rubrics(actor: Actor) -> None:
    call = make_call(state="draft", criteria=CRITERIA[:2])
    [review] = drafts(call)
    first, last = StageDraft(None, "eligibility"), StageDraft(None, "defence", quorum=7)
    assert save(call, actor, last, review, first) == ["stages"]
    stages = queries.stages(call.id)
    assert [(stage.kind, stage.position, stage.quorum) for stage in stages] == [
        ("eligibility", 1, None), ("desk_review", 2, None), ("defence", 3, 7)]
    assert stages[1].id == review.id
    assert [c.key for c in queries.current_rubric(stages[2].id).criteria] == [c.key for c in CRITERIA[:2]]
    assert save(call, actor, *drafts(call)) == []
    assert save(call, actor, *drafts(call)[1:]) == ["stages"]
    assert kinds(call) == ["desk_review", "defence"]


REVIEW, DEFENCE = StageDraft(None, "desk_review"), StageDraft(None, "defence")


@pytest.mark.parametrize(("stages", "field"), [
    ([DEFENCE], "stages"),
    ([], "stages"),
    ([REVIEW, DEFENCE, DEFENCE], "stages-2-kind"),
    ([StageDraft(None, "eligibility", quorum=3), REVIEW], "stages-0-quorum"),
    ([replace(REVIEW, carry="sum")], "stages-0-carry"),
    ([REVIEW, replace(DEFENCE, carry="weighted")], "stages-1-carry_percent"),
    ([replace(REVIEW, advance="top", advance_top=3)], "stages-0-advance"),
    ([DEFENCE, replace(REVIEW, advance="top")], "stages-1-advance_top"),
    ([replace(REVIEW, advance="mark"), DEFENCE], "stages-0-advance_mark"),
    ([REVIEW] * 9, "stages"),
])
def test_stages_that_make_no_sense_are_refused_beside_their_field(
    actor: Actor, stages: list[StageDraft], field: str
) -> None:
    assert refused(make_call(state="draft"), actor, *stages)[0] == field


def test_a_call_is_not_published_without_due_dates_in_order(actor: Actor) -> None:
    call = make_call(state="draft", published_at=None, opens_at=None, due=None)
    with pytest.raises(RuleBroken, match="“Desk review” has no due date"), transaction.write():
        commands.publish(call=db.session.get_one(Call, call.id), actor=actor, now=NOW)
    [review] = drafts(call)
    save(call, actor, replace(review, due_at=day(19)))
    with pytest.raises(RuleBroken, match="must not be before “Deadline for entries”"), transaction.write():
        commands.publish(call=db.session.get_one(Call, call.id), actor=actor, now=NOW)
    save(call, actor, replace(review, due_at=day(46)))
    with pytest.raises(RuleBroken, match="must not be after “Public notice”"), transaction.write():
        commands.publish(call=db.session.get_one(Call, call.id), actor=actor, now=NOW)
    save(call, actor, replace(review, due_at=day(32)))
    with transaction.write():
        commands.publish(call=db.session.get_one(Call, call.id), actor=actor, now=NOW)
    assert db.session.get_one(Call, call.id).state == "published"


def test_published_dates_of_stages_only_move_later(actor: Actor) -> None:
    call = make_call(stages=({"opens_at": day(21)},))
    [review] = drafts(call)
    assert refused(call, actor, replace(review, due_at=day(31)))[0] == "stages-0-due_at"
    assert refused(call, actor, replace(review, due_at=None))[0] == "stages-0-due_at"
    assert refused(call, actor, replace(review, opens_at=day(20)))[0] == "stages-0-opens_at"
    assert refused(call, actor, replace(review, due_at=day(46))) == (
        "stages-0-due_at", "This must not be after “Public notice”.")
    assert save(call, actor, replace(review, due_at=day(33))) == ["stages"]
    [line] = db.session.scalars(select(CallChange).where(CallChange.call_id == call.id))
    assert (line.summary, line.fields) == (LINE, ["stages"])


def test_a_deadline_and_a_notice_leave_the_stages_between_them(actor: Actor) -> None:
    call = make_call()
    with transaction.write():
        row = db.session.get_one(Call, call.id)
        stored = {name: getattr(row, name) for name in SECTIONS["dates"].columns}
    for changes, field in (({"deadline_at": day(33)}, "deadline_at"), ({"notice_at": day(31)}, "notice_at")):
        with pytest.raises(RuleBroken, match="Move the dates of the stages first") as raised, transaction.write():
            row = db.session.get_one(Call, call.id)
            editing.save_section(call=row, section=SECTIONS["dates"], values={**stored, **changes}, version=1,
                                 change=LINE, actor=actor, now=NOW)
        assert raised.value.field == field


def test_once_an_entry_is_in_only_dates_change(actor: Actor) -> None:
    call = make_call(stages=FOUR[1:])
    stages = drafts(call)
    assert save(call, actor, replace(stages[0], quorum=4), *stages[1:]) == ["stages"]
    make_submitted(call, make_team(make_user()))
    stages = drafts(call)
    assert refused(call, actor, replace(stages[0], quorum=3), *stages[1:])[0] == "stages-0-quorum"
    assert refused(call, actor, *stages[1:])[0] == "stages"
    assert refused(call, actor, *stages, StageDraft(None, "eligibility", due_at=day(25)))[0] == "stages"
    later = replace(stages[1], due_at=day(31) + timedelta(hours=1))
    assert save(call, actor, stages[0], later, stages[2]) == ["stages"]


def test_judges_with_open_work_hear_of_a_new_due_date(actor: Actor) -> None:
    panel = make_panel(judges=3, entries=1, call={"notice_at": day(45)})
    first, second, _third = panel.seats
    make_assignment(panel, first, panel.entries[0])
    make_assignment(panel, second, panel.entries[0], progress="submitted")
    [review] = drafts(panel.call)
    save(panel.call, actor, replace(review, due_at=day(40)))
    mails = db.session.scalars(select(MailMessage).where(MailMessage.subject.contains("More time"))).all()
    assert [message.to for message in mails] == [first.email]
    assert "waits for scores that you have not submitted yet, until" in mails[0].body


def test_a_copy_has_all_stages_with_their_rules_and_rubrics_without_dates(actor: Actor) -> None:
    source = make_call(stages=({"kind": "eligibility"}, {"advance": "mark", "advance_mark": 60, "deliberation": True},
                               {"kind": "defence", "carry": "weighted", "carry_percent": 30, "panel_min": 7,
                                "criteria": CRITERIA[:1]}))
    with transaction.write():
        row = db.session.get_one(Call, source.id)
        copy = commands.copy_call(source=row, programme=row.programme, code="COPY", actor=actor, now=NOW)
    stages = queries.stages(copy.id)
    columns = ("kind", "advance", "advance_mark", "carry", "carry_percent", "panel_min", "deliberation", "due_at",
               "state")
    assert [tuple(getattr(stage, name) for name in columns) for stage in stages] == [
        ("eligibility", "decision", None, "nothing", None, None, False, None, "planned"),
        ("desk_review", "mark", 60, "nothing", None, None, True, None, "planned"),
        ("defence", "decision", None, "weighted", 30, 7, False, None, "planned"),
    ]
    assert [len(queries.current_rubric(stage.id).criteria) for stage in stages[1:]] == [len(CRITERIA), 1]


def test_judging_opens_the_first_stage(actor: Actor) -> None:
    call = make_call(stages=FOUR, deadline_at=day(-1), entries_opened_at=NOW, due=timedelta(days=9))
    with transaction.write():
        commands.start_judging(call=db.session.get_one(Call, call.id), actor=actor, now=NOW)
    assert [(stage.state, stage.opened_at) for stage in queries.stages(call.id)] == [
        ("open", NOW), ("planned", None), ("planned", None), ("planned", None)]


def stage_form(stages: list[Stage], **changes: str) -> dict[str, str]:
    """The section as a browser sends it."""
    fields = {"version": "1", "change_en": "a", "change_zh": "b", "change_ko": "c"}
    for row, stage in enumerate(stages):
        due = (stage.due_at + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M") if stage.due_at else ""
        fields |= {
            f"stages-{row}-key": str(stage.id), f"stages-{row}-kind": stage.kind, f"stages-{row}-carry": stage.carry,
            f"stages-{row}-advance": stage.advance, f"stages-{row}-quorum": str(stage.quorum or ""),
            f"stages-{row}-due_at": due,
        }
    return fields | changes


def test_the_editor_saves_stages_and_says_what_is_wrong_beside_the_row(app: Flask) -> None:
    organizer = make_user()
    call = make_call(make_programme(organizer), code="ED", state="draft")
    desk = sign_in(app.test_client(), organizer)
    stages = queries.stages(call.id)
    new = {"stages-1-kind": "defence", "stages-1-carry": "weighted", "stages-1-advance": "decision",
           "stages-1-due_at": "2026-07-20T18:00"}
    answer = desk.post("/en/organizer/calls/ED/edit/stages", data=stage_form(stages, **new))
    assert answer.status_code == 422
    assert "Say how much the stage before counts" in answer.text
    assert 'value="2026-07-20T18:00"' in answer.text
    missing = {**new, "stages-1-kind": ""}
    assert desk.post("/en/organizer/calls/ED/edit/stages", data=stage_form(stages, **missing)).status_code == 422
    new["stages-1-carry_percent"] = "30"
    assert desk.post("/en/organizer/calls/ED/edit/stages", data=stage_form(stages, **new)).status_code == 303
    db.session.rollback()
    defence = queries.stages(call.id)[1]
    assert (defence.kind, defence.carry_percent) == ("defence", 30)
    assert defence.due_at == datetime.fromisoformat("2026-07-20T10:00+00:00")


def shown(client: FlaskClient, code: str) -> str:
    return client.get(f"/en/calls/{code}").text


def test_readers_see_exactly_the_stages_of_a_call(app: Flask) -> None:
    make_call(code="ONE", now=datetime.now(NOW.tzinfo))
    make_call(code="FOUR", now=datetime.now(NOW.tzinfo), stages=(*FOUR[:3], {
        "kind": "defence", "carry": "weighted", "carry_percent": 30}))
    client = app.test_client()
    one, four = shown(client, "ONE"), shown(client, "FOUR")
    for absent in ("Eligibility", "Defence"):
        assert absent not in one
    assert [name in four for name in ("Eligibility check", "Desk review 1", "Desk review 2", "Defence")] == [True] * 4
    assert "The best 2 entries go on to “Defence”." in four
    assert "Example: when two entries share rank 2, 3 go on." in four
    assert "The score is 30% of the score of “Desk review 2” and 70% of the score of this stage." in four
    assert "Example: 70 and then 80 make 77." in four
    assert "An entry is ranked only with at least 5 valid scores." in four


def test_the_sentence_of_a_closed_call_is_true_for_its_stages(app: Flask) -> None:
    past = {"opens_at": NOW - timedelta(days=9), "deadline_at": NOW - timedelta(days=1)}
    make_call(code="PLAIN", **past)
    make_call(code="CHECKED", stages=FOUR, **past)
    client = app.test_client()
    assert "The panel begins to judge next." in shown(client, "PLAIN")
    assert "Entries are checked for eligibility next" in shown(client, "CHECKED")


def criteria_keys(call: Call) -> list[list[str]]:
    db.session.rollback()
    return [
        [criterion.key for criterion in queries.current_rubric(stage.id).criteria] for stage in queries.stages(call.id)
    ]


def test_each_scored_stage_has_its_own_criteria(app: Flask) -> None:
    organizer = make_user()
    call = make_call(make_programme(organizer), code="ED", state="draft", criteria=CRITERIA[:2],
                     tie_break=["technical"], stages=({"advance": "top", "advance_top": 2}, {"kind": "defence"}))
    desk = sign_in(app.test_client(), organizer)
    page = desk.get("/en/organizer/calls/ED/edit/criteria").text
    assert 'href="/en/organizer/calls/ED/edit/criteria?stage=1"' in page
    assert "The weights add up to 45." in page
    fields = {"version": "1", "criteria-0-key": "clear", "criteria-0-label_en": "Clear", "criteria-0-weight": "100",
              "criteria-0-lo": "0", "criteria-0-hi": "5", "criteria-0-step": "1", "tie_break": "technical"}
    answer = desk.post("/en/organizer/calls/ED/edit/criteria?stage=1", data=fields)
    assert answer.location == "/en/organizer/calls/ED/edit/criteria?stage=1"
    assert criteria_keys(call) == [["clear"], ["problem_fit", "technical"]]
    assert "How ties are settled is told with the criteria of the last stage." in desk.get(answer.location).text
    answer = desk.post("/en/organizer/calls/ED/edit/criteria", data={**fields, "version": "2"})
    assert answer.status_code == 422  # the deciding stage settles ties by a criterion that would be gone
    assert [desk.get(f"/en/organizer/calls/ED/edit/criteria?stage={named}").status_code
            for named in ("0", "3", "x")] == [404, 404, 404]


def test_what_a_rubric_lacks_is_said_of_its_stage(app: Flask) -> None:
    organizer = make_user()
    make_call(make_programme(organizer), code="ED", state="draft", criteria=CRITERIA,
              stages=({"criteria": ()}, {"kind": "defence"}))
    page = sign_in(app.test_client(), organizer).get("/en/organizer/calls/ED/publish").text
    assert "Desk review: Add at least one criterion." in page
    assert 'href="/en/organizer/calls/ED/edit/criteria?stage=1"' in page
