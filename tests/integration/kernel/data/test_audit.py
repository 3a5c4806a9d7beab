"""The chain: each event follows the one before; nothing can be changed, and a change would show."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import audit, transaction
from competition.kernel.data.models import AuditEvent, AuditHead


def _three() -> None:
    for number in range(3):
        with transaction.write():
            audit.record("thing.done", chain="c", subject="s", actor_id=None, now=clock.now(), number=number)


def test_a_whole_chain_verifies(app: Flask) -> None:
    _three()
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.prev_hash for event in events] == [audit.GENESIS, events[0].hash, events[1].hash]
    assert audit.verify("c") == []
    assert audit.chains() == ["c"]


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"])
def test_the_database_refuses_to_rewrite(app: Flask, statement: str) -> None:
    _three()
    with pytest.raises(DBAPIError, match="append-only"), transaction.write():
        db.session.execute(text(statement))


@pytest.mark.parametrize(("change", "fault"), [
    ("UPDATE audit_event SET action = 'x' WHERE seq = 2", "c: event 2 was altered"),
    ("DELETE FROM audit_event WHERE seq = 3", "c: the head does not match the last event"),
    ("DELETE FROM audit_event WHERE seq = 2", "c: event 2 is missing"),
])
def test_who_gets_past_the_triggers_is_seen(app: Flask, change: str, fault: str) -> None:
    _three()
    with transaction.write():
        if db.engine.dialect.name == "sqlite":
            for name in ("audit_event_no_update", "audit_event_no_delete"):
                db.session.execute(text(f"DROP TRIGGER {name}"))
        else:
            db.session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        db.session.execute(text(change))
    assert fault in audit.verify("c")


def test_a_rolled_back_event_leaves_no_gap(app: Flask) -> None:
    _three()
    with pytest.raises(ZeroDivisionError), transaction.write():
        audit.record("thing.done", chain="c", subject="s", actor_id=None, now=clock.now())
        raise ZeroDivisionError
    assert db.session.get_one(AuditHead, "c").seq == 3
    assert audit.verify("c") == []


def test_the_command_says_so(app: Flask) -> None:
    _three()
    assert app.test_cli_runner().invoke(args=["opencall", "verify-log"]).output == "1 chains, 0 faults\n"
