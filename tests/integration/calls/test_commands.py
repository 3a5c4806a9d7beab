"""The commands on calls: what they change, what they refuse, what they leave in the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from competition.calls import queries
from competition.calls.models import Call, CallChange, Criterion, Organizer, Programme, RubricVersion
from competition.calls.sections import SECTIONS
from competition.calls.service import calls as commands
from competition.calls.service import editing, programmes
from competition.calls.standard_rubric import CRITERIA, CriterionDraft
from competition.extensions import db
from competition.kernel.data import audit, transaction
from competition.kernel.data.models import AuditEvent
from competition.kernel.errors import IllegalMove, RuleBroken, StaleVersion
from competition.kernel.web.access import Actor
from tests.factories.accounts import actor_of, make_user
from tests.factories.calls import NOW, THEMES, make_call, make_programme
from tests.factories.entries import make_submitted, make_team

LINE = {"en": "Changed.", "zh": "已修改。", "ko": "변경."}
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def actor(app: Flask) -> Actor:
    return actor_of(make_user(), "organizer")


@pytest.fixture(autouse=True)
def words(app: Flask) -> Any:
    """Reasons are translated, which needs a request's language."""
    with app.test_request_context("/en/"):
        yield


def loaded(call: Call) -> Call:
    return db.session.get_one(Call, call.id)


def events(chain: Any) -> list[str]:
    query = select(AuditEvent.action).where(AuditEvent.chain == str(chain)).order_by(AuditEvent.seq)
    return list(db.session.scalars(query))


def save(call: Call, section: str, actor: Actor, *, change: dict[str, str] | None = None, version: int | None = None,
         **values: Any) -> list[str]:
    with transaction.write():
        row, saved = loaded(call), SECTIONS[section]
        stored = {name: getattr(row, name) for name in saved.columns}
        return editing.save_section(
            call=row, section=saved, values={**stored, **{table: [] for table in saved.tables}, **values},
            version=version or row.version, change=LINE if change is None else change, actor=actor, now=NOW,
        )


def programme_values(**changes: Any) -> dict[str, Any]:
    return {"name": {"en": "P"}, "summary": {}, "currency": "CNY", "budget_minor": 5, "team_cap": None,
            "zone": "Asia/Shanghai", "languages": ["en"], "themes": THEMES, "starts_at": None, "ends_at": None,
            **changes}


def test_a_programme_belongs_to_its_maker(actor: Actor) -> None:
    with transaction.write():
        programme = programmes.create_programme(code=" xh-1 ", values=programme_values(), actor=actor, now=NOW)
    assert programme.code == "XH-1"
    organizers = select(Organizer.user_id).where(Organizer.programme_id == programme.id)
    assert db.session.scalars(organizers).all() == [actor.user_id]
    assert events(programme.id) == ["programme.created"]


@pytest.mark.parametrize(("code", "changes", "field"), [
    ("TAKEN", {}, "code"), ("no spaces", {}, "code"), ("", {}, "code"), ("-X", {}, "code"),
    ("NEW", {"languages": []}, "languages"), ("NEW", {"name": {}}, "name_en"), ("NEW", {"themes": {}}, "themes"),
    ("NEW", {"starts_at": NOW, "ends_at": NOW}, "ends_at"), ("NEW", {"team_cap": 0}, "team_cap"),
    ("NEW", {"budget_minor": -1}, "budget_minor"),
])
def test_a_programme_that_is_refused_names_its_field(
    actor: Actor, code: str, changes: dict[str, Any], field: str
) -> None:
    make_programme(code="TAKEN")
    with pytest.raises(RuleBroken) as refused, transaction.write():
        programmes.create_programme(code=code, values=programme_values(**changes), actor=actor, now=NOW)
    assert refused.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Programme)) == 1


def test_a_currency_stands_once_calls_have_amounts(actor: Actor) -> None:
    programme = make_programme()
    make_call(programme)
    with pytest.raises(RuleBroken) as refused, transaction.write():
        row = db.session.get_one(Programme, programme.id)
        values = programme_values(currency="KRW")
        programmes.update_programme(programme=row, values=values, version=1, actor=actor, now=NOW)
    assert refused.value.field == "currency"


