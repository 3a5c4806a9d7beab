"""Reading statements that are compiled once and run on the driver's own cursor.

What SQLAlchemy prepares for every execution (a context, a result, its row processors) costs a small query several
times what the database costs. The few queries that every page asks are written with SQLAlchemy like all others, and
run without that: same connection, same transaction, same types of values, same errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, Connection, Dialect, Select
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate

from competition.extensions import db

R = TypeVar("R")
Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement in one database's words."""

    sql: str
    order: tuple[str, ...] | None  # names by place, for a driver that counts them
    constants: Mapping[str, Any]
    given: tuple[tuple[str, Processor | None], ...]  # the parameters of :meth:`Prepared.all`

    def arguments(self, values: Mapping[str, Any]) -> Any:
        bound = dict(self.constants)
        for name, process in self.given:
            bound[name] = values[name] if process is None else process(values[name])
        return bound if self.order is None else [bound[name] for name in self.order]


class Prepared(Generic[R]):
    """A SELECT of columns. Its parameters are ``bindparam("name", type_=…)``; those of ``in_`` must be constants.

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
    """

    def __init__(self, make: Callable[[], Select[*tuple[Any, ...]]], row: Callable[..., R]) -> None:
        self._make, self._row = make, row
        self._statement: Select[*tuple[Any, ...]] | None = None
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

    def _run(self, values: Mapping[str, Any]) -> tuple[Callable[[Any], R], Any]:
        connection = db.session.connection()
        dialect = connection.dialect
        plan = self._plans.get(dialect.name)
        if plan is None:
            plan = self._plans[dialect.name] = _plan(self._select(), dialect)
        arguments = plan.arguments(values)
        cursor = _execute(connection, plan.sql, arguments)
        read = self._readers.get(dialect.name)
        if read is None:
            read = self._readers[dialect.name] = _reader(self._select(), self._row, dialect, cursor)
        return read, cursor

    def _select(self) -> Select[*tuple[Any, ...]]:
        if self._statement is None:
            self._statement = self._make()
        return self._statement


def _execute(connection: Connection, sql: str, arguments: Any) -> Any:
    driver: Any = connection.connection.dbapi_connection
    module: Any = connection.dialect.dbapi
    cursor = driver.cursor()
    for heard in connection.dispatch.before_cursor_execute:  # who counts statements counts these too
        heard(connection, cursor, sql, arguments, None, False)
    try:
        cursor.execute(sql, arguments)
    except module.Error as error:
        lost = connection.dialect.is_disconnect(error, driver, cursor)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql, arguments, error, module.Error, connection_invalidated=lost, dialect=connection.dialect
        ) from error
    return cursor


def _plan(statement: Select[*tuple[Any, ...]], dialect: Dialect) -> _Plan:
    asked = {bind.key for bind in iterate(statement) if isinstance(bind, BindParameter) and bind.required}
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    told = compiled.construct_expanded_state(dict.fromkeys(asked))
    processors: dict[str, Processor | None] = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
    } | dict(told.processors)  # those of a constant list's members
    constants = {
        name: value if (process := processors.get(name)) is None else process(value)
        for name, value in told.parameters.items() if name not in asked
    }
    given = tuple((name, processors.get(name)) for name in asked)
    return _Plan(told.statement, None if told.positiontup is None else tuple(told.positiontup), constants, given)


def _reader(
    statement: Select[*tuple[Any, ...]], row: Callable[..., R], dialect: Dialect, cursor: DBAPICursor,
) -> Callable[[Any], R]:
    """What makes a row of a driver's one. The driver names its types with the first result."""
    told_columns = enumerate(zip(statement.selected_columns, cursor.description, strict=True))
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
