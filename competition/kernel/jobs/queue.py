"""The RQ queue as the web processes use it. The record of a job is its row in the outbox.

RQ carries one string, the job's id, as JSON. Losing it costs time, never a job.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from cachetools import TTLCache
from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from competition.config import Settings

log = structlog.get_logger()
REQUEST_TIMEOUT = 1.5  # seconds that a request waits for Redis
PAUSE = 10.0  # seconds for which a Redis that did not answer is not asked again


def connect(settings: Settings, *, timeout: float = 30) -> Redis:
    """A client that waits at most this many seconds for an answer."""
    return Redis.from_url(settings.redis_url, socket_connect_timeout=min(2, timeout), socket_timeout=timeout)


def redis() -> Redis:
    """The application's Redis client (one pool per process)."""
    client: Redis | None = current_app.extensions.get("opencall_redis")
    if client is None:
        settings: Settings = current_app.config["SETTINGS"]
        client = current_app.extensions["opencall_redis"] = connect(settings, timeout=REQUEST_TIMEOUT)
    return client


def ring(jobs: list[tuple[UUID, int]], *, salt: str = "") -> int:
    """Put jobs into the queue; returns how many were put. Redis being away is not an error.

    Where it does not answer, it is not asked again for ten seconds: a submission must not wait for the queue, and the
    sweeper puts the jobs there later.

    Parameters
    ----------
    jobs
        ``(job id, attempt)`` pairs; the pair makes RQ's id unique, so a job that is put there twice is queued once.
    salt
        Makes the id new when the sweeper puts a job there again: an RQ job that was taken by a worker that died
        keeps its id until RQ itself notices, which may take minutes.
    """
    settings: Settings = current_app.config["SETTINGS"]
    unreachable: TTLCache[str, bool] = current_app.extensions.setdefault("opencall_unreachable", TTLCache(1, PAUSE))
    if "redis" in unreachable:
        return 0
    count = 0
    try:
        queue = Queue(settings.redis_queue, connection=redis(), serializer=JSONSerializer)
        for job_id, attempt in jobs:
            with contextlib.suppress(DuplicateJobError):
                queue.enqueue(
                    "competition.kernel.jobs.worker.run_job", str(job_id),
                    job_id=f"{job_id}-{attempt}{salt}", unique=True, result_ttl=0, failure_ttl=60,
                    ttl=600, job_timeout=3600,
                )
                count += 1
    except RedisError as error:
        unreachable["redis"] = True
        log.warning("queue.unreachable", error=str(error), jobs=len(jobs))
    return count


def workers_seen(now: datetime, within: timedelta) -> int:
    """How many workers have shown themselves lately; 0 when Redis is away."""
    try:
        workers = Worker.all(connection=redis(), serializer=JSONSerializer)
        return sum(1 for w in workers if w.last_heartbeat and now - w.last_heartbeat <= within)
    except RedisError:
        return 0
