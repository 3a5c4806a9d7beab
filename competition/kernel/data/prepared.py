"""Statements that are compiled once and run on the driver's own cursor.

What SQLAlchemy prepares for every execution (a context, a result, its row processors) costs a small statement several
times what the database costs. The few that every page asks, or every save, are written with SQLAlchemy like all
others, and run without that: same connection, same transaction, same types of values, same errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import Flask, g
from sqlalchemy import Connection, Dialect, Engine, PoolProxiedConnection, Select
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

from competition.extensions import db
from competition.kernel.data import transaction

R = TypeVar("R")
Statement = Select[*tuple[Any, ...]] | UpdateBase
Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement in one database's words."""

    sql: str
    order: tuple[str, ...] | None  # names by place, for a driver that counts them
    constants: Mapping[str, Any]
    given: tuple[tuple[str, Processor | None], ...]  # what the caller gives
    writes: bool

    def arguments(self, values: Mapping[str, Any]) -> Any:
        bound = dict(self.constants)
        for name, process in self.given:
            bound[name] = values[name] if process is None else process(values[name])
        return bound if self.order is None else [bound[name] for name in self.order]


class Prepared(Generic[R]):
    """A SELECT of columns, an INSERT, UPDATE or DELETE, with or without RETURNING.

    Its parameters are ``bindparam("name", type_=…)``; those of ``in_`` must be constants, and defaults that Python
    makes must be given.

    Parameters
    ----------
    make
        Gives the statement when it is first run.
    row
        What a row becomes: called with its columns in order.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        As the same statement on the session would.
    KeyError
        When a parameter is not given.
    RuntimeError
        When it writes in a reading transaction.
    """

    def __init__(self, make: Callable[[], Statement], row: Callable[..., R]) -> None:
        self._make, self._row = make, row
        self._statement: Statement | None = None
        self._plans: dict[str, _Plan] = {}
        self._readers: dict[str, Callable[[Any], R]] = {}

    def all(self, **values: Any) -> list[R]:
        """Every row, in order."""
        read, cursor = self._run(values)
        return [read(row) for row in cursor.fetchall()]

    def first(self, **values: Any) -> R | None:
        """The first row, None when there is none."""
        read, cursor = self._run(values)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else read(row)

    def first_apart(self, **values: Any) -> R | None:
        """The first row, read on a connection that is given back at once: no transaction stays open behind it."""
        engine = db.engine
        plan, lent = self._planned(engine.dialect), _line(engine)
        try:
            cursor = _execute(lent, engine, lent.invalidate, plan.sql, plan.arguments(values))
            row = cursor.fetchone()
            return None if row is None else self._reading(engine.dialect, cursor)(row)
        finally:
            lent.close()

    def only(self, **values: Any) -> R:
        """The row of a statement that always has one, as a count has."""
        row = self.first(**values)
        if row is None:
            raise NoResultFound("a statement that always has a row had none")
        return row

    def run(self, **values: Any) -> int:
        """Run a statement that returns nothing; how many rows it wrote."""
        return int(self._executed(values)[1].rowcount)

    def _run(self, values: Mapping[str, Any]) -> tuple[Callable[[Any], R], Any]:
        dialect, cursor = self._executed(values)
        return self._reading(dialect, cursor), cursor

    def _executed(self, values: Mapping[str, Any]) -> tuple[Dialect, Any]:
        lent = _reading_line()
        if lent is not None:
            engine = db.engine
            plan = self._planned(engine.dialect)
            if plan.writes:
                transaction.must_write()  # and it is not: who writes has no reading line
            return engine.dialect, _execute(lent, engine, _dropped(lent), plan.sql, plan.arguments(values))
        connection = db.session.connection()
        plan = self._planned(connection.dialect)
        if plan.writes:
            transaction.must_write()
        cursor = _execute(connection.connection, connection, connection.invalidate, plan.sql, plan.arguments(values))
        return connection.dialect, cursor

    def _planned(self, dialect: Dialect) -> _Plan:
        plan = self._plans.get(dialect.name)
        if plan is None:
            plan = self._plans[dialect.name] = _plan(self._written(), dialect)
        return plan

    def _reading(self, dialect: Dialect, cursor: Any) -> Callable[[Any], R]:
        read = self._readers.get(dialect.name)
        if read is None:
            read = self._readers[dialect.name] = _reader(self._written(), self._row, dialect, cursor)
        return read

    def _written(self) -> Statement:
        if self._statement is None:
            self._statement = self._make()
        return self._statement