def test_a_new_call_has_the_usual_rubric(actor: Actor) -> None:
    programme = make_programme()
    with transaction.write():
        title = {"en": "T", "zh": ""}
        call = commands.create_call(programme=programme, code="xsg-01", title=title, actor=actor, now=NOW)
    assert (call.code, call.state, call.title) == ("XSG-01", "draft", {"en": "T"})
    assert (call.quorum, call.method) == (3, "trimmed")
    rubric = queries.current_rubric(queries.deciding_stage(call.id).id)
    assert [(c.key, c.weight, c.gate) for c in rubric.criteria] == [(c.key, c.weight, c.gate) for c in CRITERIA]
    assert rubric.weight_total == 100
    assert call.search == "xsg-01\nt"
    with pytest.raises(RuleBroken, match="Another call has this code"), transaction.write():
        commands.create_call(programme=programme, code="XSG-01", title={"en": "T"}, actor=actor, now=NOW)


def test_a_copy_takes_over_everything_but_identity_and_dates(actor: Actor) -> None:
    source = make_call(title={"en": "Original"}, quorum=5, criteria=CRITERIA[:3])
    with transaction.write():
        copy = commands.copy_call(source=loaded(source), programme=loaded(source).programme, code="COPY", actor=actor,
                                 now=NOW)
    assert (copy.title, copy.quorum, copy.state, copy.deadline_at, copy.published_at) == (
        {"en": "Original"}, 5, "draft", None, None)
    rubric = queries.current_rubric(queries.deciding_stage(copy.id).id)
    assert [c.key for c in rubric.criteria] == [c.key for c in CRITERIA[:3]]
    assert rubric.number == 1


def test_a_copy_of_a_call_without_a_pass_mark_has_none(actor: Actor) -> None:
    source = make_call()
    with transaction.write():
        loaded(source).pass_mark = None
    with transaction.write():
        copy = commands.copy_call(source=loaded(source), programme=loaded(source).programme, code="COPY", actor=actor,
                                 now=NOW)
        new = commands.create_call(programme=loaded(source).programme, code="NEW", title={"en": "T"}, actor=actor,
                                  now=NOW)
    assert (loaded(copy).pass_mark, loaded(new).pass_mark) == (None, 70)


def test_publishing_opens_at_once_and_only_once(actor: Actor) -> None:
    call = make_call(state="draft", published_at=None, opens_at=None)
    with transaction.write():
        commands.publish(call=loaded(call), actor=actor, now=NOW)
    stored = loaded(call)
    assert (stored.state, stored.published_at, stored.opens_at) == ("published", NOW, NOW)
    assert events(call.id) == ["call.published"]
    with pytest.raises(IllegalMove), transaction.write():
        commands.publish(call=loaded(call), actor=actor, now=NOW)
    assert audit.verify(call.id) == []


@pytest.mark.parametrize(("columns", "reason"), [
    ({"title": {}}, "Title is empty"), ({"details": {}}, "What is the problem"), ({"theme": "none"}, "Choose a theme"),
    ({"contact": ""}, "whom teams can ask"), ({"slots": 0}, "how many pilots"), ({"budget_minor": 0}, "Set the budget"),
    ({"deadline_at": None}, "Set the deadline"), ({"deadline_at": NOW}, "in the past"),
    ({"reviews_per_entry": 2}, "none is ranked"), ({"tie_break": ["unknown"]}, "tie-break"),
    ({"criteria": ()}, "at least one criterion"), ({"contact": "nobody"}, "“nobody” is no e-mail address"),
    ({"award_cap_minor": 900, "budget_minor": 800}, "The limit per pilot is above the budget"),
    ({"budget_minor": 10**14}, "The budget of this call is above the programme’s"),
    ({"kpis": [{"key": "k1", "name": {"en": "Calls"}, "unit": "", "baseline": "abc", "target": "5", "direction": "up",
                "method": {}}]}, "“Today”: write a figure instead of “abc”"),
])
def test_what_is_missing_keeps_a_call_from_being_published(
    actor: Actor, columns: dict[str, Any], reason: str
) -> None:
    call = make_call(state="draft", published_at=None, opens_at=None, **columns)
    with pytest.raises(RuleBroken, match=reason), transaction.write():
        commands.publish(call=loaded(call), actor=actor, now=NOW)
    assert loaded(call).state == "draft"


def test_a_public_call_changes_only_with_a_line_in_every_language(actor: Actor) -> None:
    call = make_call()
    with pytest.raises(RuleBroken) as refused:
        save(call, "texts", actor, change={"en": "Only English"}, title={"en": "New"})
    assert refused.value.field == "change_zh"
    assert save(call, "texts", actor, title={"en": "New"}) == ["title"]
    change = db.session.scalars(select(CallChange).where(CallChange.call_id == call.id)).one()
    assert (change.summary, change.fields, change.at) == (LINE, ["title"], NOW)
    assert loaded(call).version == 2
    assert events(call.id) == ["call.amended"]
    assert save(call, "texts", actor, change={}) == []
    assert loaded(call).version == 2


