"""The demo's log tells of all that is there, and what is changed behind its back is found."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import delete, select, update

from competition.calls.models import Call
from competition.decisions.models import PublishedDecision
from competition.demo.load import load
from competition.entries.models import Revision
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat, SheetVersion
from competition.kernel import clock
from competition.kernel.data import evidence, transaction
from competition.kernel.data.models import AuditEvent, AuditHead
from competition.results.models import Run, RunEntry
from tests.factories.rewriting import rewrite


def _faults() -> list[str]:
    faults = evidence.verify()[1]
    db.session.rollback()
    return faults


def _first(column, *where):
    value = db.session.scalars(select(column).where(*where).order_by(column)).first()
    db.session.rollback()
    return value


def test_every_change_behind_the_log_is_found(app: Flask) -> None:
    with app.test_request_context("/en/"):
        load(now=clock.now(), report=lambda _done, _total, _what: None)
    assert _faults() == []
    sheet = _first(ScoreSheet.id, ScoreSheet.state == "submitted")
    revision, version = _first(Revision.id), _first(SheetVersion.id)
    assignment = _first(Assignment.id, Assignment.state != "removed", Seat.state == "accepted",
                        Seat.id == Assignment.seat_id)
    changes = [
        ("differ", update(ScoreSheet).where(ScoreSheet.id == sheet).values(overall="Better.")),
        ("void", update(ScoreSheet).where(ScoreSheet.id == sheet).values(voided_at=clock.now())),
        ("sealed version was changed", update(SheetVersion).where(SheetVersion.id == version).values(content={})),
        ("answers or files were changed", update(Revision).where(Revision.id == revision).values(answers={})),
        ("decisions was changed", update(PublishedDecision).values(outcome="selected")),
        ("run 1", update(Run).values(result_digest="0" * 64)),
        ("its lines were changed", update(RunEntry).values(rank=1)),
        ("of an assignment that is not there", update(Assignment).where(
            Assignment.id == assignment).values(state="removed")),
        ("conflict of interest that is not there", delete(Conflict)),
    ]
    for words, statement in changes:
        before = len(_faults())
        rewrite(statement)
        faults = _faults()
        assert len(faults) > before, words
        assert any(words in fault for fault in faults), words


def test_a_call_without_its_chain_is_a_fault(app: Flask) -> None:
    with app.test_request_context("/en/"):
        load(now=clock.now(), report=lambda _done, _total, _what: None)
    call = _first(Call.id, Call.code == "XSG-06")
    rewrite(delete(AuditEvent).where(AuditEvent.chain == str(call)))
    with transaction.write():
        db.session.execute(delete(AuditHead).where(AuditHead.chain == str(call)))
    assert f"{call}: the head does not match the last event" in _faults()

