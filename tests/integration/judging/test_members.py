"""A judge who belongs to a team never sees, scores or counts for its entry, whatever came first."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Call, Organizer
from competition.entries.models import Entry, Membership, Team
from competition.entries.service import drafts, teams
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, Seat
from competition.judging.queries.snapshot import snapshot
from competition.judging.service import conflicts
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.errors import RuleBroken
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import NOW
from tests.factories.entries import make_team
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


@pytest.mark.parametrize("before", ["assigned", "cleared", "draft", "submitted"])
def test_a_judge_does_not_join_a_team_that_competes(app: Flask, before: str) -> None:
    panel = make_panel(judges=1, entries=2)
    entry, judge = panel.entries[0], panel.judges[0]
    task = make_assignment(panel, panel.seats[0], entry, state="assigned" if before == "assigned" else "cleared")
    if before in {"draft", "submitted"}:
        make_sheet(panel, task, entry, state=before)
    with pytest.raises(RuleBroken) as refused:
        join(panel, panel.entries[1], judge)
    assert refused.value.message == (
        "You sit on the panel of this call, or are invited to. Who judges does not compete: decline the seat, or ask "
        "the organizer to take you off the panel first.")
    db.session.rollback()
    assert client_of(app, judge).get(f"/en/judge/{task.code}").status_code in {200, 303}


def test_the_team_learns_nothing_of_whom_it_invites(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    lead_id = db.session.scalars(
        select(Membership.user_id).where(Membership.team_id == panel.entries[0].team_id)
    ).one()
    lead, team = db.session.get_one(User, lead_id), db.session.get_one(Team, panel.entries[0].team_id)
    db.session.rollback()
    answer = client_of(app, lead).post(f"/en/my/teams/{team.code}/invite",
                                       data={"email": panel.judges[0].email, "lang": "en"})
    assert answer.status_code == 303


def test_a_judge_in_a_team_of_the_call_opens_nothing_and_counts_for_nothing(app: Flask) -> None:
    """No command lets it come about; the data is looked at all the same."""
    panel = make_panel(judges=2, entries=2)
    (mine, other), judge = panel.entries, panel.judges[0]
    tasks = [make_assignment(panel, panel.seats[0], entry) for entry in (mine, other)]
    for task, entry in zip(tasks, (mine, other), strict=True):
        make_sheet(panel, task, entry)
    of_other = make_assignment(panel, panel.seats[1], other)
    make_sheet(panel, of_other, other)
    assert counted(panel) == (3, {})
    with transaction.write():
        db.session.add(Membership(team_id=mine.team_id, user_id=judge.id, role="member", joined_at=NOW))
    for task in tasks:
        assert_shut(app, panel, judge, task)
    assert counted(panel) == (1, {"conflict": 1, "dependent": 1})
    organizer, base = client_of(app, panel.organizer), f"/en/organizer/calls/{panel.call.code}"
    refused = organizer.post(f"{base}/assignments/{other.code}", data={"judge": ["1", "2"]})
    assert "Judge 1 is not independent: the page of the panel says why." in refused.text
    page = organizer.get(f"{base}/panel").text
    assert "Judge 1 is not independent" in page
    assert "Judge 2 is not independent" not in page


def test_a_judge_with_a_role_in_the_programme_opens_nothing_and_counts_for_nothing(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    judge = panel.judges[0]
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    make_sheet(panel, task, panel.entries[0])
    assert counted(panel) == (1, {})
    with transaction.write():
        db.session.add(Organizer(programme_id=panel.programme.id, user_id=judge.id, role="observer", since=NOW))
    assert_shut(app, panel, judge, task)
    assert counted(panel) == (0, {"dependent": 1})
    organizer = client_of(app, panel.organizer)
    assert "Judge 1 is not independent" in organizer.get(f"/en/organizer/calls/{panel.call.code}/panel").text
    people = organizer.get(f"/en/organizer/programmes/{panel.programme.code}/people").text
    assert "Judge Person 1 is not independent" in people


def test_a_team_of_a_judge_does_not_enter_and_others_are_not_told_why(app: Flask) -> None:
    panel = make_panel(judges=1, entries=0, call={"state": "published", "deadline_at": None})
    judge, colleague = panel.judges[0], make_user()
    team = make_team(judge, colleague)
    for person, words in ((judge, "You sit on the panel of this call"), (colleague, "A member of this team has a ")):
        with pytest.raises(RuleBroken) as refused, transaction.write():
            drafts.start(call=db.session.get_one(Call, panel.call.id), team=db.session.get_one(Team, team.id),
                         actor=actor_of(person), now=clock.now())
        assert str(refused.value.message).startswith(words)
        db.session.rollback()


@pytest.mark.parametrize("role", ["lead", "organizer", "desk", "observer"])
def test_whoever_has_a_role_does_not_enter_the_calls_of_the_programme(app: Flask, role: str) -> None:
    panel = make_panel(judges=0, entries=0, call={"state": "published", "deadline_at": None})
    person = make_user()
    with transaction.write():
        db.session.add(Organizer(programme_id=panel.programme.id, user_id=person.id, role=role, since=NOW))
    team = make_team(person)
    answer = client_of(app, person).post(f"/en/my/entries/start/{panel.call.code}", data={"team": team.code})
    assert answer.status_code == 422
    assert "You have a role in the programme of this call. Who decides does not compete" in answer.text
    db.session.rollback()
    assert db.session.scalars(select(Entry)).all() == []


def test_a_competitor_is_not_invited_to_the_panel(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    member = make_user("new.judge@uni.example.cn")
    join(panel, panel.entries[0], member)
    form = {"email": member.email, "name": "New Judge", "capacity": "10", "locale": "en", "confirmed": "yes"}
    answer = client_of(app, panel.organizer).post(f"/en/organizer/calls/{panel.call.code}/panel", data=form)
    assert answer.status_code == 422
    assert "new.judge@uni.example.cn belongs to a team with an entry in this call." in answer.text


def test_a_judge_gets_no_role_in_the_programme(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    page = f"/en/organizer/programmes/{panel.programme.code}/people"
    form = {"email": panel.judges[0].email, "role": "desk", "lang": "en"}
    answer = client_of(app, panel.organizer).post(page, data=form)
    assert answer.status_code == 422
    assert f"{panel.judges[0].email} sits on a panel of this programme, or is invited to." in answer.text
    lead = db.session.scalars(select(User).join(Membership).where(Membership.role == "lead")).first()
    answer = client_of(app, panel.organizer).post(page, data={**form, "email": lead.email})
    assert f"{lead.email} belongs to a team with an entry in a call of this programme." in answer.text


def test_leaving_the_team_does_not_give_the_entry_back(app: Flask) -> None:
    """A conflict that was written down before stays until an organizer lifts it."""
    panel = make_panel(judges=1, entries=1)
    entry, judge, seat = panel.entries[0], panel.judges[0], panel.seats[0]
    task = make_assignment(panel, seat, entry)
    with transaction.write():
        db.session.add(Membership(team_id=entry.team_id, user_id=judge.id, role="member", joined_at=NOW))
        db.session.flush()
        conflicts.bar_call(panel.call.id, clock.now())
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


def test_others_and_other_calls_are_left_alone(app: Flask) -> None:
    panel, elsewhere = make_panel(judges=2, entries=2), make_panel(judges=1, entries=1)
    make_seat(elsewhere.call, panel.judges[0], state="declined")
    tasks = [make_assignment(panel, seat, entry) for seat in panel.seats for entry in panel.entries]
    join(elsewhere, elsewhere.entries[0], panel.judges[0])  # a judge here competes there
    make_team(make_user(), panel.judges[1])
    assert conflicts_of() == []
    assert [state(task) for task in tasks] == [("cleared", "waiting")] * 4

