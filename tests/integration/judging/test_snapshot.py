"""The arrays that an aggregation reads: exactly the scores that count, in one order, on both engines."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import insert

from competition.calls.models import Criterion, RubricVersion
from competition.entries.models import Entry, Revision, Team
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat
from competition.judging.queries.snapshot import digest_now, snapshot
from competition.judging.scores import MISSING
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_code, new_id
from tests.factories.calls import NOW
from tests.factories.judging import Panel, make_assignment, make_panel, make_sheet

Change = Callable[[Panel, Any, Any], None]


def _set(model: type[Any], key: Any, **columns: Any) -> None:
    with transaction.write():
        row = db.session.get_one(model, key)
        for name, value in columns.items():
            setattr(row, name, value)


def test_scores_come_as_arrays_in_the_order_of_codes_and_seats(app: Flask) -> None:
    panel = make_panel(judges=3, entries=3)
    width = len(panel.rubric.criteria)
    scores_of = {}
    for at, (j, e) in enumerate([(2, 1), (0, 0), (1, 1), (0, 1)]):
        task = make_assignment(panel, panel.seats[j], panel.entries[e])
        values = [50 * ((at + c) % 21) for c in range(width)]
        scores_of[(e, j)] = (values, make_sheet(panel, task, panel.entries[e], values).id)
    taken = snapshot(panel.rubric.stage_id)
    assert taken.entry_ids == tuple(entry.id for entry in panel.entries)
    assert taken.seat_ids == tuple(seat.id for seat in panel.seats)
    pairs = sorted(scores_of)
    assert list(zip(taken.entry.tolist(), taken.seat.tolist(), strict=True)) == pairs
    assert taken.scores.tolist() == [scores_of[pair][0] for pair in pairs]
    assert taken.sheet_ids == tuple(scores_of[pair][1] for pair in pairs)
    assert taken.quotes.tolist() == [28_000_000] * 3
    assert (taken.call_id, taken.rubric) == (panel.call.id, panel.rubric)
    assert taken.rubric_version_ids == (panel.rubric.id,)
    assert (taken.entry.dtype, taken.seat.dtype, taken.scores.dtype) == (np.int32, np.int32, np.int32)
    db.session.rollback()
    assert snapshot(panel.rubric.stage_id).digest == digest_now(panel.rubric.stage_id) == taken.digest


def _conflict(panel: Panel, task: Any, sheet: Any) -> None:
    with transaction.write():
        db.session.add(Conflict(
            id=new_id(), seat_id=task.seat_id, entry_id=task.entry_id, kind="challenged", relation="other",
            declared_at=NOW,
        ))


@pytest.mark.parametrize("change", [
    pytest.param(lambda p, task, sheet: _set(Assignment, task.id, state="recused", progress="out"), id="recused"),
    pytest.param(lambda p, task, sheet: _set(Assignment, task.id, state="removed", progress="out"), id="taken back"),
    pytest.param(lambda p, task, sheet: _set(Assignment, task.id, state="assigned"), id="not cleared"),
    pytest.param(lambda p, task, sheet: _set(Seat, task.seat_id, state="removed"), id="seat removed"),
    pytest.param(lambda p, task, sheet: _set(ScoreSheet, sheet.id, state="draft"), id="draft"),
    pytest.param(_conflict, id="conflict"),
])
def test_what_does_not_count_is_left_out(app: Flask, change: Change) -> None:
    panel = make_panel(judges=2, entries=1)
    tasks = [make_assignment(panel, seat, panel.entries[0]) for seat in panel.seats]
    sheets = [make_sheet(panel, task, panel.entries[0], [100 * at] * len(panel.rubric.criteria))
              for at, task in enumerate(tasks, 1)]
    before = snapshot(panel.rubric.stage_id)
    assert before.scores[:, 0].tolist() == [100, 200]
    change(panel, tasks[0], sheets[0])
    after = snapshot(panel.rubric.stage_id)
    assert after.scores[:, 0].tolist() == [200]
    assert after.digest != before.digest
    assert digest_now(panel.rubric.stage_id) == after.digest


def test_an_entry_that_changed_or_left_takes_its_scores_along(app: Flask) -> None:
    panel = make_panel(judges=1, entries=2)
    for entry in panel.entries:
        make_sheet(panel, make_assignment(panel, panel.seats[0], entry), entry)
    with transaction.write():
        newer = Revision(
            id=new_id(), entry_id=panel.entries[0].id, number=2, answers={}, files=[], digest="x" * 64,
            quote_minor=1, received_at=NOW, deadline_at=NOW, grace_seconds=60,
        )
        db.session.add(newer)
        db.session.flush()
        db.session.get_one(Entry, panel.entries[0].id).revision_id = newer.id
    assert snapshot(panel.rubric.stage_id).entry.tolist() == [1]
    _set(Entry, panel.entries[1].id, state="withdrawn")
    left = snapshot(panel.rubric.stage_id)
    assert (left.entry_ids, left.entry.tolist()) == ((panel.entries[0].id,), [])


def test_scores_under_an_older_rubric_keep_their_place_by_key_and_scale(app: Flask) -> None:
    panel = make_panel(judges=2, entries=1)
    old = panel.rubric.criteria
    task = make_assignment(panel, panel.seats[0], panel.entries[0])
    make_sheet(panel, task, panel.entries[0], [100 * at for at in range(len(old))])
    newer = new_id()
    with transaction.write():
        db.session.add(RubricVersion(
            id=newer, stage_id=panel.rubric.stage_id, number=2, name={}, created_at=NOW
        ))
        db.session.flush()
        for place, (key, hi) in enumerate([("fresh", 1000), (old[2].key, 1000), (old[1].key, 500)]):
            db.session.add(Criterion(
                id=new_id(), rubric_version_id=newer, position=place, key=key, label={}, guidance={}, weight=10,
                lo=0, hi=hi, step=50, gate=False,
            ))
    second = make_assignment(panel, panel.seats[1], panel.entries[0])
    make_sheet(panel, second, panel.entries[0], [50, 60, 70], rubric_version_id=newer)
    taken = snapshot(panel.rubric.stage_id)
    assert [c.key for c in taken.rubric.criteria] == ["fresh", old[2].key, old[1].key]
    assert taken.scores.tolist() == [[MISSING, 200, MISSING], [50, 60, 70]]
    assert taken.rubric_version_ids == (panel.rubric.id, newer)
    assert taken.rubric_version.tolist() == [0, 1]


def test_nothing_scored_yet(app: Flask) -> None:
    panel = make_panel(judges=2, entries=2)
    taken = snapshot(panel.rubric.stage_id)
    assert taken.scores.shape == (0, len(panel.rubric.criteria))
    assert (len(taken.entry_ids), len(taken.seat_ids), taken.sheet_ids) == (2, 2, ())


def test_thirty_thousand_sheets_are_read_without_a_step_of_python_for_each(app: Flask) -> None:
    panel = make_panel(judges=50, entries=1)
    _bulk(panel, entries=600)
    taken = snapshot(panel.rubric.stage_id)
    assert taken.scores.shape == (30_000, len(panel.rubric.criteria))
    db.session.rollback()
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        snapshot(panel.rubric.stage_id)
    finally:
        sys.setprofile(None)
    assert calls < 30_000


def _bulk(panel: Panel, entries: int) -> None:
    base = panel.entries[0]
    team_ids, ids, revisions = ([new_id() for _ in range(entries)] for _ in range(3))
    with transaction.write():
        session = db.session
        session.execute(insert(Team), [
            {"id": one, "code": new_code(12), "name": "T", "created_at": NOW} for one in team_ids
        ])
        session.execute(insert(Entry), [
            {"id": one, "call_id": base.call_id, "team_id": team, "code": new_code(12), "state": "submitted",
             "draft": {}, "created_at": NOW, "saved_at": NOW}
            for one, team in zip(ids, team_ids, strict=True)
        ])
        session.execute(insert(Revision), [
            {"id": one, "entry_id": entry, "number": 1, "answers": {}, "files": [], "digest": "0" * 64,
             "quote_minor": 1, "received_at": NOW, "deadline_at": NOW, "grace_seconds": 0}
            for one, entry in zip(revisions, ids, strict=True)
        ])
        for entry, revision in zip(ids, revisions, strict=True):
            session.get_one(Entry, entry).revision_id = revision
        session.flush()
        tasks = [(new_id(), seat.id, entry) for entry in ids for seat in panel.seats]
        session.execute(insert(Assignment), [
            {"id": task, "stage_id": panel.rubric.stage_id, "seat_id": seat, "entry_id": entry, "code": new_code(16),
             "state": "cleared", "progress": "submitted", "assigned_at": NOW} for task, seat, entry in tasks
        ])
        of_entry: dict[UUID, UUID] = dict(zip(ids, revisions, strict=True))
        raw = np.full(len(panel.rubric.criteria), 500, "<i4").tobytes()
        session.execute(insert(ScoreSheet), [
            {"id": new_id(), "assignment_id": task, "rubric_version_id": panel.rubric.id,
             "revision_id": of_entry[entry], "state": "submitted", "scores": raw, "comments": [], "saved_at": NOW,
             "submitted_at": NOW} for task, _seat, entry in tasks
        ])
