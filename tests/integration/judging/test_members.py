"""A judge who belongs to a team never sees, scores or counts for its entry, whatever came first."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Call
from competition.entries.models import Entry, Membership, Team
from competition.entries.service import drafts, teams
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, Seat
from competition.judging.queries.snapshot import snapshot
from competition.judging.service import conflicts
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent
from competition.kernel.errors import RuleBroken
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import NOW
from tests.factories.entries import full_answers, make_team, receive
from tests.factories.judging import Panel, make_assignment, make_panel, make_seat, make_sheet, sheet_form


def join(panel: Panel, entry: Entry, judge: User) -> None:
    """What accepting a team's invitation does."""
    with transaction.write():
        teams.join(team_id=entry.team_id, user=db.session.get_one(User, judge.id), now=clock.now())


def conflicts_of() -> list[tuple[int, str, str, str]]:
    """Conflicts as seat number, entry, how and which tie."""
    db.session.rollback()
    rows = db.session.execute(
        select(Seat.number, Entry.code, Conflict.kind, Conflict.relation)
        .join(Seat, Seat.id == Conflict.seat_id).join(Entry, Entry.id == Conflict.entry_id).order_by(Seat.number)
    )
    return [tuple(row) for row in rows]


def state(task: Assignment) -> tuple[str, str]:
    db.session.rollback()
    stored = db.session.get_one(Assignment, task.id)
    return stored.state, stored.progress


def assert_shut(app: Flask, panel: Panel, judge: User, task: Assignment) -> None:
    """No address of the task is there any more."""
    client, url = client_of(app, judge), f"/en/judge/{task.code}"
    for path in ("", "/declare", "/files"):
        assert client.get(url + path).status_code == 404, path
    for path, form in (("", sheet_form(panel)), ("/submit", sheet_form(panel)), ("/declare", {"answer": "none"})):
        assert client.post(url + path, data=form).status_code == 404, path


def counted(panel: Panel) -> tuple[int, dict[str, int]]:
    db.session.rollback()
    seen = snapshot(panel.rubric.stage_id)
    db.session.rollback()
    return len(seen.entry), seen.left_out


@pytest.mark.parametrize(("before", "left_out"), [
    ("assigned", {}), ("cleared", {}), ("draft", {}), ("submitted", {"conflict": 1}),
])
def test_joining_a_team_ends_the_task_however_far_it_is(app: Flask, before: str, left_out: dict[str, int]) -> None:
    panel = make_panel(judges=2, entries=1)
    entry, judge = panel.entries[0], panel.judges[0]
    task = make_assignment(panel, panel.seats[0], entry, state="assigned" if before == "assigned" else "cleared")
    other = make_assignment(panel, panel.seats[1], entry)
    make_sheet(panel, other, entry)
    if before in {"draft", "submitted"}:
        make_sheet(panel, task, entry, state=before)
    join(panel, entry, judge)
    assert conflicts_of() == [(1, entry.code, "automatic", "member")]
    assert state(task) == ("recused", "out")
    assert state(other) == ("cleared", "submitted")
    assert db.session.get_one(Seat, panel.seats[0].id).tally == {"out": 1}
    assert_shut(app, panel, judge, task)
    assert counted(panel) == (1, left_out)
    queue = client_of(app, judge).get("/en/judge?view=todo").text
    assert task.code not in queue
    events = db.session.scalars(
        select(AuditEvent.data).where(AuditEvent.chain == str(panel.call.id), AuditEvent.action == "conflict.found")
    ).all()
    assert [event["pairs"] for event in events] == [[[1, entry.code, "member"]]]


