"""Assignment: by hand, and planned; never a conflict, never what has begun."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from competition.extensions import db
from competition.judging.models import Assignment, AssignmentPlan, Conflict
from competition.judging.queries.planning_inputs import Begun, Design, JudgeDesign
from competition.judging.service import assigning, planning
from competition.judging.service.plan import Inputs
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import AuditEvent, MailMessage, OutboxJob
from tests.factories.accounts import client_of
from tests.factories.calls import NOW
from tests.factories.judging import Panel, make_assignment, make_panel


def _url(panel: Panel, path: str) -> str:
    return f"/en/organizer/calls/{panel.call.code}/assignments{path}"


def _active() -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(select(Assignment).where(Assignment.state.in_(("assigned", "cleared")))))


def _bar(seat: Any, entry: Any) -> None:
    with transaction.write():
        db.session.add(Conflict(
            id=new_id(), seat_id=seat.id, entry_id=entry.id, kind="self", relation="family", declared_at=NOW
        ))


def test_each_judge_gets_an_order_drawn_from_the_recorded_seed(app: Flask) -> None:
    panel = make_panel(judges=2, entries=6)
    with transaction.write():
        assigning.add(
            stage_id=panel.rubric.stage_id, kind="automatic", now=NOW,
            pairs=[(seat.id, entry.id) for seat in panel.seats for entry in panel.entries],
        )
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "assignment.shuffled")).one()
    assert (event.data["stage"], event.data["pairs"]) == (1, 12)
    code_of = {entry.id: entry.code for entry in panel.entries}
    for seat in panel.seats:
        rows = db.session.scalars(select(Assignment).where(Assignment.seat_id == seat.id).order_by(Assignment.id))
        assert [code_of[row.entry_id] for row in rows] == sorted(code_of.values(), key=lambda code, at=seat.number: (
            hashlib.sha256(f"{event.data['seed']}/{at}/{code}".encode()).hexdigest()
        ))


def test_entry_by_entry(app: Flask) -> None:
    panel = make_panel(judges=4, entries=2)
    client, code = client_of(app, panel.organizer), panel.entries[0].code
    assert client.get(_url(panel, "")).status_code == 200
    assert client.post(_url(panel, f"/{code}"), data={"judge": ["1", "3"]}).status_code == 303
    assert {row.seat_id for row in _active()} == {panel.seats[0].id, panel.seats[2].id}
    assignment_code = _active()[0].code
    assert client.post(_url(panel, f"/{code}"), data={"numbers": "1, 4"}).status_code == 303
    assert {row.seat_id for row in _active()} == {panel.seats[0].id, panel.seats[3].id}
    assert client.post(_url(panel, f"/{code}"), data={"numbers": "1 3"}).status_code == 303
    assert assignment_code in {row.code for row in _active()}
    assert client.post(_url(panel, f"/{code}"), data={"numbers": "9"}).status_code == 422
    assert client.post(_url(panel, f"/{code}"), data={"numbers": "one"}).status_code == 422
    assert client.post(_url(panel, "/NOSUCH00"), data={"numbers": "1"}).status_code == 404
    db.session.rollback()
    assert {mail.to for mail in db.session.scalars(select(MailMessage))} == {
        panel.judges[at].email for at in (0, 2, 3)
    }


def test_what_has_begun_stays_and_a_conflict_never_gets_in(app: Flask) -> None:
    panel = make_panel(judges=3, entries=1)
    begun = make_assignment(panel, panel.seats[0], panel.entries[0])
    _bar(panel.seats[1], panel.entries[0])
    client, url = client_of(app, panel.organizer), _url(panel, f"/{panel.entries[0].code}")
    refused = client.post(url, data={"judge": ["2", "3"]})
    assert refused.status_code == 422
    assert "Judge 2 has a conflict of interest" in refused.text
    assert client.post(url, data={"judge": ["3"]}).status_code == 303
    assert {row.id for row in _active()} > {begun.id}
    assert {row.seat_id for row in _active()} == {panel.seats[0].id, panel.seats[2].id}


def test_entries_are_not_assigned_while_they_can_change(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1, call={"state": "published", "deadline_at": None, "entries_opened_at": NOW})
    client = client_of(app, panel.organizer)
    assert client.post(_url(panel, f"/{panel.entries[0].code}"), data={"judge": "1"}).status_code == 422
    planned = client.post(_url(panel, "/plan"), data={"reviews": "1", "bridge_percent": "5", "keep": "all"})
    assert planned.status_code == 422
    assert _active() == []


def test_a_plan_is_looked_at_then_applied(app: Flask) -> None:
    panel = make_panel(judges=4, entries=6)
    begun = make_assignment(panel, panel.seats[0], panel.entries[0])
    _bar(panel.seats[1], panel.entries[1])
    client = client_of(app, panel.organizer)
    response = client.post(_url(panel, "/plan"), data={"reviews": "2", "bridge_percent": "5", "keep": "all"})
    assert response.status_code == 303
    assert len(_active()) == 1  # nothing but what was there
    report = client.get(response.location).text
    assert "Expected standard error" in report
    assert "Assign as planned" in report
    assert client.post(response.location + "/apply").status_code == 303
    rows = _active()
    assert len(rows) == 12
    assert set(Counter(row.entry_id for row in rows).values()) == {2}
    loads = Counter(row.seat_id for row in rows)
    assert sorted(loads.values()) == [3, 3, 3, 3]
    assert begun.id in {row.id for row in rows}
    assert (panel.seats[1].id, panel.entries[1].id) not in {(row.seat_id, row.entry_id) for row in rows}
    assert client.post(response.location + "/apply").status_code == 409
    db.session.rollback()
    assert db.session.query(MailMessage).count() == 4


def test_a_plan_made_before_a_conflict_is_not_applied(app: Flask) -> None:
    panel = make_panel(judges=3, entries=2)
    client = client_of(app, panel.organizer)
    response = client.post(_url(panel, "/plan"), data={"reviews": "3", "bridge_percent": "0", "keep": "all"})
    _bar(panel.seats[0], panel.entries[0])
    refused = client.post(response.location + "/apply")
    assert (refused.status_code, "Plan again" in refused.text) == (409, True)
    assert _active() == []


def test_planning_again_moves_only_what_nobody_has_begun(app: Flask) -> None:
    panel = make_panel(judges=4, entries=4)
    begun = make_assignment(panel, panel.seats[0], panel.entries[0])
    for entry in panel.entries:
        if entry.id != panel.entries[0].id:
            make_assignment(panel, panel.seats[0], entry, state="assigned", declared_at=None)
    client = client_of(app, panel.organizer)
    response = client.post(_url(panel, "/plan"), data={"reviews": "1", "bridge_percent": "0", "keep": "begun"})
    client.post(response.location + "/apply")
    rows = _active()
    assert sorted(Counter(row.seat_id for row in rows).values()) == [1, 1, 1, 1]
    assert begun.id in {row.id for row in rows}


def test_what_cannot_be_met_is_said(app: Flask) -> None:
    panel = make_panel(judges=2, entries=2)
    client = client_of(app, panel.organizer)
    response = client.post(_url(panel, "/plan"), data={"reviews": "3", "bridge_percent": "5", "keep": "all"})
    page = client.get(response.location).text
    assert "No assignment meets all conditions" in page
    assert "Assign as planned" not in page
    assert client.post(response.location + "/apply").status_code == 409


def test_a_large_plan_is_made_and_applied_by_a_worker(
    app: Flask, run_jobs: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "INLINE_PAIRS", 1)
    monkeypatch.setattr(planning, "INLINE_APPLY", 1)
    panel = make_panel(judges=3, entries=4)
    client = client_of(app, panel.organizer)
    response = client.post(_url(panel, "/plan"), data={"reviews": "2", "bridge_percent": "5", "keep": "all"})
    assert "data-job" in client.get(response.location).text
    assert "judging.assign: done" in run_jobs()
    assert "Assign as planned" in client.get(response.location).text
    assert client.post(response.location + "/apply").status_code == 303
    assert _active() == []
    assert "judging.apply: done" in run_jobs()
    assert len(_active()) == 8
    db.session.rollback()
    assert db.session.scalars(select(AssignmentPlan)).one().state == "applied"
    assert db.session.scalars(select(OutboxJob).where(OutboxJob.kind == "judging.apply")).one().result == {
        "added": 8, "taken_back": 0
    }


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_plan_keeps_the_rules(data: st.DataObject) -> None:
    """For any panel: no conflict, nobody twice, kept pairs stay, demand and capacity hold, or it says why not."""
    n, m = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 6))
    reviews = data.draw(st.integers(1, 3))
    judges = tuple(
        JudgeDesign(new_id(), at + 1, data.draw(st.sampled_from([(), ("en",), ("zh",)])),
                    data.draw(st.sampled_from([(), ("care",), ("water",)])), data.draw(st.integers(1, 20)))
        for at in range(m)
    )
    entries = tuple((new_id(), f"E{at}", data.draw(st.sampled_from(["", "zh"]))) for at in range(n))
    pairs = [(judge.id, entry[0]) for judge in judges for entry in entries]
    barred = frozenset(data.draw(st.sets(st.sampled_from(pairs), max_size=len(pairs) // 4)))
    free = [pair for pair in pairs if pair not in barred]
    begun_pairs = data.draw(st.sets(st.sampled_from(free), max_size=3)) if free else set()
    design = Design(new_id(), "care", entries, judges, tuple(barred),
                    tuple(Begun(seat, entry, True) for seat, entry in begun_pairs))
    outcome = planning.compute(Inputs(design, reviews, 0.05, True))
    if outcome.failure:
        assert len(outcome.pairs) == 0
        assert {reason["kind"] for reason in outcome.reasons} <= {"judges_of_entry", "room", "unlinked"}
        assert outcome.reasons
        return
    pairs = [(judges[j].id, entries[e][0]) for e, j in outcome.pairs]
    assert len(pairs) == len(set(pairs))
    assert not barred & set(pairs)
    assert begun_pairs <= set(pairs)
    per_entry, per_judge = Counter(entry for _s, entry in pairs), Counter(seat for seat, _e in pairs)
    loads = Counter(entry for _s, entry in begun_pairs)
    assert all(per_entry[entry[0]] == max(reviews, loads[entry[0]]) for entry in entries)
    begun = Counter(seat for seat, _e in begun_pairs)
    assert all(per_judge[judge.id] <= max(judge.capacity, begun[judge.id]) for judge in judges)


def test_fifteen_hundred_entries_are_planned_evenly() -> None:
    judges = tuple(JudgeDesign(new_id(), at + 1, (), (), 120) for at in range(60))
    entries = tuple((new_id(), f"E{at:05}", "") for at in range(1500))
    design = Design(new_id(), "care", entries, judges, (), ())
    outcome = planning.compute(Inputs(design, 3, 0.05, True))
    assert outcome.failure == ""
    assert {line["load"] for line in outcome.report["loads"]} == {75}
    assert outcome.report["components"] == 1
