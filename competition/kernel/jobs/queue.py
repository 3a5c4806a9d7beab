"""The RQ queue as the web processes use it. The record of a job is its row in the outbox.

RQ carries one string, the job's id, as JSON. Losing it costs time, never a job.
"""

from __future__ import annotations

import contextlib
import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from competition.config import Settings

log = structlog.get_logger()
PATIENCE = 1.5  # seconds that a request waits for Redis
QUIET = 10.0  # seconds for which one that did not answer is not asked again


def connect(settings: Settings, *, patience: float = 30) -> Redis:
    """A client that waits at most this many seconds for an answer."""
    return Redis.from_url(settings.redis_url, socket_connect_timeout=min(2, patience), socket_timeout=patience)


def redis() -> Redis:
    """The application's Redis client (one pool per process)."""
    client: Redis | None = current_app.extensions.get("opencall_redis")
    if client is None:
        client = current_app.extensions["opencall_redis"] = connect(current_app.config["SETTINGS"], patience=PATIENCE)
    return client


def ring(jobs: list[tuple[UUID, int]], *, salt: str = "") -> int:
    """Tell the workers that jobs wait; returns how many were told. Redis being away is not an error.

    Where it does not answer, it is not asked again for a while: who submits must not wait for a doorbell, and the
    sweeper finds the jobs without one.

    Parameters
    ----------
    jobs
        ``(job id, attempt)`` pairs; the pair makes RQ's id unique, so ringing twice queues once.
    salt
        Makes the id new when the sweeper rings again: an RQ job that was taken by a worker that died
        keeps its id until RQ itself notices, which may take minutes.
    """
    settings: Settings = current_app.config["SETTINGS"]
    quiet: dict[str, float] = current_app.extensions.setdefault("opencall_quiet", {"until": 0.0})
    if time.monotonic() < quiet["until"]:
        return 0
    rung = 0
    try:
        queue = Queue(settings.redis_queue, connection=redis(), serializer=JSONSerializer)
        for job_id, attempt in jobs:
            with contextlib.suppress(DuplicateJobError):
                queue.enqueue(
                    "competition.kernel.jobs.worker.run_job", str(job_id),
                    job_id=f"{job_id}-{attempt}{salt}", unique=True, result_ttl=0, failure_ttl=60,
                    ttl=600, job_timeout=3600,
                )
                rung += 1
    except RedisError as error:
        quiet["until"] = time.monotonic() + QUIET
        log.warning("queue.unreachable", error=str(error), jobs=len(jobs))
    return rung


def workers_seen(now: datetime, within: timedelta) -> int:
    """How many workers have shown themselves lately; 0 when Redis is away."""
    try:
        workers = Worker.all(connection=redis(), serializer=JSONSerializer)
        return sum(1 for w in workers if w.last_heartbeat and now - w.last_heartbeat <= within)
    except RedisError:
        return 0
