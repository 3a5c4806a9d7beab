"""The worker process: takes job ids from the RQ queue and runs their rows in the outbox, each in a forked child."""

from __future__ import annotations

from uuid import UUID

from flask import Flask
from redis import Redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from competition.config import Settings
from competition.extensions import db
from competition.kernel.jobs import outbox

HEARTBEAT_TTL = 45  # seconds after which a silent worker counts as gone; an idle one reports 15 s earlier
_app: Flask | None = None


def work(app: Flask, *, burst: bool = False, name: str | None = None) -> None:
    """Serve the queue until told to stop; with ``burst`` until it is empty."""
    global _app
    _app = app
    settings: Settings = app.config["SETTINGS"]
    connection = Redis.from_url(settings.redis_url, socket_connect_timeout=5)
    queue = Queue(settings.redis_queue, connection=connection, serializer=JSONSerializer)
    worker = Worker([queue], connection=connection, serializer=JSONSerializer, name=name, worker_ttl=HEARTBEAT_TTL)
    worker.work(burst=burst, logging_level="WARNING")


def run_job(job_id: str) -> None:
    """What RQ calls in the forked child, by the name that ``queue.ring`` gave it.

    Raises
    ------
    RuntimeError
        In a process that :func:`work` did not start: it has no application.
    """
    if _app is None:
        raise RuntimeError("start workers with `flask opencall work`")
    with _app.app_context():
        db.engine.dispose(close=False)  # the parent's connections belong to the parent
        outbox.run(UUID(job_id))
