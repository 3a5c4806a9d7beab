"""Jobs: promised with their cause, run once, fenced, swept, buried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from cachetools import TTLCache
from flask import Flask
from redis import Redis
from redis.exceptions import TimeoutError as RedisTimeout
from sqlalchemy import select, update

from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import MailMessage, OutboxJob
from competition.kernel.jobs import outbox, queue


@dataclass(frozen=True)
class Arguments:
    fail: bool = False


KIND = outbox.Kind("test.write", Arguments)


def _mail(subject: str) -> MailMessage:
    return MailMessage(
        id=new_id(), to="a@example.test", subject=subject, body="", lang="en", created_at=clock.now()
    )


@pytest.fixture
def calls() -> Iterator[list[int]]:
    """Registers a job that writes one message and says which attempts computed."""
    attempts: list[int] = []

    def write(job: outbox.Job, arguments: Arguments) -> outbox.Effects:
        attempts.append(job.attempt)
        job.progress(1, 2, "half")
        if arguments.fail:
            raise ValueError("poison")

        def effects() -> dict[str, int]:
            db.session.add(_mail("attempts"))
            return {"attempt": job.attempt}

        return effects

    outbox.handler(KIND)(write)
    yield attempts
    del outbox._handlers[KIND.name]


def _add(key: str = "one", **arguments: bool) -> OutboxJob:
    with transaction.write():
        job = db.session.get_one(OutboxJob, outbox.add(KIND, Arguments(**arguments), key=key, now=clock.now()))
        db.session.expunge(job)
    return job


def _stored(job: OutboxJob) -> OutboxJob:
    db.session.rollback()
    return db.session.get_one(OutboxJob, job.id)


def _messages() -> int:
    return len(db.session.scalars(select(MailMessage)).all())


def test_a_job_is_rung_only_after_its_transaction(app: Flask, redis: Redis, calls: list[int]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.write():
        outbox.add(KIND, Arguments(), key="never", now=clock.now())
        db.session.flush()
        raise ZeroDivisionError
    assert db.session.scalars(select(OutboxJob)).all() == []
    assert redis.llen("rq:queue:opencall") == 0
    _add()
    assert redis.llen("rq:queue:opencall") == 1


def test_a_job_needs_a_handler(app: Flask) -> None:
    with pytest.raises(LookupError, match=r"no handler for test\.write"), transaction.write():
        outbox.add(KIND, Arguments(), key="one", now=clock.now())


def test_asking_twice_is_one_job(app: Flask, calls: list[int]) -> None:
    assert _add().id == _add().id


def test_done_means_effects_and_status_together(app: Flask, calls: list[int]) -> None:
    job = _add()
    assert outbox.run(job.id) == "done"
    assert outbox.run(job.id) == "skipped"  # a doubled delivery
    stored = _stored(job)
    assert (stored.state, stored.attempt, stored.result) == ("done", 1, {"attempt": 1})
    assert (stored.progress_done, stored.progress_total, stored.progress_note) == (1, 2, "half")
    assert calls == [1]
    assert _messages() == 1


def test_a_slow_attempt_that_lost_its_lease_commits_nothing(app: Flask, calls: list[int]) -> None:
    job = _add()

    def overtaken(seen: outbox.Job, _arguments: Arguments) -> outbox.Effects:
        def effects() -> None:
            db.session.add(_mail("zombie"))

        with outbox._separate_write() as session:  # another worker has claimed it meanwhile
            session.execute(update(OutboxJob).where(OutboxJob.id == seen.id).values(attempt=OutboxJob.attempt + 1))
        return effects

    outbox.handler(KIND)(overtaken)
    assert outbox.run(job.id) == "lost"
    assert _messages() == 0
    assert _stored(job).state == "running"


def test_the_sweeper_rings_for_a_dead_worker(app: Flask, redis: Redis, calls: list[int]) -> None:
    job = _add()
    assert outbox.claim(job.id, clock.now()) is not None  # and then the worker dies
    redis.flushdb()
    assert outbox.sweep(clock.now()) == 0  # its lease still holds
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        assert outbox.sweep(clock.now()) == 1
        assert redis.llen("rq:queue:opencall") == 1
        assert outbox.run(job.id) == "done"
    assert calls == [2]
    assert _messages() == 1


def test_poison_is_buried_after_five_attempts(app: Flask, calls: list[int]) -> None:
    job, at = _add(fail=True), clock.now()
    states = []
    for turn in range(6):
        with time_machine.travel(at + timedelta(minutes=5 * (turn + 1)), tick=False):
            states.append(outbox.run(job.id))
    assert states == ["due"] * 4 + ["dead", "skipped"]
    stored = _stored(job)
    assert (stored.state, stored.error) == ("dead", "ValueError: poison\n")
    assert _messages() == 0


def test_what_waits_for_a_dead_job_is_told_once(app: Flask, calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(outbox._burials, KIND.name, lambda arguments: db.session.add(_mail(f"gone {arguments.fail}")))
    job, at = _add(), clock.now()
    with time_machine.travel(at, tick=False):
        for _attempt in range(outbox.MAX_ATTEMPTS):  # workers that die without a word
            with transaction.write():
                db.session.execute(update(OutboxJob).where(OutboxJob.id == job.id).values(state="due"))
            assert outbox.claim(job.id, clock.now()) is not None
    with time_machine.travel(at + timedelta(minutes=5), tick=False):
        outbox.sweep(clock.now())
        outbox.sweep(clock.now())
    assert (_stored(job).state, _messages()) == ("dead", 1)


def test_redis_away_delays_but_loses_nothing(app: Flask, calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    away = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    monkeypatch.setitem(app.extensions, "opencall_redis", away)
    monkeypatch.setitem(app.extensions, "opencall_unreachable", TTLCache(1, queue.PAUSE))
    job = _add()
    assert queue.ring([(job.id, 0)]) == 0
    assert _stored(job).state == "due"
    assert outbox.run(job.id) == "done"


def test_redis_that_hangs_holds_up_one_request_in_a_while(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is open and never answers must not make every request wait for its timeout."""
    attempts: list[float] = []

    class Hanging:
        def __init__(self, *_args: object, **_options: object) -> None:
            pass

        def enqueue(self, *_args: object, **_options: object) -> None:
            attempts.append(now[0])
            if now[0] < 20:
                raise RedisTimeout("no answer")

    now = [0.0]
    monkeypatch.setitem(app.extensions, "opencall_unreachable", TTLCache(1, queue.PAUSE, timer=lambda: now[0]))
    monkeypatch.setattr(queue, "Queue", Hanging)
    counts = []
    for moment in (1.0, 1.1, 10.9, 11.0, 20.9, 21.0, 21.1):
        now[0] = moment
        counts.append(queue.ring([(new_id(), 0)]))
    assert attempts == [1.0, 11.0, 21.0, 21.1]
    assert counts == [0, 0, 0, 0, 0, 1, 1]
    assert queue.redis().connection_pool.connection_kwargs["socket_timeout"] == queue.REQUEST_TIMEOUT


