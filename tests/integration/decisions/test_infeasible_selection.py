"""Why there is no selection: each reader is told in their own language what is missing and what to do."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from competition.calls.models import Call
from competition.decisions.infeasible_selection import sentences
from competition.decisions.models import Selection
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import make_programme
from tests.factories.decisions import make_selection
from tests.factories.results import make_judged

M = 1_000_000  # minor units
SHEETS = {code: {1: (9, 9), 2: (8, 8), 3: (9, 8)} for code in ("AAA1", "BBB2", "CCC3")}
QUOTES = {"AAA1": 30 * M, "BBB2": 28 * M, "CCC3": 3 * M}


def few(*names: str, count: int | None = None) -> dict[str, Any]:
    return {"names": list(names), "count": count or len(names)}


def test_the_page_says_it_in_the_language_of_its_reader(app: Flask, run_jobs: Callable[[], list[str]]) -> None:
    organizer = make_user()
    actor = actor_of(organizer)
    programme = make_programme(organizer, budget_minor=50 * M)
    call = make_judged(programme, SHEETS, quotes=QUOTES, pass_mark=70, slots=1, award_cap_minor=None, budget_minor=0)
    with transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor, now=clock.now())
    run_jobs()
    selection = make_selection(programme.id, [call.code], actor, run_jobs, must=["AAA1", "BBB2"])
    entries = {"names": ["AAA1", "BBB2"], "count": 2}
    assert (selection.state, selection.facts["reasons"]) == ("failed", [
        {"kind": "must_budget", "entries": entries, "needed": 58 * M, "available": 50 * M, "currency": "CNY"},
        {"kind": "must_call", "entries": entries, "needed": 2, "available": 1, "call": call.code},
    ])
    expected = {
        "en": [
            "The entries that must be in cost CN¥580,000, but only CN¥500,000 of the budget can be spent: AAA1 and "
            "BBB2. Name fewer entries that must be in, or raise the budget of the programme.",
            f"Call {call.code} has 1 slot, but more of its entries must be in: AAA1 and BBB2. Name fewer entries that "
            "must be in, or give the call more slots.",
        ],
        "zh": [
            "必须入选的方案共需¥580,000，但预算中只有¥500,000可用：AAA1和BBB2。请减少必须入选的方案，或提高项目计划的预算。",
            f"征集{call.code}有1个名额，但必须入选的方案多于名额：AAA1和BBB2。请减少必须入选的方案，或增加该征集的名额。",
        ],
        "ko": [
            "필수 선정 신청서의 비용은 CN¥580,000인데 예산에서 쓸 수 있는 금액은 CN¥500,000뿐입니다: AAA1 및 BBB2. "
            "필수 선정 신청서를 줄이거나 프로그램 예산을 늘리십시오.",
            f"공모 {call.code}: 선정 수 1건인데 필수 선정 신청서가 더 많습니다: AAA1 및 BBB2. "
            "필수 선정 신청서를 줄이거나 공모의 선정 수를 늘리십시오.",
        ],
    }
    client = client_of(app, organizer)
    for lang, sentences_of_lang in expected.items():
        page = unescape(client.get(f"/{lang}/organizer/programmes/{programme.code}/selection").text)
        assert [sentence for sentence in sentences_of_lang if f"<p>{sentence}</p>" in page] == sentences_of_lang
    db.session.rollback()
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "selection.failed")).one()
    assert event.data["reason"] == selection.facts["error"] == " ".join(expected["en"])


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_selection_without_facts_shows_its_english_line(app: Flask) -> None:
    organizer = make_user()
    programme = make_programme(organizer)
    call = make_judged(programme, SHEETS)
    with transaction.write():
        db.session.add(Selection(
            programme_id=programme.id, state="failed", budget_minor=1, parameters={"calls": [call.code]},
            facts={"error": "No set was found."}, created_at=clock.now(), finished_at=clock.now(),
        ))
    page = client_of(app, organizer).get(f"/ko/organizer/programmes/{programme.code}/selection").text
    assert "<p>No set was found.</p>" in page


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("reason", "sentence"), [
    (
        {"kind": "must_call_budget", "call": "C-1", "entries": few("A1", "A2", "A3"), "needed": 4100,
         "available": 4000, "currency": "CNY"},
        "The entries of call C-1 that must be in cost CN¥41, but its own budget is CN¥40: A1, A2, and A3. Name fewer "
        "entries that must be in, or raise the budget of the call.",
    ),
    (
        {"kind": "must_team", "team": "Blue", "entries": few("A1", "B2"), "needed": 2, "available": 1},
        "Team Blue may get 1 more award in this programme, but more of its entries must be in: A1 and B2. Name fewer "
        "entries that must be in, or allow more awards per team.",
    ),
    (
        {"kind": "must_team", "team": "Blue", "entries": few("A1"), "needed": 1, "available": 0},
        "Team Blue may get 0 more awards in this programme, but more of its entries must be in: A1. Name fewer "
        "entries that must be in, or allow more awards per team.",
    ),
    (
        {"kind": "not_passed", "entries": few("A1", "A2", count=14)},
        "These entries cannot be selected, because they did not pass or were withdrawn: A1, A2, and 12 more. Take them "
        "off both lists and select again.",
    ),
    (
        {"kind": "no_quote", "entries": few("A1")},
        "These entries cannot be selected, because they name no quote: A1. Take them off both lists and select again.",
    ),
    (
        {"kind": "over_cap", "entries": few("A1")},
        "These entries cannot be selected, because their quote is above the cap per award of the call: A1. Take them "
        "off both lists and select again, or raise the cap.",
    ),
    (
        {"kind": "call_budgets", "calls": few("C-1", "C-2"), "tries": 2000},
        "In 2,000 attempts no best set was found that keeps the own budget of each of these calls: C-1 and C-2. Select "
        "them one call at a time, or raise one of these budgets.",
    ),
    ({"kind": "of tomorrow", "text": "Nothing fits"}, "Nothing fits"),
])
def test_every_kind_has_its_sentence(app: Flask, reason: dict[str, Any], sentence: str) -> None:
    assert sentences([reason]) == [sentence]
