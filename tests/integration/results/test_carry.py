"""The score of a desk review in the result of a defence, computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from competition.calls import queries
from competition.calls.models import Call
from competition.calls.standard_rubric import CriterionDraft
from competition.decisions.service.outdated import is_current
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.errors import IllegalMove
from competition.results.models import Run, RunEntry
from competition.results.queries.runs import latest_run, latest_run_of
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, make_user, sign_in
from tests.factories.calls import make_programme
from tests.factories.results import make_judged

ONE = (CriterionDraft("fit", {"en": "Fit"}, {}, 100),)
# Ten times the mean: 60, 100, 62.5 at the desk (Z 20, which stops there), 85, 70, 85 at the defence.
DESK = {"A": {1: (6,), 2: (6,)}, "B": {1: (10,), 2: (10,)}, "C": {1: (6.5,), 2: (6,)}, "Z": {1: (2,), 2: (2,)}}
DEFENCE = {"A": {1: (8,), 2: (9,)}, "B": {1: (7,), 2: (7,)}, "C": {1: (9,), 2: (8,)}}

pytestmark = pytest.mark.usefixtures("app")


def two_stages(pass_mark: int | None = None, **carry: Any) -> Call:
    return make_judged(
        make_programme(), DEFENCE, earlier=DESK, criteria=ONE, quorum=2, method="mean", pass_mark=pass_mark,
        stages=({"advance": "top", "advance_top": 2}, {"kind": "defence", "quorum": 2, **carry}),
    )


def aggregate(call: Call, position: int, run_jobs: Callable[[], list[str]]) -> Run:
    with transaction.write():
        stage = queries.scored_stage(call.id, position)
        request_run(call=db.session.get_one(Call, call.id), stage=stage, actor=actor_of(make_user()), now=clock.now())
    assert run_jobs() == ["results.aggregate: done"]
    run = latest_run_of(queries.stages(call.id)[position - 1].id)
    assert run is not None
    return run


def lines(run: Run) -> dict[str, RunEntry]:
    rows = db.session.execute(
        select(Entry.code, RunEntry).join(RunEntry, RunEntry.entry_id == Entry.id).where(RunEntry.run_id == run.id)
    )
    return {row.code: row.RunEntry for row in rows}


def test_each_stage_has_its_own_run_and_only_the_last_decides(run_jobs: Callable[[], list[str]]) -> None:
    call = two_stages(pass_mark=50)
    desk = aggregate(call, 1, run_jobs)
    assert latest_run(call.id) is None
    assert {code: line.official for code, line in lines(desk).items()} == {
        "A": "60/1", "B": "100/1", "C": "125/2", "Z": "20/1"}
    assert all(line.passed for line in lines(desk).values())  # the pass mark is for the stage that decides
    assert (desk.parameters["slots"], desk.method["pass_mark"], desk.method["quorum"]) == (2, None, 2)
    defence = aggregate(call, 2, run_jobs)
    assert (desk.number, defence.number) == (1, 1)
    latest = latest_run(call.id)
    assert latest is not None
    assert latest.id == defence.id
    assert {code: (line.official, line.rank) for code, line in lines(defence).items()} == {
        "A": ("85/1", 1), "B": ("70/1", 3), "C": ("85/1", 1)}
    assert "carry" not in defence.method


def test_a_share_of_the_desk_review(run_jobs: Callable[[], list[str]]) -> None:
    call = two_stages(carry="weighted", carry_percent=25, pass_mark=78)
    desk = aggregate(call, 1, run_jobs)
    defence = aggregate(call, 2, run_jobs)
    # 0.75 * 85 + 0.25 * 60 = 78.75; 0.75 * 70 + 0.25 * 100 = 77.5; 0.75 * 85 + 0.25 * 62.5 = 79.375
    assert {code: (line.official, line.official_value, line.rank, line.passed)
            for code, line in lines(defence).items()} == {
        "A": ("315/4", 78.75, 2, True), "B": ("155/2", 77.5, 3, False), "C": ("635/8", 79.375, 1, True)}
    assert defence.method["carry"] == {
        "how": "weighted", "percent": 25, "position": 1, "kind": "desk_review", "run": str(desk.id), "number": 1,
        "digest": desk.result_digest, "most": 100,
    }
    line = lines(defence)["C"]
    assert {name: line.arithmetic["carried"][name] for name in ("own", "earlier")} == {
        "own": "85/1", "earlier": "125/2"}


def test_the_calibrated_score_combines_with_its_error(run_jobs: Callable[[], list[str]]) -> None:
    call = two_stages(carry="weighted", carry_percent=25)
    before = lines(aggregate(call, 1, run_jobs))
    for code, line in lines(aggregate(call, 2, run_jobs)).items():
        parts = line.arithmetic["carried"]
        assert line.calibrated == pytest.approx(
            0.75 * float(parts["own_calibrated"]) + 0.25 * float(before[code].calibrated or 0), abs=2e-6)
        assert line.standard_error == pytest.approx(
            ((0.75 * float(parts["own_se"])) ** 2 + (0.25 * float(before[code].standard_error or 0)) ** 2) ** 0.5,
            abs=2e-6)


def test_a_sum_is_on_0_to_200(run_jobs: Callable[[], list[str]]) -> None:
    call = two_stages(carry="sum", pass_mark=74)  # 74 % of 200 are 148
    aggregate(call, 1, run_jobs)
    defence = aggregate(call, 2, run_jobs)
    assert {code: (line.official, line.rank, line.passed) for code, line in lines(defence).items()} == {
        "A": ("145/1", 3, False), "B": ("170/1", 1, True), "C": ("295/2", 2, False)}
    assert defence.method["carry"]["most"] == 200


def test_what_carries_over_needs_a_run_of_the_stage_before(app: Flask) -> None:
    call = two_stages(carry="sum")
    with app.test_request_context("/en/"), pytest.raises(IllegalMove, match="“Desk review” counts"), \
            transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(make_user()), now=clock.now())


def test_the_same_inputs_give_the_same_digest(run_jobs: Callable[[], list[str]]) -> None:
    call = two_stages(carry="weighted", carry_percent=33)
    aggregate(call, 1, run_jobs)
    first, second = aggregate(call, 2, run_jobs), aggregate(call, 2, run_jobs)
    assert first.result_digest == second.result_digest
    # 0.67 * 85 + 0.33 * 62.5 = 77.575, exactly
    assert Fraction(lines(second)["C"].official or "") == Fraction(77575, 1000)


def test_the_page_of_an_entry_shows_both_parts(app: Flask, run_jobs: Callable[[], list[str]]) -> None:
    organizer = make_user()
    call = make_judged(
        make_programme(organizer), DEFENCE, earlier=DESK, criteria=ONE, quorum=2, method="mean", code="TWO",
        stages=({}, {"kind": "defence", "quorum": 2, "carry": "weighted", "carry_percent": 25}),
    )
    aggregate(call, 1, run_jobs)
    aggregate(call, 2, run_jobs)
    client = sign_in(app.test_client(), organizer)
    assert client.get("/en/organizer/calls/TWO/results/C?stage=3").status_code == 404
    page = " ".join(client.get("/en/organizer/calls/TWO/results/C").text.split())
    assert "The score is 25% of the score of “Desk review” and 75% of the score of this stage." in page
    assert "0.75 × 85.00 + 0.25 × 62.50 = <b>79.3750</b>" in page
    first = client.get("/en/organizer/calls/TWO/results?stage=1").text
    assert '<a href="/en/organizer/calls/TWO/results?stage=2">' in first
    assert "100.00" in first


def test_a_changed_score_of_the_stage_before_is_noticed(app: Flask, run_jobs: Callable[[], list[str]]) -> None:
    call = two_stages(carry="sum")
    aggregate(call, 1, run_jobs)
    defence = aggregate(call, 2, run_jobs)
    with transaction.write():
        assert is_current(db.session.get_one(Run, defence.id))
        task = db.session.scalars(
            select(Assignment).where(Assignment.stage_id == queries.stages(call.id)[0].id).limit(1)).one()
        task.state, task.progress = "recused", "out"
    with transaction.write():
        assert not is_current(db.session.get_one(Run, defence.id))
    with app.test_request_context("/en/"), pytest.raises(IllegalMove, match="Aggregate that stage again first"), \
            transaction.write():
        request_run(call=db.session.get_one(Call, call.id), actor=actor_of(make_user()), now=clock.now())
