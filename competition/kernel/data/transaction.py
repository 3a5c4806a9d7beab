"""One transaction per request, committed once, at the edge.

A request that may write takes SQLite's write lock at its beginning (``BEGIN IMMEDIATE``): a
transaction that reads first and writes later cannot be retried by SQLite and fails at once when
another writer was faster. Readers must not take it: it would let in one reader at a time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from flask import make_response
from flask_babel import gettext as _
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from competition.extensions import db
from competition.kernel.errors import Busy

T = TypeVar("T")
ATTEMPTS = 5
CACHE_SIZE = -32_000  # SQLite: kibibytes when negative
MMAP_SIZE = 256 * 1024 * 1024
TRANSIENT_SQLSTATES = frozenset({"40001", "40P01", "55P03"})
_writing: ContextVar[bool] = ContextVar("writing", default=False)
_after_commit: list[Callable[[Session], None]] = []


def configure(engine: Engine) -> None:
    """Give an engine the settings under which it loses nothing that was acknowledged."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "busy_timeout=30000",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            f"cache_size={CACHE_SIZE}",
            f"mmap_size={MMAP_SIZE}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # On the driver's own connection: a hundredth of the calls that a statement of SQLAlchemy takes.
        driver: Any = connection.connection.dbapi_connection
        module: Any = connection.dialect.dbapi
        try:
            driver.execute("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")
        except module.Error as error:
            raise OperationalError("BEGIN", None, error) from error


@contextmanager
def small_cache() -> Iterator[None]:
    """While a job reads a table once from end to end, SQLite keeps few of its pages in memory."""
    if db.engine.dialect.name != "sqlite":
        yield
        return
    connection = db.session.connection()
    connection.exec_driver_sql("PRAGMA mmap_size=0")
    connection.exec_driver_sql("PRAGMA cache_size=-2000")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={CACHE_SIZE}")
        connection.exec_driver_sql(f"PRAGMA mmap_size={MMAP_SIZE}")


@event.listens_for(Session, "before_flush")
def _readers_do_not_write(session: Session, *_rest: Any) -> None:
    if session.new or session.dirty or session.deleted:
        must_write()


def writing() -> bool:
    """Whether this request or job is in a writing transaction."""
    return _writing.get()


def must_write() -> None:
    """Raise RuntimeError in a reading transaction; for statements that write without passing a flush."""
    if not _writing.get():
        raise RuntimeError("a reading transaction tried to write: use transaction.write()")


def after_commit(hook: Callable[[Session], None]) -> None:
    """Register what happens after each root commit (SQLAlchemy's own event also fires on savepoints)."""
    _after_commit.append(hook)


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may succeed when run again: a lock, a deadlock, a serialization abort."""
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlstate", None) in TRANSIENT_SQLSTATES:
        return True
    return "database is locked" in str(error.orig) or "database table is locked" in str(error.orig)


def commit() -> None:
    session = db.session()
    session.commit()
    for hook in _after_commit:
        hook(session)


@contextmanager
def mode(*, writing: bool) -> Iterator[None]:
    """Set what the next transaction begins as; the present one, if any, is ended first."""
    _end()
    with marked(writing=writing):
        try:
            yield
        finally:
            _end()


@contextmanager
def marked(*, writing: bool) -> Iterator[None]:
    """Set what transactions of other sessions begin as; the present transaction is left alone."""
    token = _writing.set(writing)
    try:
        yield
    finally:
        _writing.reset(token)


@contextmanager
def reading() -> Iterator[None]:
    """A reading transaction that ends with the block, so that slow work afterwards holds no snapshot.

    Mapped objects expire with it: the block copies the columns that are needed later, or expunges the object.
    """
    with mode(writing=False):
        yield


def _end() -> None:
    session = db.session()
    if session.in_transaction():
        session.rollback()


@contextmanager
def write() -> Iterator[None]:
    """A writing transaction: commits at the end, rolls back on any error.

    Use it inside a view that must do slow work (hash a password, ask S3) before it writes.
    """
    with mode(writing=True):
        yield
        commit()


def attempt(work: Callable[[], T]) -> T:
    """Run ``work`` in a writing transaction, again after a transient failure.

    Raises
    ------
    Busy
        When five attempts with growing, jittered pauses all met a lock.
    """
    for turn in range(ATTEMPTS):
        try:
            with write():
                return work()
        except DBAPIError as error:
            if not is_transient(error):
                raise
            time.sleep(random.uniform(0, 0.05 * 2**turn))  # noqa: S311 - jitter, not a secret
    raise Busy(_("The server is busy right now. Nothing was changed; please send it again."))


def respond(view: Callable[[], Any]) -> Any:
    """Run a view that may write: commit when it answers below 400, roll back otherwise."""

    def work() -> Any:
        response = make_response(view())
        if response.status_code >= 400:
            db.session.rollback()
        return response

    return attempt(work)
