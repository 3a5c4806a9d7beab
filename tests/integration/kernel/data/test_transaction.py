"""One transaction per request: committed below 400, rolled back otherwise, retried after a lock."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import audit, transaction
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import AuditHead, MailMessage
from competition.kernel.errors import Busy
from competition.kernel.web.access import Permission, requires

WRITERS, EACH = 32, 4


def _message() -> MailMessage:
    return MailMessage(id=new_id(), to="a@example.test", subject="s", body="", lang="en", created_at=clock.now())


def _count() -> int:
    return db.session.scalar(select(func.count()).select_from(MailMessage)) or 0


@pytest.mark.parametrize(("status", "stored"), [(200, 1), (303, 1), (404, 0), (422, 0), (500, 0)])
def test_the_status_decides(make_app: Callable[..., Flask], status: int, stored: int) -> None:
    app = make_app()

    @app.post("/write")
    @requires(Permission.PUBLIC)
    def write() -> tuple[str, int]:
        db.session.add(_message())
        return "", status

    assert app.test_client().post("/write").status_code == status
    with app.app_context():
        assert _count() == stored


def test_an_exception_rolls_back(make_app: Callable[..., Flask]) -> None:
    app = make_app()

    @app.post("/write")
    @requires(Permission.PUBLIC)
    def write() -> str:
        db.session.add(_message())
        db.session.flush()
        raise ZeroDivisionError

    assert app.test_client().post("/write").status_code == 500
    with app.app_context():
        assert _count() == 0


def test_a_reading_request_cannot_write(make_app: Callable[..., Flask]) -> None:
    app = make_app()

    @app.get("/sneaky")
    @requires(Permission.PUBLIC)
    def sneaky() -> str:
        db.session.add(_message())
        db.session.flush()
        return ""

    assert app.test_client().get("/sneaky").status_code == 500
    with app.app_context():
        assert _count() == 0


def test_thirty_two_writers_lose_nothing(app: Flask) -> None:
    """Read, then write, in one chain: the worst case for SQLite, and a forked chain if the lock failed."""
    errors: list[Exception] = []
    barrier = threading.Barrier(WRITERS)

    def work() -> None:
        barrier.wait()
        for _turn in range(EACH):
            with app.app_context():
                try:
                    transaction.attempt(lambda: audit.record(
                        "test", chain="contended", subject="x", actor_id=None, now=clock.now()))
                except (DBAPIError, Busy) as error:
                    errors.append(error)

    with transaction.write():
        audit.record("first", chain="contended", subject="x", actor_id=None, now=clock.now())
    threads = [threading.Thread(target=work) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert errors == []
    assert db.session.get_one(AuditHead, "contended").seq == WRITERS * EACH + 1
    assert audit.verify("contended") == []


def test_a_transient_failure_is_tried_again_and_then_admitted(app: Flask) -> None:
    tries: list[int] = []

    def locked_until(last: int) -> str:
        tries.append(1)
        if len(tries) < last:
            raise OperationalError("x", {}, Exception("database is locked"))
        return "done"

    assert transaction.attempt(lambda: locked_until(3)) == "done"
    assert len(tries) == 3
    tries.clear()
    with app.test_request_context("/en/"), pytest.raises(Busy):
        transaction.attempt(lambda: locked_until(99))
    assert len(tries) == transaction.ATTEMPTS