def init_app(app: Flask) -> None:
    app.teardown_request(_give_back)


def read_apart() -> None:
    """From here to its end this request only reads, and its prepared statements need no transaction.

    Each sees what is committed when it runs, as every statement does on PostgreSQL, where the driver begins one of its
    own. Beginning and ending a transaction
    of the session costs more than the three statements of a page. Where mapped objects are read, their transaction is
    joined.
    """
    g.reading_line = None


def _reading_line() -> PoolProxiedConnection | None:
    here = g._get_current_object().__dict__
    if "reading_line" not in here or transaction.writing() or db.session().in_transaction():
        return None
    lent: PoolProxiedConnection | None = here["reading_line"]
    if lent is None or not lent.is_valid:
        lent = here["reading_line"] = _line(db.engine)
    return lent


def _line(engine: Engine) -> PoolProxiedConnection:
    """A connection of the pool, or the error that SQLAlchemy's own would raise."""
    module: Any = engine.dialect.dbapi
    try:
        return engine.raw_connection()
    except module.Error as error:
        raise DBAPIError.instance(None, None, error, module.Error, dialect=engine.dialect) from error


def _dropped(lent: PoolProxiedConnection) -> Callable[[BaseException], None]:
    def drop(error: BaseException) -> None:
        g.reading_line = None
        lent.invalidate(error)

    return drop


def _give_back(_error: BaseException | None) -> None:
    lent: PoolProxiedConnection | None = g.pop("reading_line", None)
    if lent is not None:
        lent.close()


def _execute(
    lent: PoolProxiedConnection, told: Connection | Engine, drop: Callable[[BaseException], None], sql: str,
    arguments: Any,
) -> Any:
    """Run on the driver's connection; ``told`` hears of it, ``drop`` gives up a connection that is lost."""
    driver: Any = lent.dbapi_connection
    module: Any = told.dialect.dbapi
    cursor = driver.cursor()
    for heard in told.dispatch.before_cursor_execute:  # who counts statements counts these too
        heard(told, cursor, sql, arguments, None, False)
    try:
        cursor.execute(sql, arguments)
    except module.Error as error:
        lost = told.dialect.is_disconnect(error, driver, cursor)
        if lost:
            drop(error)
        elif isinstance(told, Engine):
            lent.rollback()  # nobody else ends what PostgreSQL calls an aborted transaction
        raise DBAPIError.instance(
            sql, arguments, error, module.Error, connection_invalidated=lost, dialect=told.dialect
        ) from error
    return cursor


def _plan(statement: Statement, dialect: Dialect) -> _Plan:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    if compiled.insert_prefetch or compiled.update_prefetch:
        raise ValueError(f"defaults must be given: {[*compiled.insert_prefetch, *compiled.update_prefetch]}")
    asked = {name for name, bind in compiled.binds.items() if bind.required}
    told = compiled.construct_expanded_state(dict.fromkeys(asked))
    processors: dict[str, Processor | None] = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
    } | dict(told.processors)  # those of a constant list's members
    constants = {
        name: value if (process := processors.get(name)) is None else process(value)
        for name, value in told.parameters.items() if name not in asked
    }
    given = tuple((name, processors.get(name)) for name in asked)
    order = None if told.positiontup is None else tuple(told.positiontup)
    return _Plan(told.statement, order, constants, given, isinstance(statement, UpdateBase))


def _reader(
    statement: Statement, row: Callable[..., R], dialect: Dialect, cursor: DBAPICursor,
) -> Callable[[Any], R]:
    """What makes a row of a driver's one. The driver names its types with the first result."""
    told_columns = enumerate(zip(statement.exported_columns, cursor.description, strict=True))
    processors = [
        (place, process) for place, (column, told) in told_columns
        if (process := column.type.dialect_impl(dialect).result_processor(dialect, told[1])) is not None
    ]

    def read(given: Any) -> R:
        values = list(given)
        for place, process in processors:
            values[place] = process(values[place])
        return row(*values)

    return read