def test_a_stale_page_gets_both_texts(actor: Actor) -> None:
    call = make_call(state="draft")
    save(call, "texts", actor, title={"en": "Theirs"})
    with pytest.raises(StaleVersion) as refused:
        save(call, "texts", actor, version=1, title={"en": "Mine"})
    assert refused.value.mine["title"] == {"en": "Mine"}
    assert refused.value.theirs["title"] == {"en": "Theirs"}
    assert refused.value.version == 2
    assert loaded(call).title == {"en": "Theirs"}


def test_a_public_deadline_is_only_ever_extended(actor: Actor) -> None:
    call = make_call()
    deadline = call.deadline_at
    assert deadline is not None
    with pytest.raises(RuleBroken, match="only be extended"):
        save(call, "dates", actor, deadline_at=deadline - timedelta(seconds=1))
    with pytest.raises(RuleBroken):
        save(call, "dates", actor, deadline_at=None)
    with pytest.raises(RuleBroken) as opened:
        save(call, "dates", actor, opens_at=NOW + timedelta(days=1))
    assert opened.value.field == "opens_at"
    later = deadline + timedelta(days=3)
    assert save(call, "dates", actor, deadline_at=later) == ["deadline_at"]
    assert loaded(call).deadline_at == later


@pytest.mark.parametrize(("changes", "field"), [
    ({"opens_at": NOW + timedelta(days=20)}, "deadline_at"),
    ({"questions_close_at": NOW + timedelta(days=21)}, "questions_close_at"),
    ({"notice_at": NOW + timedelta(days=19)}, "notice_at"),
    ({"pilot_at": NOW + timedelta(days=44)}, "pilot_at"),
])
def test_dates_follow_the_life_of_a_call(actor: Actor, changes: dict[str, Any], field: str) -> None:
    call = make_call(state="draft")
    with pytest.raises(RuleBroken) as refused:
        save(call, "dates", actor, **changes)
    assert refused.value.field == field


@pytest.mark.parametrize(("section", "values", "field"), [
    ("facts", {"slots": -1}, "slots"), ("facts", {"min_trl": 10}, "min_trl"), ("rules", {"quorum": 0}, "quorum"),
    ("rules", {"trim_from": 2}, "trim_from"), ("rules", {"pass_mark": 101}, "pass_mark"),
    ("rules", {"floor_percent": -1}, "floor_percent"), ("rules", {"grace_seconds": -1}, "grace_seconds"),
    ("rules", {"reviews_per_entry": 0}, "reviews_per_entry"), ("dates", {"pilot_days": 0}, "pilot_days"),
])
def test_a_broken_constraint_becomes_a_form_error(
    actor: Actor, section: str, values: dict[str, Any], field: str
) -> None:
    call = make_call(state="draft")
    with pytest.raises(RuleBroken) as refused:
        save(call, section, actor, **values)
    assert refused.value.field == field


@pytest.mark.parametrize(("state", "section"), [
    ("judging", "rules"), ("judging", "facts"), ("judging", "kpis"), ("notice", "criteria"), ("archived", "texts"),
    ("cancelled", "texts"),
])
def test_what_teams_relied_on_stands_still(actor: Actor, state: str, section: str) -> None:
    with pytest.raises(IllegalMove):
        save(make_call(state=state), section, actor)


def versions(call: Call) -> list[tuple[int, list[str]]]:
    query = select(RubricVersion).where(RubricVersion.stage_id == queries.deciding_stage(call.id).id)
    return [
        (version.number, list(db.session.scalars(
            select(Criterion.key).where(Criterion.rubric_version_id == version.id).order_by(Criterion.position))))
        for version in db.session.scalars(query.order_by(RubricVersion.number))
    ]


FIT, SAFE = CRITERIA[0], CRITERIA[3]


def save_rubric(call: Call, actor: Actor, *criteria: CriterionDraft, tie_break: tuple[str, ...] = ()) -> list[str]:
    return save(call, "criteria", actor, criteria=list(criteria), tie_break=list(tie_break))


def test_a_draft_rewrites_its_rubric(actor: Actor) -> None:
    call = make_call(state="draft")
    assert save_rubric(call, actor, SAFE, FIT) == ["tie_break", "criteria"]
    assert versions(call) == [(1, ["data_ethics", "problem_fit"])]
    assert save_rubric(call, actor, SAFE, FIT) == []


