"""A query maps its columns to a dataclass by name, in the transaction of the request, on both engines."""

from __future__ import annotations

import gc
import importlib
import pkgutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound, OperationalError, StatementError

import competition
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.columns import Instant
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import MailMessage, OutboxJob
from competition.kernel.data.query import Query, one_of, write

pytestmark = pytest.mark.usefixtures("db_session")
NOW = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class JobRow:
    """Its fields are not in the order of the columns."""

    due_at: datetime
    kind: str
    payload: dict[str, Any]
    id: UUID
    owner_id: UUID | None


@dataclass(frozen=True)
class Number:
    n: int


JOBS = Query(lambda: (
    select(OutboxJob.id, OutboxJob.kind, OutboxJob.owner_id, OutboxJob.payload, OutboxJob.due_at)
    .where(OutboxJob.due_at >= bindparam("since", type_=Instant)).order_by(OutboxJob.due_at)
), JobRow)
JOB = Query(lambda: (
    select(OutboxJob.id, OutboxJob.kind, OutboxJob.owner_id, OutboxJob.payload, OutboxJob.due_at)
    .where(OutboxJob.id == bindparam("id"))
), JobRow)
COUNT = Query(lambda: select(func.count().label("n")).select_from(MailMessage), Number)


@pytest.fixture
def jobs() -> list[OutboxJob]:
    rows = [
        OutboxJob(
            id=new_id(), kind=f"kind-{n}", key=f"key-{n}", payload={"text": "한국어", "list": [n, None]}, attempt=0,
            due_at=NOW + timedelta(hours=n), created_at=NOW,
        )
        for n in range(4)
    ]
    with transaction.write():
        db.session.add_all(rows)
    return rows


def test_columns_become_the_fields_of_the_same_names(jobs: list[OutboxJob]) -> None:
    expected = [JobRow(job.due_at, job.kind, job.payload, job.id, None) for job in jobs]

    assert JOBS.all(since=NOW) == expected
    assert JOBS.first(since=NOW + timedelta(hours=1)) == expected[1]
    assert JOB.one(id=jobs[3].id) == expected[3]


def test_no_row_and_too_many(jobs: list[OutboxJob]) -> None:
    later = NOW + timedelta(days=1)

    assert JOBS.all(since=later) == []
    assert JOBS.first(since=later) is None
    with pytest.raises(NoResultFound):
        JOBS.one(since=later)
    with pytest.raises(MultipleResultsFound):
        JOBS.one(since=NOW)


@pytest.mark.parametrize(("columns", "fault"), [
    ([OutboxJob.kind], r"Pair: fields without a column: \['key'\], columns without a field: \[\]"),
    ([OutboxJob.kind, OutboxJob.key, OutboxJob.state], r"columns without a field: \['state'\]"),
    ([OutboxJob.kind, OutboxJob.key.label("name")], r"\['key'\], columns without a field: \['name'\]"),
    ([OutboxJob.kind, OutboxJob.key, OutboxJob.kind], r"the select has \['kind', 'key', 'kind'\]"),
    ([OutboxJob.kind, OutboxJob.key + "x"], r"fields without a column: \['key'\]"),
])
def test_other_names_are_an_error_at_the_first_use(columns: list[Any], fault: str) -> None:
    @dataclass
    class Pair:
        kind: str
        key: str

    query = Query(lambda: select(*columns), Pair)
    with pytest.raises(TypeError, match=fault):
        query.all()


def test_every_query_of_the_code_has_the_names_of_its_dataclass() -> None:
    for module in pkgutil.walk_packages(competition.__path__, "competition."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    queries = [thing for thing in gc.get_objects() if isinstance(thing, Query)]

    assert len(queries) > 40
    for query in queries:
        assert query.select.selected_columns, query


@pytest.mark.parametrize("kinds", [["kind-0"], ["kind-0", "kind-2"], ["kind-1", "other"]])
def test_one_of_some_values_is_what_in_is(jobs: list[OutboxJob], kinds: list[str]) -> None:
    columns = select(OutboxJob.kind).order_by(OutboxJob.kind)
    listed, compared = columns.where(OutboxJob.kind.in_(kinds)), columns.where(one_of(OutboxJob.kind, kinds))
    assert db.session.scalars(compared).all() == db.session.scalars(listed).all()
    assert db.session.scalars(compared).all() == [kind for kind in kinds if kind != "other"]
    assert ["POSTCOMPILE" in str(query) for query in (listed, compared)] == [True, False]  # written at each execution


def test_it_reads_in_the_transaction_of_the_session() -> None:
    with transaction.mode(writing=True):
        db.session.add(MailMessage(id=new_id(), to="a@example.test", subject="s", body="", lang="en", created_at=NOW))
        db.session.flush()
        assert COUNT.one() == Number(1)
    assert COUNT.one() == Number(0)


def test_a_missing_parameter_is_an_error(jobs: list[OutboxJob]) -> None:
    with pytest.raises(StatementError, match="since"):
        JOBS.all()


def test_an_error_of_the_database_is_the_one_that_the_session_raises() -> None:
    query = Query(lambda: select(func.no_such_function().label("n")), Number)
    with pytest.raises(DBAPIError) as from_session:
        db.session.execute(query.select)
    db.session.rollback()
    with pytest.raises(DBAPIError) as from_query:
        query.first()

    assert type(from_query.value) is type(from_session.value)
    assert type(from_query.value.orig) is type(from_session.value.orig)


def test_a_lost_connection_is_not_used_again(engine_name: str) -> None:
    if engine_name == "sqlite":
        return  # a file has no connection to lose
    pid = Query(lambda: select(func.pg_backend_pid().label("n")), Number)
    lost = pid.one()
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": lost.n})
    with pytest.raises(OperationalError) as raised:
        pid.one()
    db.session.rollback()

    assert raised.value.connection_invalidated is True
    assert pid.one() != lost


def test_a_write_needs_a_writing_transaction(jobs: list[OutboxJob]) -> None:
    table: Any = OutboxJob.__table__
    move = update(table).where(table.c.id == bindparam("which")).values(attempt=bindparam("new_attempt"))
    with pytest.raises(RuntimeError):
        write(move, which=jobs[0].id, new_attempt=7)
    with transaction.write():
        assert write(move, which=jobs[0].id, new_attempt=7).rowcount == 1
        assert write(move, which=new_id(), new_attempt=7).rowcount == 0
        write(insert(MailMessage), id=new_id(), to="a@example.test", subject="s", body="", lang="en", created_at=NOW)

    assert db.session.get_one(OutboxJob, jobs[0].id).attempt == 7
    assert COUNT.one() == Number(1)
