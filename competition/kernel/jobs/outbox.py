"""Durable jobs: promised in the caller's transaction, claimed with a lease, committed behind a fence.

A :class:`Kind` names a kind of job and the dataclass of its arguments. ``add`` writes a row in the caller's
transaction; after the commit its id goes to RQ. ``run`` claims
the row for one attempt, lets the handler *compute* (reads from one snapshot, slow work, files under
keys that a second run would write alike) and then *applies* its effects in the same transaction that
marks the row done — only if the attempt is still its own. So a killed worker, a killed child, an
emptied Redis or a doubled delivery changes nothing but time. ``sweep`` finds what was lost.
"""

from __future__ import annotations

import functools
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from flask import current_app
from pydantic import TypeAdapter
from sqlalchemy import bindparam, event, select, update
from sqlalchemy.orm import Session

from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import OutboxJob
from competition.kernel.data.query import insert_once
from competition.kernel.jobs import queue

log = structlog.get_logger()
MAX_ATTEMPTS = 5
Effects = Callable[[], dict[str, Any] | None]


Arguments = TypeVar("Arguments")


class Kind(Generic[Arguments]):
    """A kind of job: the name that its rows carry, and the dataclass of its arguments.

    The arguments are stored as JSON, field by field. A field that is added later needs a default, because rows that
    were stored before do not have it.
    """

    def __init__(self, name: str, arguments: type[Arguments]) -> None:
        self.name, self._arguments = name, arguments

    @cached_property
    def _adapter(self) -> TypeAdapter[Arguments]:
        return TypeAdapter(self._arguments)

    def to_payload(self, arguments: Arguments) -> dict[str, Any]:
        """The arguments as JSON values."""
        payload: dict[str, Any] = self._adapter.dump_python(arguments, mode="json")
        return payload

    def from_payload(self, payload: dict[str, Any]) -> Arguments:
        """The arguments of a stored row.

        Raises
        ------
        pydantic.ValidationError
            When a field is missing or of another type.
        """
        return self._adapter.validate_python(payload)


class LeaseLost(Exception):
    """Another attempt owns the job now; whatever this one made must not be committed."""


@dataclass
class Job:
    """One attempt at a job, through which its handler reports progress."""

    id: UUID
    kind: str
    key: str
    payload: dict[str, Any] = field(repr=False)
    attempt: int
    lease: timedelta
    _reported_at: float = field(default=0.0)

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Store progress and renew the lease, outside the handler's own transaction.

        Raises
        ------
        LeaseLost
            When another attempt has taken the job over.
        """
        now = clock.real()
        if 0 < done < total and now.timestamp() - self._reported_at < 0.5:
            return
        self._reported_at = now.timestamp()
        self._touch(now, progress_done=done, progress_total=total, progress_note=note[:200])

    def _touch(self, now: datetime, **columns: Any) -> None:
        statement = _mine(self.id, self.attempt).values(lease_until=now + self.lease, **columns)
        with _separate_write() as session:
            if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
                raise LeaseLost(str(self.id))


Handler = Callable[[Job, Arguments], Effects]
_handlers: dict[str, tuple[Kind[Any], Handler[Any]]] = {}


def handler(kind: Kind[Arguments]) -> Callable[[Handler[Arguments]], Handler[Arguments]]:
    """Register the handler of a kind of job. It computes, and returns the function that writes."""

    def register(function: Handler[Arguments]) -> Handler[Arguments]:
        _handlers[kind.name] = kind, function
        return function

    return register


Burial = Callable[[Arguments], None]
_burials: dict[str, Burial[Any]] = {}


def burial(kind: Kind[Arguments]) -> Callable[[Burial[Arguments]], Burial[Arguments]]:
    """Register what is written when a job of this kind dies, in the transaction that marks it dead.

    Rows that wait for the job get a state from which people can go on.
    """

    def register(function: Burial[Arguments]) -> Burial[Arguments]:
        _burials[kind.name] = function
        return function

    return register


def kinds() -> list[str]:
    return sorted(_handlers)


_job: Any = OutboxJob.__table__
_JOB_ID = select(_job.c.id).where(_job.c.kind == bindparam("kind"), _job.c.key == bindparam("key"))


_NEW = {"state": "due", "attempt": 0, "progress_done": 0, "progress_total": 0, "progress_note": ""}


def add(
    kind: Kind[Arguments], arguments: Arguments, *, key: str, now: datetime,
    owner_id: UUID | None = None, delay: timedelta = timedelta(0),
) -> UUID:
    """Add a job in the present transaction; returns its id.

    ``(kind, key)`` is unique: adding the same job twice adds it once, and both calls return the same id.
    """
    if kind.name not in _handlers:
        raise LookupError(f"no handler for {kind.name}")
    job_id = new_id()
    if not insert_once(
        _job, id=job_id, kind=kind.name, key=key, payload=kind.to_payload(arguments), created_at=now,
        due_at=now + delay, owner_id=owner_id, **_NEW,
    ):
        existing: UUID = db.session.connection().execute(_JOB_ID, {"kind": kind.name, "key": key}).scalar_one()
        return existing
    db.session.info.setdefault("rings", []).append((job_id, 0))
    return job_id


def _ring(session: Session) -> None:
    rings = session.info.pop("rings", [])
    if rings and not current_app.config.get("OUTBOX_SILENT"):
        queue.ring(rings)


transaction.after_commit(_ring)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    """What was promised in a transaction that failed was never promised."""
    session.info.pop("rings", None)


def _mine(job_id: UUID, attempt: int) -> Any:
    return update(OutboxJob).where(
        OutboxJob.id == job_id, OutboxJob.attempt == attempt, OutboxJob.state == "running"
    )


@contextmanager
def _separate_write() -> Iterator[Session]:
    """A short writing transaction beside the handler's reading one."""
    with transaction.marked(writing=True), Session(db.engine) as session, session.begin():
        yield session


