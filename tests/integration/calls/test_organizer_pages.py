"""The organizer's pages, as a browser would use them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from competition.accounts.models import User
from competition.calls import queries
from competition.calls.models import Call
from competition.extensions import db
from competition.kernel.data import transaction
from tests.factories.accounts import make_user, sign_in
from tests.factories.calls import make_call, make_programme
from tests.pages import unindented

LINE = {"change_en": "Changed.", "change_zh": "已修改。", "change_ko": "변경."}


def reloaded(code: str) -> Call:
    """The call as it is stored now."""
    db.session.rollback()
    return db.session.scalars(select(Call).where(Call.code == code)).one()


def inputs(page: str) -> list[tuple[str, str]]:
    """What a browser would send of a page's editor form, as far as these tests need it."""
    form = page[page.index("data-guard"):]
    kinds = "text|number|hidden|datetime-local"
    pairs = re.findall(rf'<input type="(?:{kinds})"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return [*dict([*pairs, *hidden]).items()]


def test_a_draft_is_saved_with_what_is_wrong_marked_at_once(desk: FlaskClient, organizer: User) -> None:
    call = make_call(make_programme(organizer), state="draft", published_at=None, opens_at=None)
    page = f"/en/organizer/calls/{call.code}/edit/facts"
    form = dict(inputs(desk.get(page).text)) | {"theme": call.theme, "contact": "nobody", "slots": "0"}
    answer = desk.post(page, data=form)
    assert (answer.status_code, answer.location) == (303, page)
    assert (reloaded(call.code).contact, reloaded(call.code).slots) == ("nobody", 0)
    shown = desk.get(page).text
    assert "Saved as a draft. It can’t be published like this: see what is marked." in shown
    assert re.findall(r'<li><a href="#(\w+)">', shown) == ["contact", "slots"]


ERROR = re.compile(r'<p class="error" id="([^"]+)-error"><svg.*?</svg>(.*?)</p>')
SUMMARY = re.compile(r'<li><a href="#([^"]+)">(.*?)</a></li>')


def targets(*rows: dict[str, str]) -> dict[str, Any]:
    """The targets' form as a browser sends it."""
    sent = {f"kpis-{number}-{name}": value for number, row in enumerate(rows)
            for name, value in {"direction": "up", **row}.items()}
    return {"version": 1, **sent}


def test_what_a_target_lacks_is_said_beside_its_own_row(desk: FlaskClient, organizer: User) -> None:
    make_call(make_programme(organizer, languages=["zh", "ko"]), code="ONE", state="draft")
    answer = desk.post("/en/organizer/calls/ONE/edit/kpis", data=targets(
        {"name_zh": "时间", "target": "5"}, {"name_zh": "没有目标"}, {}, {"unit": "days"},
        {"name_ko": "길다", "target": "7" * 41},
    ))
    need, most = "Please fill this in.", "Please shorten this to 40 characters; it has 41."
    assert answer.status_code == 422
    assert sorted(ERROR.findall(unindented(answer.text))) == [
        ("kpis-1-target", need), ("kpis-3-name_zh", need), ("kpis-3-target", need), ("kpis-4-target", most),
    ]
    assert SUMMARY.findall(unindented(answer.text)) == [
        ("kpis-1-target", f"Targets 2, Aim: {need}"), ("kpis-3-name_zh", f"Targets 4, Target (Chinese): {need}"),
        ("kpis-3-target", f"Targets 4, Aim: {need}"), ("kpis-4-target", f"Targets 5, Aim: {most}"),
    ]
    assert reloaded("ONE").version == 1


CRITERION = {"label_zh": "节能", "weight": "5", "lo": "0", "hi": "10", "step": "1"}


@pytest.mark.parametrize(("section", "rows", "beside"), [
    ("criteria", [CRITERION, {}, {**CRITERION, "label_zh": ""}], ("criteria-2-label_zh", "Give the criterion a name.")),
    ("criteria", [CRITERION, {}, {"guidance_zh": "看能耗"}], ("criteria-2-label_zh", "Give the criterion a name.")),
    ("criteria", [{**CRITERION, "key": "a"}, {}, {**CRITERION, "key": "a"}],
     ("criteria-2-key", "Another criterion has the same key.")),
    ("criteria", [{}, CRITERION, {**CRITERION, "key": "b", "weight": ""}],
     ("criteria-2-weight", "The weight must be more than nothing.")),
    ("criteria", [{}, {**CRITERION, "lo": "10"}], ("criteria-1-hi", "The highest score must be above the lowest.")),
    ("criteria", [{}, {**CRITERION, "step": "3"}],
     ("criteria-1-step", "The steps must lead from the lowest score exactly to the highest.")),
    ("questions", [{}, {"kind": "text", "help_zh": "一句话"}], ("questions-1-label_zh", "Write the question.")),
    ("questions", [{}, {"kind": "text", "label_zh": "甲"}, {"kind": "choice", "label_zh": "乙", "choices_zh": "一"}],
     ("questions-2-choices_zh", "Give at least two choices, one a line.")),
])
def test_what_a_row_lacks_is_said_beside_it(
    desk: FlaskClient, organizer: User, section: str, rows: list[dict[str, str]], beside: tuple[str, str]
) -> None:
    make_call(make_programme(organizer, languages=["zh", "ko"]), code="ONE", state="draft")
    usual = {"questions": {"kind": "text", "max_length": "200"}, "criteria": {"lo": "0", "hi": "10", "step": "1"}}
    sent = {f"{section}-{number}-{name}": value for number, row in enumerate(rows)
            for name, value in {**usual[section], **row}.items()}
    answer = desk.post(f"/en/organizer/calls/ONE/edit/{section}", data={"version": 1, **sent})
    assert (answer.status_code, ERROR.findall(unindented(answer.text))) == (422, [beside])
    assert [anchor for anchor, _text in SUMMARY.findall(unindented(answer.text))] == [beside[0]]
    assert reloaded("ONE").version == 1


def test_a_target_that_is_no_figure_is_marked_in_its_own_row(desk: FlaskClient, organizer: User) -> None:
    make_call(make_programme(organizer), code="ONE", state="draft", published_at=None, opens_at=None)
    page = "/en/organizer/calls/ONE/edit/kpis"
    saved = desk.post(page, data=targets(
        {"name_en": "Time", "target": "5"}, {}, {"name_en": "Calls", "target": "10", "baseline": "many"},
        {"name_en": "Visits", "target": "all of them"},
    ))
    assert (saved.status_code, saved.location) == (303, page)
    texts = {at: f"Target {row}, “{name}”: write a figure instead of “{value}”; its unit has a field of its own."
             for at, row, name, value in (("kpis-1-baseline", 2, "Today", "many"),
                                          ("kpis-2-target", 3, "Aim", "all of them"))}
    shown = unindented(desk.get(page).text)
    assert ERROR.findall(shown) == list(texts.items())
    assert SUMMARY.findall(shown) == [
        ("kpis-1-baseline", f"Targets 2, Today: {texts['kpis-1-baseline']}"),
        ("kpis-2-target", f"Targets 3, Aim: {texts['kpis-2-target']}"),
    ]
    for path in ("/en/organizer/calls/ONE", "/en/organizer/calls/ONE/publish"):
        assert re.findall(r'href="/en/organizer/calls/ONE/edit/kpis#([^"]+)"', desk.get(path).text) == list(texts)


def test_from_nothing_to_a_public_call(desk: FlaskClient, organizer: User) -> None:
    with transaction.write():
        db.session.get_one(User, organizer.id).is_operator = True
    assert desk.get("/en/").text.count('href="/en/organizer"') == 2  # in the navigation and beside the welcome
    assert 'href="/en/organizer/programmes/new"' in desk.get("/en/organizer").text
    programme = desk.post("/en/organizer/programmes/new", data={
        "code": "XH-1", "name_en": "Xinshigu", "currency": "CNY", "budget_minor": "10,000,000", "zone": "Asia/Shanghai",
        "languages": ["en", "zh"], "themes-0-label_en": "Elder care", "themes-0-key": "",
    })
    assert programme.location == "/en/organizer/programmes/XH-1/calls/new"
    begun = desk.post(programme.location, data={"code": "XSG-01", "source": "", "title_en": "Care"})
    assert begun.location == "/en/organizer/calls/XSG-01/edit/texts"
    steps: list[tuple[str, dict[str, Any]]] = [
        ("texts", {"title_en": "Care  signals", "summary_en": "S", "owner_en": "O", "organiser_en": "D",
                   "problem_en": "P", "eligibility_zh": "法人"}),
        ("facts", {"theme": "elder_care", "contact": "a@example.test", "slots": "2", "budget_minor": "1,200,000.50",
                   "award_cap_minor": "", "min_trl": "6"}),
        ("dates", {"deadline_at": (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT18:00"),
                   "pilot_days": "90"}),
        ("stages", {"stages-0-kind": "desk_review", "stages-0-carry": "nothing", "stages-0-advance": "decision",
                    "stages-0-due_at": (datetime.now(UTC) + timedelta(days=40)).strftime("%Y-%m-%dT18:00")}),
        ("kpis", {"kpis-0-name_en": "Time", "kpis-0-target": "5", "kpis-0-direction": "down"}),
        ("questions", {"questions-0-label_en": "Which?", "questions-0-kind": "choice",
                       "questions-0-choices_en": "One\nTwo", "questions-0-choices_zh": "一\n二"}),
    ]
    for version, (section, fields) in enumerate(steps, 1):
        answer = desk.post(f"/en/organizer/calls/XSG-01/edit/{section}", data={"version": version, **fields})
        assert answer.status_code == 303, answer.text
    call = reloaded("XSG-01")
    assert call.title == {"en": "Care signals"}
    assert (call.budget_minor, call.min_trl, call.award_cap_minor) == (120_000_050, 6, None)
    assert call.deadline_at is not None
    assert (call.deadline_at.hour, call.deadline_at.minute) == (10, 0)
    assert call.kpis == [{"key": "k1", "name": {"en": "Time"}, "unit": "", "baseline": "", "target": "5",
                          "direction": "down", "method": {}}]
    assert "missing in: Chinese" in desk.get("/en/organizer/calls/XSG-01/publish").text
    assert "missing in: Chinese" in desk.get("/en/organizer/calls/XSG-01/edit/texts").text
    assert "Care signals" in desk.get("/en/organizer/calls/XSG-01/preview").text
    assert desk.get("/en/calls/XSG-01").status_code == 404
    assert desk.post("/en/organizer/calls/XSG-01/publish").status_code == 303
    assert "Care signals" in desk.get("/en/calls/XSG-01").text
    assert "Call published" in desk.get("/en/organizer/calls/XSG-01/audit?check=1").text
    assert "The chain is whole" in desk.get("/en/organizer/calls/XSG-01/audit?check=1").text


@pytest.mark.parametrize(("section", "fields", "words"), [
    ("facts", {"theme": "elder_care", "slots": "2", "budget_minor": "1200,500", "min_trl": ""},
     "commas between thousands"),
    ("facts", {"theme": "nonsense", "slots": "2", "budget_minor": "5", "min_trl": ""}, "Not a valid choice"),
    ("criteria", {"criteria-0-label_en": "A", "criteria-0-weight": "5", "criteria-0-lo": "0", "criteria-0-hi": "10",
                  "criteria-0-step": "0.333"}, "at most two decimals"),
    ("criteria", {"criteria-0-label_en": "A", "criteria-0-weight": "5", "criteria-0-lo": "5", "criteria-0-hi": "5",
                  "criteria-0-step": "1"}, "above the lowest"),
    ("rules", {"quorum": "0"}, "error"),
])
def test_what_is_refused_is_said_and_kept(
    desk: FlaskClient, organizer: User, section: str, fields: dict[str, str], words: str
) -> None:
    make_call(make_programme(organizer), code="ONE", state="draft")
    answer = desk.post(f"/en/organizer/calls/ONE/edit/{section}", data={"version": 1, **fields})
    assert answer.status_code == 422
    assert words in answer.text
    for value in fields.values():
        assert value in answer.text or value in {"nonsense", ""}
    assert reloaded("ONE").version == 1


def test_a_repeated_hour_is_asked_about_then_kept(desk: FlaskClient, organizer: User) -> None:
    make_call(make_programme(organizer, zone="Europe/Berlin"), code="ONE", state="draft")
    year = datetime.now(UTC).year + 1
    last_sunday = max(day for day in range(25, 32) if datetime(year, 10, day).weekday() == 6)
    sent = {"version": 1, "pilot_at": f"{year}-10-{last_sunday}T02:30"}
    question = desk.post("/en/organizer/calls/ONE/edit/dates", data=sent)
    assert question.status_code == 422
    assert "UTC+2" in question.text
    assert desk.post("/en/organizer/calls/ONE/edit/dates", data={**sent, "pilot_at_fold": "1"}).status_code == 303
    assert reloaded("ONE").pilot_at == datetime(year, 10, last_sunday, 1, 30, tzinfo=UTC)
    first_gap = max(day for day in range(25, 32) if datetime(year, 3, day).weekday() == 6)
    skipped = desk.post("/en/organizer/calls/ONE/edit/dates",
                        data={"version": 2, "pilot_at": f"{year}-03-{first_gap}T02:30"})
    assert "does not exist there" in skipped.text


def test_two_editors_choose_between_both_texts(desk: FlaskClient, organizer: User) -> None:
    make_call(make_programme(organizer), code="ONE", state="draft")
    page = desk.get("/en/organizer/calls/ONE/edit/texts").text
    assert 'name="version" value="1"' in page
    theirs = {"version": 1, "title_en": "Theirs", "title_zh": "", "title_ko": ""}
    mine = {**theirs, "title_en": "<b>Mine</b>"}
    assert desk.post("/en/organizer/calls/ONE/edit/texts", data=theirs).status_code == 303
    refused = desk.post("/en/organizer/calls/ONE/edit/texts", data=mine)
    assert refused.status_code == 409
    assert "<del>Theirs</del>" in refused.text
    assert "<ins>&lt;b&gt;Mine&lt;/b&gt;</ins>" in refused.text
    assert 'name="version" value="2"' in refused.text
    over = desk.post("/en/organizer/calls/ONE/edit/texts", data={**mine, "version": 2})
    assert over.status_code == 303
    assert reloaded("ONE").title == {"en": "<b>Mine</b>"}


def test_a_form_sent_back_unchanged_changes_nothing(desk: FlaskClient, organizer: User) -> None:
    make_call(make_programme(organizer), code="ONE", state="draft")
    for section in ("dates", "kpis"):
        page = desk.get(f"/en/organizer/calls/ONE/edit/{section}").text
        data = dict(inputs(page))
        if section == "kpis":
            data["kpis-0-direction"] = "up"
        answer = desk.post(f"/en/organizer/calls/ONE/edit/{section}", data=data)
        assert answer.status_code == 303, answer.text
    assert reloaded("ONE").version == 1


def test_a_row_is_added_without_scripts(desk: FlaskClient, organizer: User) -> None:
    make_call(make_programme(organizer), code="ONE", state="draft")
    sent = {"kpis-0-name_en": "Kept", "kpis-add": "1", "version": 1}
    page = desk.post("/en/organizer/calls/ONE/edit/kpis", data=sent)
    assert 'name="kpis-1-name_en"' in page.text
    assert 'value="Kept"' in page.text
    assert reloaded("ONE").version == 1


def test_an_amendment_makes_a_rubric_version_and_a_public_line(desk: FlaskClient, organizer: User) -> None:
    call = make_call(make_programme(organizer), now=datetime.now(UTC), code="ONE")
    sent = {"version": 1, "criteria-0-label_en": "Only one", "criteria-0-weight": "7", "criteria-0-lo": "0",
            "criteria-0-hi": "5", "criteria-0-step": "0.5", "criteria-0-gate": "y",
            "tie_break": "only_one\nlower_quote"}
    refused = desk.post("/en/organizer/calls/ONE/edit/criteria", data=sent)
    assert "every language of the programme" in refused.text
    assert desk.post("/en/organizer/calls/ONE/edit/criteria", data={**sent, **LINE}).status_code == 303
    rubric = queries.current_rubric(queries.deciding_stage(call.id).id)
    assert rubric.number == 2
    assert [(c.key, c.weight, c.hi, c.step, c.gate) for c in rubric.criteria] == [("only_one", 7, 500, 50, True)]
    page = desk.get("/zh/calls/ONE").text
    assert "已修改。" in page


def test_cancel_and_judge_from_the_dashboard(desk: FlaskClient, organizer: User) -> None:
    programme, now = make_programme(organizer), datetime.now(UTC)
    make_call(programme, now=now, code="OPEN")
    make_call(programme, now=now, code="CLOSED", deadline_at=now - timedelta(hours=1), entries_opened_at=now)
    assert "Start judging" not in desk.get("/en/organizer/calls/OPEN").text
    early = desk.post("/en/organizer/calls/OPEN/start-judging")
    assert early.status_code == 422
    assert "Judging can start" in early.text
    assert "Start judging" in desk.get("/en/organizer/calls/CLOSED").text
    assert desk.post("/en/organizer/calls/CLOSED/start-judging").status_code == 303
    assert reloaded("CLOSED").state == "judging"
    assert "data-confirm open" not in desk.get("/en/organizer/calls/OPEN").text
    half = desk.post("/en/organizer/calls/OPEN/cancel", data={"change_en": "Why"})
    assert (half.status_code, half.text.count("data-confirm open")) == (422, 1)
    dialog = half.text[half.text.index("data-confirm open"):]
    assert re.findall(r'name="change_en"[^>]* value="(.*?)"', dialog) == ["Why"]
    assert desk.post("/en/organizer/calls/OPEN/cancel", data=LINE).status_code == 303
    assert "已修改。" in desk.get("/zh/calls/OPEN").text
    assert desk.post("/en/organizer/calls/OPEN/cancel", data=LINE).status_code == 409


PAGES = ("", "/preview", "/publish", "/edit/texts", "/edit/criteria", "/documents", "/audit")


def test_foreign_calls_answer_like_missing_ones(app: Flask, organizer: User) -> None:
    make_call(make_programme(organizer), code="MINE")
    make_programme(other := make_user())
    stranger = sign_in(app.test_client(), other)

    def answer(code: str, page: str) -> tuple[int, str]:
        response = stranger.get(f"/en/organizer/calls/{code}{page}")
        return response.status_code, re.sub(r'nonce="[^"]+"', "", response.text.replace(code, "CODE"))

    for page in PAGES:
        assert answer("MINE", page) == answer("NONE", page)
        assert answer("MINE", page)[0] == 404
    for page in ("/publish", "/cancel", "/start-judging", "/edit/texts", "/documents"):
        assert stranger.post(f"/en/organizer/calls/MINE{page}", data=LINE).status_code == 404
    visitor = app.test_client()
    assert visitor.get("/en/organizer").location.startswith("/en/sign-in")
    team = sign_in(app.test_client(), make_user())
    assert team.get("/en/organizer").status_code == 404
    assert team.get("/en/organizer/programmes/new").status_code == 404


def test_tiles_count_and_filter(desk: FlaskClient, organizer: User) -> None:
    programme, now = make_programme(organizer), datetime.now(UTC)
    make_call(make_programme(), now=now, code="FOREIGN")
    make_call(programme, now=now, code="A-OPEN")
    make_call(programme, now=now, code="A-DRAFT", state="draft", title={"en": "Rain"})
    page = unindented(desk.get("/en/organizer").text)
    assert re.findall(r'<b class="num">(\d+)</b><span>([^<]+)', page) == [
        ("2", "All calls"), ("1", "Draft"), ("1", "Open for entries")]
    assert "FOREIGN" not in page
    drafts = desk.get("/en/organizer?phase=draft").text
    assert "A-DRAFT" in drafts
    assert "A-OPEN" not in drafts
    assert "A-DRAFT" in desk.get("/en/organizer?q=rain").text


@pytest.mark.parametrize("path", ["/en/organizer", "/en/organizer?phase=open"])
def test_list_costs_the_same_with_many_calls(desk: FlaskClient, organizer: User, path: str) -> None:
    programme, now = make_programme(organizer), datetime.now(UTC)
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _cur, sql, *_rest: seen.append(sql))

    def cost() -> int:
        seen.clear()
        assert desk.get(path).status_code == 200
        return len(seen)

    for _ in range(3):
        make_call(programme, now=now)
    few = cost()
    for _ in range(57):
        make_call(programme, now=now)
    assert cost() == few