def test_a_member_is_barred_even_where_nothing_is_written_down(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    entry, judge = panel.entries[0], panel.judges[0]
    task = make_assignment(panel, panel.seats[0], entry)
    make_sheet(panel, task, entry)
    assert counted(panel) == (1, {})
    with transaction.write():
        db.session.add(Membership(team_id=entry.team_id, user_id=judge.id, role="member", joined_at=NOW))
    assert conflicts_of() == []
    assert_shut(app, panel, judge, task)
    assert counted(panel) == (0, {"conflict": 1})
    with transaction.write():
        conflicts.bar_call(panel.call.id, clock.now())
    assert conflicts_of() == [(1, entry.code, "automatic", "member")]
    assert counted(panel) == (0, {"conflict": 1})


def test_leaving_the_team_does_not_give_the_entry_back(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    entry, judge, seat = panel.entries[0], panel.judges[0], panel.seats[0]
    task = make_assignment(panel, seat, entry)
    join(panel, entry, judge)
    lift = {"seat": seat.id, "entry_code": entry.code, "reason": "Never worked there"}
    with pytest.raises(RuleBroken) as refused:
        undo(panel, **lift)
    assert refused.value.message == (
        "This judge is a member of the team whose entry it is. The conflict stands as long as that is so.")
    with transaction.write():
        teams.leave(team=db.session.get_one(Team, entry.team_id), actor=actor_of(judge), now=clock.now())
    assert conflicts_of() == [(1, entry.code, "automatic", "member")]
    assert_shut(app, panel, judge, task)
    undo(panel, **lift)
    assert conflicts_of() == []
    assert state(task) == ("assigned", "waiting")
    assert client_of(app, judge).get(f"/en/judge/{task.code}/declare").status_code == 200


def undo(panel: Panel, *, seat: Any, entry_code: str, reason: str) -> None:
    with transaction.write():
        conflicts.undo(call=db.session.get_one(Call, panel.call.id), seat=db.session.get_one(Seat, seat),
                       entry_code=entry_code, reason=reason, actor=actor_of(panel.organizer), now=clock.now())


def test_a_judge_who_founds_a_team_is_barred_from_what_it_enters(app: Flask) -> None:
    panel = make_panel(judges=1, entries=0, call={"state": "published", "deadline_at": None})
    judge = panel.judges[0]
    with transaction.write():
        team = teams.create(profile={"name": "Night Loom"}, actor=actor_of(judge), now=clock.now())
        team_id = team.id
    assert conflicts_of() == []
    with transaction.write():
        entry = drafts.start(call=db.session.get_one(Call, panel.call.id), team=db.session.get_one(Team, team_id),
                             actor=actor_of(judge), now=clock.now())
        code, entry_id = entry.code, entry.id
    assert conflicts_of() == [(1, code, "automatic", "member")]
    with transaction.write():
        db.session.get_one(Call, panel.call.id).state = "judging"
        db.session.get_one(Entry, entry_id).draft = full_answers()
    db.session.rollback()
    receive(db.session.get_one(Entry, entry_id))
    refused = client_of(app, panel.organizer).post(
        f"/en/organizer/calls/{panel.call.code}/assignments/{code}", data={"judge": "1"})
    assert refused.status_code == 422
    assert "Judge 1 has a conflict of interest with this entry." in refused.text


def test_accepting_a_seat_bars_from_entries_of_own_teams(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    member = make_user("new.judge@uni.example.cn")
    join(panel, panel.entries[0], member)
    assert conflicts_of() == []
    client_of(app, panel.organizer).post(f"/en/organizer/calls/{panel.call.code}/panel", data={
        "email": member.email, "name": "New Judge", "capacity": "10", "locale": "en", "confirmed": "yes",
    })
    client = client_of(app, member)
    assert client.post(f"/en/judge/panels/{panel.call.code}/answer", data={"answer": "accept"}).status_code == 303
    assert conflicts_of() == [(2, panel.entries[0].code, "automatic", "member")]


def test_others_and_other_calls_are_left_alone(app: Flask) -> None:
    panel, elsewhere = make_panel(judges=2, entries=2), make_panel(judges=1, entries=1)
    make_seat(elsewhere.call, panel.judges[0], state="declined")
    tasks = [make_assignment(panel, seat, entry) for seat in panel.seats for entry in panel.entries]
    join(elsewhere, elsewhere.entries[0], panel.judges[0])
    make_team(make_user(), panel.judges[1])
    assert conflicts_of() == []
    assert [state(task) for task in tasks] == [("cleared", "waiting")] * 4

