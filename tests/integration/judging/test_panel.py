"""A panel: invited by mail, answered by the judge, removed with a reason; ties are found."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from competition.calls.models import Organizer
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, Seat
from competition.judging.queries.snapshot import snapshot
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent, MailMessage
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW
from tests.factories.entries import full_answers, make_submitted, make_team
from tests.factories.judging import make_assignment, make_panel, make_seat, make_sheet, sign_with

INVITE = {
    "email": " New.Judge@Uni.example.cn ", "name": "New Judge", "organisation": "University of Somewhere",
    "languages": ["en", "zh"], "expertise": ["elder_care"], "capacity": "30", "locale": "ko",
}


def _url(panel: Any, path: str) -> str:
    return f"/en/organizer/calls/{panel.call.code}{path}"


def _seat(email: str) -> Seat:
    db.session.rollback()
    return db.session.scalars(select(Seat).where(Seat.email == email)).one()


def _actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.at, AuditEvent.seq)))


def test_a_judge_is_invited_by_mail_and_accepts(app: Flask) -> None:
    panel = make_panel(judges=2)
    judge = make_user("new.judge@uni.example.cn", name="New Judge", locale="ko")
    organizer, invited = client_of(app, panel.organizer), client_of(app, judge)
    page = organizer.get(_url(panel, "/panel")).text
    assert "2 judges have accepted; the rules of this call ask for at least 5." in page
    assert "Even number" in page
    assert '<option value="zh_Hans" selected>' in organizer.get(f"/zh/organizer/calls/{panel.call.code}/panel").text

    assert organizer.post(_url(panel, "/panel"), data=INVITE).status_code == 303
    seat = _seat("new.judge@uni.example.cn")
    assert (seat.number, seat.state, seat.capacity, seat.languages) == (3, "invited", 30, ["en", "zh"])
    again = organizer.post(_url(panel, "/panel"), data=INVITE)
    assert (again.status_code, "already has a seat" in again.text) == (422, True)
    db.session.rollback()
    mail = db.session.scalars(select(MailMessage)).one()
    assert (mail.to, mail.lang) == ("new.judge@uni.example.cn", "ko")
    link = re.search(r"http://localhost(/ko/\S+)", mail.body)
    assert link is not None
    shown = invited.get(link.group(1))
    assert (shown.status_code, re.findall(rf'<p><a href="(/ko/calls/{panel.call.code})">', shown.text)) == (
        200, [f"/ko/calls/{panel.call.code}"])

    queue = invited.get("/en/judge").text
    assert "You are invited to the panel" in queue
    answered = invited.post(f"/en/judge/panels/{panel.call.code}/answer", data={"answer": "accept"})
    assert (answered.status_code, answered.location) == (303, f"/en/judge?call={panel.call.code}")
    seat = _seat("new.judge@uni.example.cn")
    assert (seat.state, seat.user_id) == ("accepted", judge.id)
    assert invited.post(f"/en/judge/panels/{panel.call.code}/answer", data={"answer": "accept"}).status_code == 404
    assert _actions()[-2:] == ["seat.invited", "seat.accepted"]


def test_declining_frees_the_address_for_another_try(app: Flask) -> None:
    panel = make_panel(judges=1)
    judge = make_user("new.judge@uni.example.cn")
    organizer, invited = client_of(app, panel.organizer), client_of(app, judge)
    organizer.post(_url(panel, "/panel"), data=INVITE)
    assert invited.post(f"/en/judge/panels/{panel.call.code}/answer", data={"answer": "decline"}).status_code == 303
    assert _seat(judge.email).state == "declined"
    assert organizer.post(_url(panel, "/panel"), data=INVITE).status_code == 303
    seat = _seat(judge.email)
    assert (seat.number, seat.state) == (2, "invited")
    assert organizer.post(_url(panel, "/panel/2/invite-again")).status_code == 303
    db.session.rollback()
    assert db.session.query(MailMessage).count() == 3


def test_visible_ties_are_shown_before_inviting_and_bar_the_judge(app: Flask) -> None:
    panel = make_panel(judges=1, entries=0)
    team = make_team(make_user("lead@qinghe.cn"), name="Qinghe Lattice Ltd", contact="hello@qinghe.cn")
    partner = make_team(make_user())
    entry = make_submitted(panel.call, team)
    other = make_submitted(panel.call, partner, answers=full_answers(
        partners=[{"name": "University of Somewhere", "country": "CN", "role": "Tests", "share": 20}]
    ))
    organizer = client_of(app, panel.organizer)
    warned = organizer.post(_url(panel, "/panel"), data={**INVITE, "email": "prof@qinghe.cn"})
    assert warned.status_code == 422
    assert "This person is tied to 2 entries" in warned.text
    assert "Same e-mail domain as the team" in warned.text
    assert "Organisation is a partner of the team" in warned.text
    confirmed = organizer.post(_url(panel, "/panel"), data={**INVITE, "email": "prof@qinghe.cn", "confirmed": "yes"})
    assert confirmed.status_code == 303

    judge = make_user("second@qinghe.cn")
    seat = make_seat(panel.call, judge, organisation="Qinghe Lattice")
    assert organizer.post(_url(panel, "/conflicts/find")).status_code == 303
    db.session.rollback()
    rows = db.session.execute(select(Conflict.seat_id, Conflict.entry_id, Conflict.kind, Conflict.relation)).all()
    assert [tuple(row) for row in rows] == [(seat.id, entry.id, "automatic", "organisation")]
    assert organizer.post(_url(panel, "/conflicts/find")).status_code == 303
    assert db.session.query(Conflict).count() == 1
    assert other.id != entry.id


@pytest.mark.parametrize("blind", [True, False])
def test_who_organizes_does_not_judge(app: Flask, blind: bool) -> None:
    panel = make_panel(judges=1, entries=1, call={"blind": blind})
    organizer = client_of(app, panel.organizer)
    answer = organizer.post(_url(panel, "/panel"), data={**INVITE, "email": panel.organizer.email})
    assert answer.status_code == 422
    assert f"{panel.organizer.email} has a role in this programme. Who organizes does not judge:" in answer.text
    db.session.rollback()
    assert len(db.session.scalars(select(Seat)).all()) == 1


def test_who_has_come_to_have_a_role_does_not_accept_a_seat(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    judge = make_user("new.judge@uni.example.cn")
    assert client_of(app, panel.organizer).post(_url(panel, "/panel"), data=INVITE).status_code == 303
    with transaction.write():
        db.session.add(Organizer(programme_id=panel.programme.id, user_id=judge.id, role="desk", since=NOW))
    client = client_of(app, judge)
    refused = client.post(f"/en/judge/panels/{panel.call.code}/answer", data={"answer": "accept"})
    assert refused.status_code == 422
    assert "You have a role in this programme. Who organizes does not judge: decline the seat" in refused.text
    assert _seat(judge.email).state == "invited"
    assert client.post(f"/en/judge/panels/{panel.call.code}/answer", data={"answer": "decline"}).status_code == 303
    assert _seat(judge.email).state == "declined"


def test_a_removed_judge_loses_open_work_at_once(app: Flask) -> None:
    panel = make_panel(judges=2, entries=2)
    tasks = [make_assignment(panel, panel.seats[0], entry) for entry in panel.entries]
    organizer, judge = client_of(app, panel.organizer), client_of(app, panel.judges[0])
    assert judge.get(f"/en/judge/{tasks[0].code}").status_code == 200
    assert organizer.post(_url(panel, "/panel/1/remove"), data={"reason": " "}).status_code == 422
    gone = organizer.post(_url(panel, "/panel/1/remove"), data={"reason": "Moved abroad."}, follow_redirects=True)
    assert "2 entries lost a judge" in gone.text
    assert judge.get(f"/en/judge/{tasks[0].code}").status_code == 404
    assert judge.get("/en/judge").status_code == 404
    db.session.rollback()
    assert {row.state for row in db.session.scalars(select(Assignment))} == {"removed"}
    assert _seat(panel.judges[0].email).removed_reason == "Moved abroad."


def test_a_challenge_bars_and_lifting_it_asks_the_judge_again(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    code = panel.entries[0].code
    organizer, judge = client_of(app, panel.organizer), client_of(app, panel.judges[0])
    form = {"number": "1", "entry_code": code.lower(), "note": "Told us."}
    barred = organizer.post(_url(panel, "/conflicts"), data=form)
    assert barred.status_code == 303
    assert judge.get(f"/en/judge/{task.code}").status_code == 404
    undo = _url(panel, f"/conflicts/1/{code}/undo")
    assert organizer.post(undo, data={"reason": ""}).status_code == 422
    assert organizer.post(undo, data={"reason": "A mix-up of names."}).status_code == 303
    assert organizer.post(undo, data={"reason": "Again."}).status_code == 404
    door = judge.get(f"/en/judge/{task.code}")
    assert (door.status_code, door.location) == (303, f"/en/judge/{task.code}/declare")
    assert _actions() == ["conflict.challenged", "conflict.undone"]


@pytest.mark.parametrize(("answer", "counts", "progress"), [
    ({"answer": "none"}, (1, {}), ("cleared", "submitted")),
    ({"answer": "tied", "relation": "family"}, (0, {"conflict": 1}), ("recused", "out")),
])
def test_scores_of_a_lifted_conflict_wait_for_the_judge_s_answer(
    app: Flask, answer: dict[str, str], counts: tuple[int, dict[str, int]], progress: tuple[str, str]
) -> None:
    """Barring somebody by mistake loses no scores: they count again once the judge has said that there is no tie."""
    panel = make_panel(judges=1, entries=1)
    entry = panel.entries[0]
    task = make_assignment(panel, panel.seats[0], entry)
    make_sheet(panel, task, entry)
    organizer, judge = client_of(app, panel.organizer), client_of(app, panel.judges[0])
    form = {"number": "1", "entry_code": entry.code, "note": "Told us."}

    def stands() -> tuple[Any, Any]:
        db.session.rollback()
        seen = snapshot(panel.rubric.stage_id)
        row = db.session.execute(select(Assignment.state, Assignment.progress)).one()
        db.session.rollback()
        return (len(seen.entry), seen.left_out), tuple(row)

    sign = sign_with(app, panel)
    assert organizer.post(_url(panel, "/conflicts"), data=form).status_code == 303
    assert stands() == ((1, {}), ("cleared", "submitted"))
    sign()
    assert stands() == ((0, {"conflict": 1}), ("recused", "out"))
    undo = _url(panel, f"/conflicts/1/{entry.code}/undo")
    assert organizer.post(undo, data={"reason": "A mix-up."}).status_code == 303
    sign()
    assert stands() == ((0, {"unanswered": 1}), ("assigned", "waiting"))
    assert f"/en/judge/{task.code}" in judge.get("/en/judge?view=todo").text
    assert judge.get(f"/en/judge/{task.code}").location == f"/en/judge/{task.code}/declare"
    assert judge.get(f"/en/judge/{task.code}/declare").status_code == 200
    assert judge.post(f"/en/judge/{task.code}/declare", data=answer).status_code == 303
    assert stands() == (counts, progress)
    assert judge.get(f"/en/judge/{task.code}/declare").status_code == 404


def test_an_organizer_of_another_programme_finds_nothing(app: Flask) -> None:
    panel, other = make_panel(judges=1, entries=1), make_panel(judges=1, entries=1)
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    foreign = client_of(app, other.organizer)
    for path in ("/panel", "/panel/1", "/assignments", "/progress", "/progress/remind", "/conflicts", "/judge-files",
                 f"/sheets/{task.code}"):
        assert foreign.get(_url(panel, path)).status_code == 404
    assert foreign.get(_url(other, f"/sheets/{task.code}")).status_code == 404
    assert foreign.post(_url(other, f"/sheets/{task.code}/reopen"), data={"reason": "x"}).status_code == 404
    assert foreign.post(_url(other, f"/assignments/{panel.entries[0].code}"), data={"judge": "1"}).status_code == 404
