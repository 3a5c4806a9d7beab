"""Why there is no assignment: each reader is told in their own language what is missing and what to do."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from competition.extensions import db
from competition.judging.infeasible_plan import sentences
from competition.judging.models import AssignmentPlan, Seat
from competition.kernel.data import transaction
from tests.factories.accounts import client_of
from tests.factories.judging import Panel, make_panel


def few(*names: str, count: int | None = None) -> dict[str, Any]:
    return {"names": list(names), "count": count or len(names)}


def assert_reasons(app: Flask, panel: Panel, reviews: int, expected: dict[str, str]) -> None:
    """A plan with that many judges per entry fails, and each page says why in its own sentence."""
    client = client_of(app, panel.organizer)
    response = client.post(f"/en/organizer/calls/{panel.call.code}/assignments/plan",
                       data={"reviews": str(reviews), "bridge_percent": "5", "keep": "all"})
    assert response.status_code == 303
    path = response.location.split("/en/", 1)[1]
    pages = {lang: unescape(client.get(f"/{lang}/{path}").text) for lang in expected}
    assert {lang: sentence for lang, sentence in expected.items() if f"<p>{sentence}</p>" in pages[lang]} == expected


def test_entries_without_enough_judges(app: Flask) -> None:
    panel = make_panel(judges=2, entries=2)
    first, second = (entry.code for entry in panel.entries)
    assert_reasons(app, panel, 3, {
        "en": "2 entries have too few judges to choose from: each needs 3 more, and the panel has 2 left for it. "
              "Invite judges who have no conflict of interest with them, or ask for fewer judges per entry. "
              f"The entries: {first} and {second}.",
        "zh": "2份方案可选的评审专家不足：每份还需要3位，评审委员会只剩2位可用。请邀请没有利益冲突的评审专家，"
              f"或减少每份方案的评审专家数。方案：{first}和{second}。",
        "ko": "신청서 2건에 배정할 수 있는 평가위원이 부족합니다. 건당 3명이 더 필요하지만 평가위원회에 남은 위원은 "
              "2명입니다. 이해충돌이 없는 평가위원을 초대하거나 신청서당 평가위원 수를 줄이십시오. "
              f"신청서: {first} 및 {second}.",
    })


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_judges_without_enough_room(app: Flask) -> None:
    panel = make_panel(judges=2, entries=3)
    with transaction.write():
        db.session.execute(update(Seat).values(capacity=2))
    codes = [entry.code for entry in panel.entries]
    assert_reasons(app, panel, 2, {
        "en": "The judges who may read these 3 entries have too little capacity left: 6 needed, 4 free. Raise the "
              "capacity of judges 1 and 2, invite more judges, or ask for fewer judges per entry. The entries: "
              f"{codes[0]}, {codes[1]}, and {codes[2]}.",
        "zh": "可评阅这3份方案的评审专家剩余工作量不足：需要6，剩余4。请提高评审专家（编号1和2）的工作量上限，"
              "邀请更多评审专家，或减少每份方案的评审专家数。方案："
              f"{codes[0]}、{codes[1]}和{codes[2]}。",
        "ko": "신청서 3건을 평가할 수 있는 평가위원의 남은 담당 한도가 부족합니다. 필요 6건, 남음 4건입니다. "
              "평가위원(번호 1 및 2)의 담당 한도를 늘리거나, 평가위원을 더 초대하거나, "
              f"신청서당 평가위원 수를 줄이십시오. 신청서: {codes[0]}, {codes[1]} 및 {codes[2]}.",
    })
    db.session.rollback()
    assert db.session.scalars(select(AssignmentPlan)).one().report == {
        "failure": "Too few free judges",
        "reasons": [{"kind": "room", "entries": few(*codes), "judges": few("1", "2"), "needed": 6, "available": 4}],
    }


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("reason", "sentence"), [
    (
        {"kind": "judges_of_entry", "entries": few("A1"), "needed": 2, "available": 1},
        "Entry A1 has too few judges to choose from: it needs 2 more, and the panel has 1 left for it. Invite judges "
        "who have no conflict of interest with it, or ask for fewer judges per entry.",
    ),
    (
        {"kind": "judges_of_entry", "entries": few("A1", "A2", count=1500), "needed": 3, "available": 2},
        "1500 entries have too few judges to choose from: each needs 3 more, and the panel has 2 left for it. Invite "
        "judges who have no conflict of interest with them, or ask for fewer judges per entry. The entries: A1, A2, "
        "and 1498 more.",
    ),
    (
        {"kind": "room", "entries": few("A1"), "judges": few("7"), "needed": 2, "available": 1},
        "The judges who may read entry A1 have too little capacity left: 2 needed, 1 free. Raise the capacity of judge "
        "7, invite more judges, or ask for fewer judges per entry.",
    ),
    (
        {"kind": "kept_in_conflict", "judge": 7, "entries": few("A1", "A2")},
        "Assignments that are to be kept are barred by a conflict of interest: judge 7 with A1 and A2. Take them back, "
        "or lift the conflict, and plan again.",
    ),
    (
        {"kind": "unlinked", "groups": [few("1", "2"), few("7")]},
        "Nobody can link these groups of judges, so their scores could not be compared: judges 1 and 2; judge 7. "
        "Invite a judge who may read entries of each group, or set the share of assignments that link groups to 0.",
    ),
    ({"kind": "of tomorrow", "text": "Nothing fits"}, "Nothing fits"),
])
def test_every_kind_has_its_sentence(app: Flask, reason: dict[str, Any], sentence: str) -> None:
    assert sentences({"failure": "Nothing fits", "reasons": [reason]}) == [sentence]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_plan_without_facts_shows_its_english_line(app: Flask) -> None:
    assert sentences({"failure": "Too few free judges"}) == ["Too few free judges"]