def test_a_public_call_gets_a_new_version(actor: Actor) -> None:
    call = make_call(tie_break=[])
    before = [c.key for c in CRITERIA]
    assert save_rubric(call, actor, FIT, SAFE) == ["criteria"]
    assert versions(call) == [(1, before), (2, ["problem_fit", "data_ethics"])]


def test_from_the_first_entry_no_rule_changes(actor: Actor) -> None:
    call = make_call(criteria=(FIT,), tie_break=[])
    heavier = CriterionDraft(FIT.key, FIT.label, FIT.guidance, FIT.weight + 1)
    assert save_rubric(call, actor, heavier) == ["criteria"]
    make_submitted(call, make_team(make_user()))
    with pytest.raises(RuleBroken, match="only the wording"):
        save_rubric(call, actor, FIT)
    with pytest.raises(RuleBroken, match="Entries are in"):
        save_rubric(call, actor, heavier, tie_break=("lower_quote",))
    for section in sorted(editing.RULES):
        with pytest.raises(IllegalMove, match="An entry is in"):
            save(call, section, actor)


@pytest.mark.parametrize("columns", [
    {"state": "judging"}, {"opens_at": NOW - timedelta(days=9), "deadline_at": NOW - timedelta(days=1)},
])
def test_once_entries_have_closed_only_words_change(actor: Actor, columns: dict[str, Any]) -> None:
    call = make_call(criteria=(FIT,), tie_break=[], **columns)
    heavier = CriterionDraft(FIT.key, FIT.label, FIT.guidance, FIT.weight + 1)
    with pytest.raises(RuleBroken, match="only the wording"):
        save_rubric(call, actor, heavier)
    with pytest.raises(RuleBroken, match="Entries are in"):
        save_rubric(call, actor, FIT, tie_break=("lower_quote",))
    worded = CriterionDraft(FIT.key, {"en": "Fit, said better"}, FIT.guidance, FIT.weight)
    assert save_rubric(call, actor, worded) == ["criteria"]
    assert [number for number, _keys in versions(call)] == [1, 2]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "call.amended")).one()
    (old,), (new,) = (side["stage 1"] for side in event.data["changes"]["criteria"])
    assert (old["label"], new["label"]) == (FIT.label, {"en": "Fit, said better"})


BARE = CriterionDraft("a", {"en": "A"}, {}, 5)


@pytest.mark.parametrize(("criteria", "field", "reason"), [
    ((), "criteria", "Add at least one criterion."), ((FIT, FIT), "criteria-1-key", "same key"),
    ((FIT, replace(BARE, label={})), "criteria-1-label", "Give the criterion a name"),
    ((replace(BARE, weight=0),), "criteria-0-weight", "weight"),
    ((replace(BARE, lo=500, hi=500),), "criteria-0-hi", "above the lowest"),
    ((replace(BARE, step=0),), "criteria-0-step", "steps"),
    ((replace(BARE, lo=0, hi=1000, step=300),), "criteria-0-step", "steps"),
])
def test_a_rubric_that_cannot_be_scored_with_is_refused(
    actor: Actor, criteria: tuple[CriterionDraft, ...], field: str, reason: str
) -> None:
    with pytest.raises(RuleBroken, match=reason) as refused:
        save_rubric(make_call(state="draft"), actor, *criteria)
    assert refused.value.field == field


def test_cancelling_says_why_in_public(actor: Actor) -> None:
    call = make_call()
    with pytest.raises(RuleBroken, match="every language"), transaction.write():
        commands.cancel(call=loaded(call), reason={"en": "Why"}, actor=actor, now=NOW)
    with transaction.write():
        commands.cancel(call=loaded(call), reason=LINE, actor=actor, now=NOW)
    assert loaded(call).state == "cancelled"
    assert db.session.scalars(select(CallChange.summary).where(CallChange.call_id == call.id)).all() == [LINE]
    with pytest.raises(IllegalMove), transaction.write():
        commands.cancel(call=loaded(call), reason=LINE, actor=actor, now=NOW)


def test_judging_starts_after_deadline_and_grace(actor: Actor) -> None:
    call = make_call(grace_seconds=60, entries_opened_at=NOW)
    deadline = call.deadline_at
    assert deadline is not None
    with pytest.raises(RuleBroken, match="Judging can start"), transaction.write():
        commands.start_judging(call=loaded(call), actor=actor, now=deadline + timedelta(seconds=60))
    with transaction.write():
        commands.start_judging(call=loaded(call), actor=actor, now=deadline + timedelta(seconds=60, microseconds=1))
    assert loaded(call).state == "judging"
    assert events(call.id) == ["call.judging_started"]
