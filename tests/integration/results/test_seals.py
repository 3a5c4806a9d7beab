"""A run computes from scores only when each sheet is what was sealed, and names those that are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from competition.calls.models import Call
from competition.calls.queries import deciding_stage
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat, SheetVersion
from competition.judging.queries.seals import Broken, broken_seals
from competition.judging.scores import pack
from competition.judging.sealed_content import digest_of
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent
from competition.results.models import Run
from competition.results.service import runs
from tests.factories.accounts import actor_of, make_user
from tests.factories.calls import make_programme
from tests.factories.results import make_judged
from tests.factories.rewriting import rewrite

SHEETS = {"AAA1": {1: (9, 9), 2: (8, 9)}, "BBB2": {1: (8, 7), 2: (8, 8)}}


@pytest.fixture
def judged(app: Flask) -> tuple[Call, Any]:
    """A judged call, and the id of the sheet of judge 2 on AAA1."""
    call = make_judged(make_programme(make_user()), SHEETS, quorum=2)
    sheet = db.session.scalars(
        select(ScoreSheet.id).join(Assignment, Assignment.id == ScoreSheet.assignment_id)
        .join(Seat, Seat.id == Assignment.seat_id)
        .where(Seat.number == 2).order_by(ScoreSheet.id).limit(1)
    ).one()
    db.session.rollback()
    return call, sheet


def _broken(call: Call) -> list[Broken]:
    broken = broken_seals(deciding_stage(call.id).id)
    db.session.rollback()
    return broken


def _change_row(sheet: Any) -> None:
    rewrite(update(ScoreSheet).where(ScoreSheet.id == sheet).values(scores=pack([1000, 1000])))


def _change_row_by_reopening(sheet: Any) -> None:
    """What no trigger refuses: a draft may be changed and submitted again."""
    of = ScoreSheet.id == sheet
    with transaction.write():
        db.session.execute(update(ScoreSheet).where(of).values(state="draft"))
        db.session.execute(update(ScoreSheet).where(of).values(scores=pack([1000, 1000])))
        db.session.execute(update(ScoreSheet).where(of).values(state="submitted"))


def _change_both(sheet: Any) -> None:
    """Row and version alike, with a digest that fits: only the log is left to tell."""
    version = db.session.scalars(select(SheetVersion).where(SheetVersion.sheet_id == sheet)).one()
    content = {**version.content, "scores": [1000, 1000]}
    digest = digest_of(content, version.submitted_at)
    db.session.rollback()
    rewrite(update(SheetVersion).where(SheetVersion.sheet_id == sheet).values(content=content, digest=digest))
    _change_row(sheet)


def _change_version(sheet: Any) -> None:
    rewrite(update(SheetVersion).where(SheetVersion.sheet_id == sheet).values(content={"scores": [1000, 1000]}))


def _drop_version(sheet: Any) -> None:
    rewrite(delete(SheetVersion).where(SheetVersion.sheet_id == sheet))


def _move(sheet: Any) -> None:
    """The sheets of two judges change places."""
    entry = select(Assignment.entry_id).join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
    mine = db.session.scalars(entry.where(ScoreSheet.id == sheet)).one()
    (one, first), (two, second) = db.session.execute(
        select(Assignment.id, Assignment.code).where(Assignment.entry_id == mine)
    ).all()
    db.session.rollback()
    with transaction.write():
        for key, code in ((one, "moving"), (two, first), (one, second)):
            db.session.execute(update(Assignment).where(Assignment.id == key).values(code=code))


def _void(sheet: Any) -> None:
    with transaction.write():
        db.session.execute(update(ScoreSheet).where(ScoreSheet.id == sheet).values(voided_at=clock.now()))


@pytest.mark.parametrize(("change", "how"), [
    (_change_row, "row"), (_change_row_by_reopening, "row"), (_change_both, "log"), (_change_version, "version"),
    (_drop_version, "unsealed"), (_void, "void"),
])
def test_a_sheet_that_is_not_what_was_sealed_is_named(
    judged: tuple[Call, Any], change: Callable[[Any], None], how: str
) -> None:
    call, sheet = judged
    assert _broken(call) == []
    change(sheet)
    assert _broken(call) == [Broken("AAA1", 2, how)]


def test_sheets_under_each_others_names_are_noticed(judged: tuple[Call, Any]) -> None:
    call, sheet = judged
    _move(sheet)
    assert {(one.entry_code, one.how) for one in _broken(call)} == {("AAA1", "log")}


def test_the_run_fails_and_says_which_sheet(
    judged: tuple[Call, Any], run_jobs: Callable[[], list[str]]
) -> None:
    call, sheet = judged
    _change_row(sheet)
    with transaction.write():
        runs.request_run(call=db.session.get_one(Call, call.id), actor=actor_of(make_user()), now=clock.now())
    assert "results.aggregate: done" in run_jobs()
    run = db.session.scalars(select(Run)).one()
    assert (run.state, run.result_digest) == ("failed", None)
    assert run.summary["error"] == (
        "1 score sheet is not what was sealed, so nothing was computed. "
        "judge 2 on entry AAA1: the scores differ from the sealed version"
    )
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "results.run_failed")).one()
    assert "judge 2 on entry AAA1" in event.data["reason"]