def claim(job_id: UUID, now: datetime) -> Job | None:
    """Take one attempt at a job, or nothing when it is done, dead, or in somebody's hands."""
    lease = timedelta(seconds=current_app.config["SETTINGS"].job_lease_seconds)
    free = (OutboxJob.state == "due") | ((OutboxJob.state == "running") & (OutboxJob.lease_until < now))
    statement = (
        update(OutboxJob)
        .where(OutboxJob.id == job_id, free, OutboxJob.due_at <= now, OutboxJob.attempt < MAX_ATTEMPTS)
        .values(state="running", attempt=OutboxJob.attempt + 1, lease_until=now + lease)
        .returning(OutboxJob.kind, OutboxJob.key, OutboxJob.payload, OutboxJob.attempt)
    )
    with _separate_write() as session:
        row = session.execute(statement).one_or_none()
    return None if row is None else Job(job_id, row.kind, row.key, row.payload, row.attempt, lease)


def run(job_id: UUID) -> str:
    """Run one attempt of a job; returns the state reached (``skipped`` when it was not free)."""
    job = claim(job_id, clock.real())
    if job is None:
        return "skipped"
    bound = log.bind(job=str(job.id), kind=job.kind, attempt=job.attempt)
    try:
        with _renewed(job):
            with transaction.mode(writing=False):
                kind, compute = _handlers[job.kind]
                effects = compute(job, kind.from_payload(job.payload))
            transaction.attempt(lambda: _settle(job, effects))
    except LeaseLost:
        bound.warning("job.lease_lost")
        return "lost"
    except Exception as error:  # noqa: BLE001 - the boundary: what a handler raises is stored, not lost
        bound.exception("job.failed")
        return _failed(job, error)
    bound.info("job.done")
    return "done"


def _settle(job: Job, effects: Effects) -> None:
    """Apply effects and mark done in one transaction, fenced by the attempt number."""
    now = clock.now()
    settled = db.session.execute(_mine(job.id, job.attempt).values(state="done", finished_at=now))
    if settled.rowcount != 1:  # type: ignore[attr-defined]  # the type knows no UPDATE
        raise LeaseLost(str(job.id))
    result = effects()
    db.session.execute(
        update(OutboxJob).where(OutboxJob.id == job.id).values(result=result, error=None, lease_until=None)
    )


def _failed(job: Job, error: Exception) -> str:
    now = clock.real()
    text = "".join(traceback.format_exception_only(error))[-2000:]
    if job.attempt >= MAX_ATTEMPTS:
        transaction.attempt(lambda: _bury(_mine(job.id, job.attempt), job.kind, job.payload, text, now))
        return "dead"
    with _separate_write() as session:
        session.execute(_mine(job.id, job.attempt).values(
            state="due", error=text, due_at=now + timedelta(seconds=2 ** job.attempt), lease_until=None,
        ))
    return "due"


def _bury(statement: Any, kind: str, payload: dict[str, Any], error: str, now: datetime) -> None:
    """Mark the job dead that ``statement`` updates, if it still does, and write what its kind leaves behind."""
    died = db.session.execute(statement.values(state="dead", error=error, finished_at=now, lease_until=None))
    if died.rowcount and kind in _burials:  # type: ignore[attr-defined]  # the type knows no UPDATE
        _burials[kind](_handlers[kind][0].from_payload(payload))


@contextmanager
def _renewed(job: Job) -> Iterator[None]:
    """Renew the lease from a thread, so that a long computation that says nothing keeps its job."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    stop = threading.Event()

    def beat() -> None:
        with app.app_context():
            while not stop.wait(job.lease.total_seconds() / 3):
                try:
                    job._touch(clock.real())
                except LeaseLost:
                    return

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def sweep(now: datetime) -> int:
    """Ring again for jobs that are due or whose lease ran out; bury those out of attempts."""
    lost = (OutboxJob.state == "running") & (OutboxJob.lease_until < now)
    with transaction.reading():
        spent = db.session.execute(
            select(OutboxJob.id, OutboxJob.kind, OutboxJob.payload).where(lost, OutboxJob.attempt >= MAX_ATTEMPTS)
        ).all()
    for row in spent:
        statement = update(OutboxJob).where(OutboxJob.id == row.id, lost)
        error = "the worker died at every attempt"
        transaction.attempt(functools.partial(_bury, statement, row.kind, row.payload, error, now))
    waiting = select(OutboxJob.id, OutboxJob.attempt).where(
        ((OutboxJob.state == "due") & (OutboxJob.due_at <= now)) | lost
    ).order_by(OutboxJob.due_at).limit(1000)
    with transaction.reading():
        rows = [(row.id, row.attempt) for row in db.session.execute(waiting)]
    return queue.ring(rows, salt=f"-{int(now.timestamp())}") if rows else 0
