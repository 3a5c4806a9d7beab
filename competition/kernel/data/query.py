"""Reads that return dataclasses: a select built once, whose rows are mapped by the names of their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, CursorResult, Select, TableClause, literal, or_
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.dml import UpdateBase

from competition.extensions import db
from competition.kernel.data import transaction

Row = TypeVar("Row")


class Query(Generic[Row]):
    """A select of columns and the dataclass that each of its rows becomes.

    The select is built at the first use and kept: building it costs several times what running it costs. It runs with
    SQLAlchemy Core on the connection of the session, so it reads in the transaction of the request. Writes that the
    session has not flushed yet are not seen.

    Parameters
    ----------
    make_select
        Returns the select. Every column has a name (``.label("…")`` where SQLAlchemy gives none), its parameters are
        ``bindparam("name")``.
    row
        A dataclass with exactly one field for each column, of the same name. Their order does not matter.

    Raises
    ------
    TypeError
        At the first use, when the names of the columns are not the names of the fields.
    sqlalchemy.exc.StatementError
        When a parameter is missing.
    """

    def __init__(self, make_select: Callable[[], Select[*tuple[Any, ...]]], row: type[Row]) -> None:
        self._make_select, self._row = make_select, row

    @cached_property
    def select(self) -> Select[*tuple[Any, ...]]:
        """The select, its columns in the order of the fields: so a row is made without looking up any name."""
        select, row = self._make_select(), self._row
        columns = {str(column.key): column for column in select.selected_columns}
        names = [field.name for field in fields(row)]  # type: ignore[arg-type]  # no type says "is a dataclass"
        if set(columns) != set(names) or len(select.selected_columns) != len(names):
            missing, unknown = sorted(set(names) - set(columns)), sorted(set(columns) - set(names))
            raise TypeError(
                f"{row.__qualname__}: fields without a column: {missing}, columns without a field: {unknown}; "
                f"the select has {[column.key for column in select.selected_columns]}"
            )
        return select.with_only_columns(*(columns[name] for name in names))

    def all(self, **parameters: Any) -> list[Row]:
        """Every row, in the order of the select."""
        make = self._row
        return [make(*row) for row in db.session.connection().execute(self.select, parameters).all()]

    def first(self, **parameters: Any) -> Row | None:
        """The first row, None when there is none."""
        row = db.session.connection().execute(self.select, parameters).first()
        return None if row is None else self._row(*row)

    def one(self, **parameters: Any) -> Row:
        """The row of a select that always has exactly one, such as a count.

        Raises
        ------
        sqlalchemy.exc.NoResultFound, sqlalchemy.exc.MultipleResultsFound
            When it has none, or more than one.
        """
        return self._row(*db.session.connection().execute(self.select, parameters).one())


def one_of(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """``column.in_(values)`` with values that are the same at each execution.

    SQLAlchemy writes an IN list anew whenever the statement runs, which is a third of what running a small select
    costs (15 of 45 µs).
    """
    return or_(*(column == value for value in values))


def write(statement: UpdateBase, **parameters: Any) -> CursorResult[*tuple[Any, ...]]:
    """Run an INSERT, UPDATE or DELETE with Core in the present transaction.

    For the few statements of the busiest commands, where mapped objects would cost several times as much. Objects that
    the session has loaded keep their old values.

    Raises
    ------
    RuntimeError
        In a reading transaction.
    """
    transaction.must_write()
    return db.session.connection().execute(statement, parameters)


def insert_once(table: TableClause, **row: Any) -> bool:
    """Insert a row unless a unique constraint says that it is there; whether it was inserted.

    On PostgreSQL an open transaction that inserted the same row is waited for first.

    Raises
    ------
    RuntimeError
        In a reading transaction.
    """
    return write(_insert_or_nothing(table, db.engine.dialect.name), **row).first() is not None


@cache
def _insert_or_nothing(table: TableClause, dialect: str) -> UpdateBase:
    into = sqlite_insert if dialect == "sqlite" else postgres_insert
    return into(table).on_conflict_do_nothing().returning(literal(1))  # rowcount is not kept for INSERT