def test_effects_that_fail_leave_the_job_due(app: Flask, calls: list[int]) -> None:
    job = _add()

    def broken(_job: outbox.Job, _arguments: Arguments) -> outbox.Effects:
        def effects() -> None:
            db.session.add(_mail("half"))
            db.session.flush()
            raise ValueError("after a write")

        return effects

    outbox.handler(KIND)(broken)
    assert outbox.run(job.id) == "due"
    assert _messages() == 0
    assert _stored(job).error == "ValueError: after a write\n"


def test_arguments_are_stored_as_json_and_read_back(app: Flask) -> None:
    """Also rows that were stored before a field was added: it has its default."""

    @dataclass(frozen=True)
    class Several:
        row: UUID
        people: Sequence[UUID]
        pair: tuple[str, str] | None
        pauses: int = 0

    kind = outbox.Kind("test.several", Several)
    arguments = Several(row=new_id(), people=[new_id(), new_id()], pair=("key", "id"))
    payload = kind.to_payload(arguments)
    assert payload == {
        "row": str(arguments.row), "people": [str(person) for person in arguments.people], "pair": ["key", "id"],
        "pauses": 0,
    }
    del payload["pauses"]
    assert kind.from_payload(payload) == arguments
    with pytest.raises(ValueError, match="row"):
        kind.from_payload({**payload, "row": "no id"})
