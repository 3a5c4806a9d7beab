"""Progress, reminders, and pages whose number of queries does not grow with their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from competition.calls.models import Stage
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, Seat
from competition.judging.queries import judge_queue, progress, tasks
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import MailMessage
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.calls import NOW
from tests.factories.entries import make_submitted, make_team
from tests.factories.judging import Panel, close_stage, make_assignment, make_panel, make_seat, make_sheet


def _late(panel: Panel) -> None:
    with transaction.write():
        db.session.get_one(Stage, panel.rubric.stage_id).due_at = NOW


@pytest.fixture
def halfway(app: Flask) -> Panel:
    """Three judges, three entries: one judge has finished, one began, one has done nothing and is recused once."""
    panel = make_panel(judges=3, entries=3)
    for entry in panel.entries:
        make_sheet(panel, make_assignment(panel, panel.seats[0], entry), entry)
    begun = make_assignment(panel, panel.seats[1], panel.entries[0])
    make_sheet(panel, begun, panel.entries[0], [None] * len(panel.rubric.criteria), state="draft", submitted_at=None)
    make_assignment(panel, panel.seats[2], panel.entries[0], state="assigned", declared_at=None)
    make_assignment(panel, panel.seats[2], panel.entries[1], state="recused", progress="out")
    _late(panel)
    return panel


def test_tiles_judges_and_chips(halfway: Panel) -> None:
    tiles = progress.tiles(halfway.call)
    assert (tiles.total, tiles.done, tiles.drafts, tiles.waiting, tiles.recused) == (5, 3, 1, 1, 1)
    assert (tiles.entries, tiles.short, tiles.due_at) == (3, 2, NOW)
    judges = progress.judges(halfway.call, clock.now())
    assert [(j.number, j.assigned, j.done, j.drafts, j.recused, j.late) for j in judges] == [
        (1, 3, 3, 0, 0, False), (2, 1, 0, 1, 0, True), (3, 1, 0, 0, 1, True),
    ]
    assert [j.last_active for j in judges] == [NOW, NOW, None]
    rows = progress.entries(halfway.call, "", None).rows
    assert [(row.code, row.done) for row in rows] == [(entry.code, 1) for entry in halfway.entries]
    assert [(c.number, c.status, c.score) for c in rows[0].chips] == [
        (1, "submitted", None), (2, "draft", None), (3, "assigned", None),
    ]
    assert [(c.number, c.status) for c in rows[1].chips] == [(1, "submitted"), (3, "recused")]
    close_stage(halfway)
    chips = progress.entries(halfway.call, "", None).rows[0].chips
    assert [(c.number, c.status, c.score) for c in chips][:2] == [(1, "submitted", 7000), (2, "draft", None)]


@pytest.mark.parametrize(("view", "seats"), [
    ("", [0, 1, 2]), ("submitted", [0, 1, 2]), ("draft", [0]), ("waiting", [0]), ("recused", [1]), ("short", [1, 2]),
])
def test_tiles_filter(halfway: Panel, view: str, seats: list[int]) -> None:
    rows = progress.entries(halfway.call, view, None).rows
    assert [row.code for row in rows] == [halfway.entries[at].code for at in seats]


def test_only_the_late_are_reminded_and_only_those_ticked(app: Flask, halfway: Panel) -> None:
    client = client_of(app, halfway.organizer)
    url = f"/en/organizer/calls/{halfway.call.code}/progress"
    assert "2 judges are late" in client.get(url).text
    preview = client.get(f"{url}/remind").text
    emails = [user.email for user in halfway.judges]
    assert [email in preview for email in emails] == [False, True, True]
    assert [email in client.get(f"{url}/remind?judge=3").text for email in emails] == [False, False, True]
    db.session.rollback()
    assert db.session.query(MailMessage).count() == 0
    assert client.post(f"{url}/remind", data={"judge": ["1", "3"]}).status_code == 303
    db.session.rollback()
    mail = db.session.scalars(select(MailMessage)).one()
    assert (mail.to, mail.subject) == (emails[2], "1 entry still waits for your scores")
    assert "0 of 1" in mail.body
    seats = db.session.scalars(select(Seat).order_by(Seat.number)).all()
    assert [seat.reminded_at is not None for seat in seats] == [False, False, True]


@contextmanager
def _counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


def _more_entries(panel: Panel, count: int) -> None:
    lead = make_user()
    for _ in range(count):
        entry = make_submitted(panel.call, make_team(lead))
        make_sheet(panel, make_assignment(panel, panel.seats[0], entry), entry, state="draft", submitted_at=None)
        make_assignment(panel, panel.seats[1], entry, state="assigned", declared_at=None)


def _more_judges(panel: Panel, count: int) -> None:
    for _ in range(count):
        make_assignment(panel, make_seat(panel.call), panel.entries[0])


@pytest.mark.parametrize(("path", "as_judge", "grow"), [
    ("/en/judge", True, _more_entries),
    ("/en/judge?view=all", True, _more_entries),
    ("/en/judge/submit-ready", True, _more_entries),
    ("/en/organizer/calls/{}/progress", False, _more_entries),
    ("/en/organizer/calls/{}/assignments", False, _more_entries),
    ("/en/organizer/calls/{}/progress", False, _more_judges),
    ("/en/organizer/calls/{}/panel", False, _more_judges),
    ("/en/organizer/calls/{}/progress/remind", False, _more_judges),
])
def test_the_number_of_queries_does_not_grow(
    app: Flask, path: str, as_judge: bool, grow: Callable[[Panel, int], None]
) -> None:
    panel = make_panel(judges=2, entries=1)
    grow(panel, 3)
    client = client_of(app, panel.judges[0] if as_judge else panel.organizer)
    url = path.format(panel.call.code)
    client.get(url)
    with _counted() as few:
        assert client.get(url).status_code == 200
    grow(panel, 27)
    client.get(url)  # what a revision is called is read once by a process
    with _counted() as many:
        assert client.get(url).status_code == 200
    assert len(many) == len(few)


def test_drafts_are_the_judge_s_own_and_open_to_them(app: Flask) -> None:
    panel = make_panel(judges=2, entries=7)
    changes: list[dict[str, Any]] = [{}, {}, {}, {"state": "recused"}, {"state": "assigned"}, {}, {}]
    assignments = []
    for entry, columns in zip(panel.entries, changes, strict=True):
        assignments.append(make_assignment(panel, panel.seats[0], entry, **columns))
        make_sheet(panel, assignments[-1], entry, state="draft", submitted_at=None)
    make_sheet(panel, make_assignment(panel, panel.seats[1], panel.entries[0]), panel.entries[0], state="draft",
               submitted_at=None)
    with transaction.write():
        db.session.add(Conflict(id=new_id(), seat_id=panel.seats[0].id, entry_id=panel.entries[5].id, kind="self",
                                declared_at=NOW, declared_by=None))
        db.session.get_one(Assignment, assignments[6].id).progress = "submitted"
    drafts = tasks.drafts(actor_of(panel.judges[0]), panel.seats[0].id)
    assert [task.code for task in drafts] == [task.code for task in assignments[:3]]
    assert drafts[0] == tasks.own_task(actor_of(panel.judges[0]), assignments[0].code)
    assert tasks.drafts(actor_of(panel.judges[1]), panel.seats[0].id) == []


def test_the_queue_pages_through_everything_once(app: Flask) -> None:
    panel = make_panel(judges=2, entries=0)
    _more_entries(panel, 11)
    seat = tasks.seats_of(panel.judges[0].id)[0][0]
    assert (seat.done, seat.drafts, seat.waiting, seat.total, seat.open) == (0, 11, 0, 11, 11)
    for view in ("todo", "all"):
        codes: list[str] = []
        cursor = None
        while True:
            page = judge_queue.queue(seat.id, view, cursor, size=4)
            codes += [row.code for row in page.rows]
            cursor = page.next
            if cursor is None:
                break
        assert len(codes) == len(set(codes)) == 11


def test_a_new_judge_is_not_late_before_the_due_date(app: Flask) -> None:
    panel = make_panel(judges=1, entries=1)
    make_assignment(panel, panel.seats[0], panel.entries[0])
    with transaction.write():
        db.session.get_one(Stage, panel.rubric.stage_id).due_at = clock.now() + timedelta(days=1)
    assert [judge.late for judge in progress.judges(panel.call, clock.now())] == [False]
