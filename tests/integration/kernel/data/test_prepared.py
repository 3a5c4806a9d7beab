"""A prepared statement answers what the same statement answers on the session, with the same errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Uuid, bindparam, event, exists, func, insert, literal, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.columns import Instant
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import MailMessage, OutboxJob
from competition.kernel.data.prepared import Prepared, read_apart
from competition.kernel.web.access import Permission, requires


def _row(*values: Any) -> tuple[Any, ...]:
    return values


pytestmark = pytest.mark.usefixtures("db_session")
NOW = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)


def _job(name: str, at: datetime, **payload: Any) -> OutboxJob:
    return OutboxJob(id=new_id(), kind=name, key=name, payload=payload, attempt=0, due_at=at, created_at=at)


@pytest.fixture
def jobs() -> list[OutboxJob]:
    made = [
        _job(f"kind-{n}", NOW + timedelta(hours=n), text="한국어 “quoted”", deep={"list": [n, None]}) for n in range(4)
    ]
    with transaction.write():
        db.session.add_all(made)
    return made


def test_every_column_type_comes_back_as_from_the_session(jobs: list[OutboxJob]) -> None:
    statement = (
        select(*OutboxJob.__table__.columns, literal(None).label("no_value"), exists(MailMessage.id).label("has_mail"))
        .where(OutboxJob.due_at >= bindparam("since", type_=Instant))
        .where(OutboxJob.kind.in_(("kind-1", "kind-2", "kind-3")))
        .order_by(OutboxJob.due_at)
    )
    values = {"since": NOW + timedelta(hours=2)}

    plain = db.session.connection().execute(statement, values).all()
    rows = Prepared(lambda: statement, _row).all(**values)

    assert [row.kind for row in plain] == ["kind-2", "kind-3"]
    assert rows == [tuple(row) for row in plain]
    assert [type(value) for value in rows[0]] == [type(value) for value in plain[0]]


def test_the_first_row_or_none(jobs: list[OutboxJob]) -> None:
    one = Prepared(lambda: select(OutboxJob.kind).where(OutboxJob.id == bindparam("id", type_=Uuid)), _row)

    assert one.first(id=jobs[3].id) == ("kind-3",)
    assert one.first(id=new_id()) is None
    assert one.all(id=new_id()) == []


def test_read_apart_it_leaves_no_transaction_open(jobs: list[OutboxJob], engine_name: str) -> None:
    one = Prepared(lambda: select(OutboxJob.kind).where(OutboxJob.id == bindparam("id", type_=Uuid)), _row)
    ids, pool = [job.id for job in jobs], db.engine.pool
    db.session.rollback()

    out = pool.checkedout()  # type: ignore[attr-defined]
    assert [one.first_apart(id=job_id) for job_id in (*ids[:2], new_id())] == [("kind-0",), ("kind-1",), None]
    assert (db.session().in_transaction(), pool.checkedout()) == (False, out)  # type: ignore[attr-defined]
    with pytest.raises(DBAPIError):
        Prepared(lambda: select(func.no_such_function()), _row).first_apart()
    assert pool.checkedout() == out  # type: ignore[attr-defined]


def test_it_writes_only_where_writing_is_meant(jobs: list[OutboxJob]) -> None:
    job_id = jobs[0].id
    move = Prepared(lambda: (
        update(OutboxJob.__table__).where(OutboxJob.__table__.c.id == bindparam("which"))
        .values(attempt=bindparam("next"), due_at=bindparam("due"))
    ), _row)
    with pytest.raises(RuntimeError):
        move.run(which=job_id, next=7, due=NOW)
    with transaction.write():
        assert move.run(which=job_id, next=7, due=NOW - timedelta(days=1)) == 1
        assert move.run(which=new_id(), next=7, due=NOW) == 0
    stored = db.session.get_one(OutboxJob, job_id)
    assert (stored.attempt, stored.due_at) == (7, NOW - timedelta(days=1))


def test_what_python_would_fill_in_must_be_given() -> None:
    with transaction.mode(writing=True), pytest.raises(ValueError, match="defaults must be given"):
        Prepared(lambda: insert(OutboxJob.__table__).values(kind="k"), _row).run()


def test_a_parameter_may_stand_twice_beside_constants(jobs: list[OutboxJob]) -> None:
    told = Prepared(lambda: (
        select(OutboxJob.kind, bindparam("word", type_=OutboxJob.kind.type).label("word"))
        .where(OutboxJob.kind != bindparam("word"), OutboxJob.attempt == 0, OutboxJob.due_at > NOW)
        .order_by(OutboxJob.kind.desc()).limit(2)
    ), _row)

    assert told.all(word="kind-3") == [("kind-2", "kind-3"), ("kind-1", "kind-3")]
    assert told.all(word="kind-2") == [("kind-3", "kind-2"), ("kind-1", "kind-2")]


def test_it_reads_in_the_transaction_of_the_session() -> None:
    count = Prepared(lambda: select(func.count().label("n")).select_from(MailMessage), _row)
    with transaction.mode(writing=True):
        db.session.add(MailMessage(id=new_id(), to="a@example.test", subject="s", body="", lang="en", created_at=NOW))
        db.session.flush()
        assert count.first() == (1,)
    assert count.first() == (0,)


def test_a_missing_parameter_is_an_error(jobs: list[OutboxJob]) -> None:
    one = Prepared(lambda: select(OutboxJob.kind).where(OutboxJob.id == bindparam("id", type_=Uuid)), _row)
    with pytest.raises(KeyError):
        one.first()


def test_errors_are_those_of_the_session() -> None:
    statement = select(func.no_such_function())
    with pytest.raises(DBAPIError) as plain:
        db.session.execute(statement)
    db.session.rollback()
    with pytest.raises(DBAPIError) as prepared:
        Prepared(lambda: statement, _row).first()

    assert type(prepared.value) is type(plain.value)
    assert type(prepared.value.orig) is type(plain.value.orig)
    assert type(plain.value) in (OperationalError, ProgrammingError)


def test_a_lost_connection_is_not_used_again(engine_name: str) -> None:
    if engine_name == "sqlite":
        return  # a file has no connection to lose
    pid = Prepared(lambda: select(func.pg_backend_pid().label("pid")), _row)
    first = pid.first()
    assert first is not None
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": first[0]})
    with pytest.raises(OperationalError) as lost:
        pid.first()
    db.session.rollback()
    second = pid.first()

    assert lost.value.connection_invalidated is True
    assert second is not None and second != first


def test_who_counts_statements_counts_these(jobs: list[OutboxJob]) -> None:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        seen.append(sql)

    one = Prepared(lambda: select(OutboxJob.kind).where(OutboxJob.id == bindparam("id", type_=Uuid)), _row)
    first, second = jobs[0].id, jobs[1].id
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        one.first(id=first)
        one.first(id=second)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == 2 and seen[0] == seen[1] and "outbox_job.kind" in seen[0]


ONE = Prepared(lambda: select(func.count().label("n")).select_from(MailMessage), lambda n: n)
WRITE = Prepared(lambda: update(MailMessage.__table__).values(subject=bindparam("new")), _row)


def _mail() -> MailMessage:
    return MailMessage(id=new_id(), to="a@example.test", subject="s", body="", lang="en", created_at=NOW)


def test_a_page_that_only_reads_needs_no_transaction(make_app: Callable[..., Flask]) -> None:
    """It sees what is committed, joins the transaction of mapped objects if there is one, and leaves nothing behind."""
    app, seen = make_app(), []

    @app.get("/look")
    @requires(Permission.PUBLIC)
    def look() -> str:
        read_apart()
        seen.append((ONE.only(), db.session().in_transaction()))
        with Session(db.engine) as other, other.begin():
            token = transaction._writing.set(True)
            other.add(_mail())
            other.flush()
            transaction._writing.reset(token)
            seen.append((ONE.only(), db.session().in_transaction()))
        seen.append((ONE.only(), db.session().in_transaction()))
        with pytest.raises(RuntimeError):
            WRITE.run(new="x")
        db.session.scalar(select(func.count()).select_from(MailMessage))
        seen.append((ONE.only(), db.session().in_transaction()))
        with transaction.write():
            seen.append((WRITE.run(new="written"), db.session().in_transaction()))
        seen.append((ONE.only(), db.session().in_transaction()))
        return ""

    with app.app_context():
        pool: Any = db.engine.pool
        db.session.remove()
        before = pool.checkedout()
        assert app.test_client().get("/look").status_code == 200
        assert seen == [(0, False), (0, False), (1, False), (1, True), (1, True), (1, False)]
        assert pool.checkedout() == before
        assert db.session.scalars(select(MailMessage.subject)).all() == ["written"]


def test_a_page_gives_its_line_back_when_it_fails(make_app: Callable[..., Flask]) -> None:
    app = make_app()

    @app.get("/fail")
    @requires(Permission.PUBLIC)
    def fail() -> str:
        read_apart()
        ONE.only()
        raise ValueError("on the way")

    with app.app_context():
        pool: Any = db.engine.pool
        db.session.remove()
        before = pool.checkedout()
        app.config["PROPAGATE_EXCEPTIONS"] = False
        assert [app.test_client().get("/fail").status_code for _turn in range(3)] == [500] * 3
        assert pool.checkedout() == before


def test_a_failed_statement_spoils_nothing_for_the_next(make_app: Callable[..., Flask]) -> None:
    app, seen = make_app(), []

    @app.get("/mend")
    @requires(Permission.PUBLIC)
    def mend() -> str:
        read_apart()
        with pytest.raises(DBAPIError):
            Prepared(lambda: select(func.no_such_function()), _row).first()
        seen.append(ONE.only())
        return ""

    assert app.test_client().get("/mend").status_code == 200
    assert seen == [0]


def test_a_database_that_is_away_is_an_error_of_sqlalchemy(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a page says what it says of every lock and lost line."""
    module: Any = db.engine.dialect.dbapi

    def away() -> None:
        raise module.OperationalError("database is locked")

    monkeypatch.setattr(db.engine, "raw_connection", away)
    with pytest.raises(OperationalError) as raised:
        ONE.first_apart()
    assert transaction.is_transient(raised.value)
