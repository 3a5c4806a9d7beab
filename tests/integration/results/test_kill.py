"""A worker and its child are killed in the middle of an aggregation and Redis is emptied: the run still
ends, once, with the digest that an undisturbed run has."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import func, select

from competition.calls.models import Call
from competition.config import Settings
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import OutboxJob
from competition.kernel.jobs import outbox
from competition.results.models import Run, RunEntry
from competition.results.queries.runs import latest_run
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, make_user
from tests.factories.calls import make_programme
from tests.factories.results import make_many

ROOT = Path(__file__).resolve().parents[3]
ENTRIES = 1000
LEASE = 2
PATIENCE = 120


def worker(settings: Settings) -> subprocess.Popen[bytes]:
    """``flask opencall work`` as an operator starts it, with this test's settings."""
    env = {name.upper(): str(value) for name, value in settings.model_dump().items() if value is not None}
    return subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "opencall", "work"], cwd=ROOT,
                            env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def children(pid: int) -> list[int]:
    pids = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in pids.split()]


def kill(process: subprocess.Popen[bytes]) -> int:
    """SIGKILL a worker and the child that does its job; returns how many died."""
    victims = [process.pid, *children(process.pid)]
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    return len(victims)


def until(condition: Callable[[], Any], *, each: Callable[[], object] = lambda: None, pause: float = 0.02) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        each()
        value = condition()
        db.session.rollback()
        if value:
            return value
        time.sleep(pause)
    raise AssertionError("it took too long")


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    app = make_app(job_lease_seconds=LEASE)
    with app.app_context():
        yield app


def request(call: Call, actor: Any) -> tuple[Any, Any]:
    with transaction.write():
        run = request_run(call=db.session.get_one(Call, call.id), actor=actor, now=clock.now())
        return run.id, run.job_id


def test_a_killed_worker_and_an_emptied_redis_change_only_time(
    app: Flask, settings: Settings, redis: Redis, run_jobs: Callable[[], list[str]]
) -> None:
    organizer = make_user()
    call = make_many(make_programme(organizer), ENTRIES, 40, 3)
    actor = actor_of(organizer)
    settings = settings.model_copy(update={"job_lease_seconds": LEASE})
    first = worker(settings)
    run_id, job_id = request(call, actor)
    job = select(OutboxJob.state, OutboxJob.attempt).where(OutboxJob.id == job_id)
    try:
        until(lambda: db.session.execute(job).one().state == "running")
    finally:
        dead = kill(first)
    assert dead == 2  # the worker and the child in which the job ran
    assert tuple(db.session.execute(job).one()) == ("running", 1)
    db.session.rollback()
    redis.flushdb()  # this test's whole Redis; the server is shared with other tests

    second = worker(settings)
    try:
        until(lambda: db.session.execute(job).one().state == "done", each=lambda: outbox.sweep(clock.now()), pause=0.3)
    finally:
        kill(second)
    assert tuple(db.session.execute(job).one()) == ("done", 2)
    runs = db.session.execute(select(Run.id, Run.state).where(Run.call_id == call.id)).all()
    assert [tuple(run) for run in runs] == [(run_id, "done")]
    assert db.session.scalar(select(func.count()).select_from(RunEntry).where(RunEntry.run_id == run_id)) == ENTRIES
    recovered = db.session.get_one(Run, run_id).result_digest
    db.session.rollback()

    request(call, actor)  # an undisturbed run of the same scores
    assert run_jobs() == ["results.aggregate: done"]
    again = latest_run(call.id)
    assert again is not None
    assert (again.number, again.result_digest) == (2, recovered)
