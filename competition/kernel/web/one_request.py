"""One request computes at a time in each process; those that wait, for a body or a file store, wait outside.

Threads of one process take turns at the interpreter's lock, at every statement to the database: the same pages then
cost a third more processor time, and the slowest answers take several times as long. So a request passes a turnstile
once its body is there, and leaves it for what needs no interpreter: a call to the file store, the hash of a password.
A slow line then occupies a thread that would do nothing else.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import structlog

from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.web.bodies import Bodies, Refused

P = ParamSpec("P")
T = TypeVar("T")
Environ = dict[str, Any]
RECEIVED = "opencall.received_at"
log = structlog.get_logger()
_here = threading.local()


class Turnstile:
    """WSGI middleware: reads the body, notes when it had arrived, and lets one request in.

    Parameters
    ----------
    most
        Bytes of a body that are read; a longer one is left to the application, which refuses it by its length.
    bodies
        Who waits for them, and for how long.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], most: int, bodies: Bodies | None = None) -> None:
        self.app, self.most, self.lock, self.bodies = app, most, threading.Lock(), bodies or Bodies()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            self._read(environ)
        except Refused as refused:
            return _refuse(refused, environ, start_response)
        environ[RECEIVED] = clock.now()  # what a deadline is decided by: before any wait of ours
        with self.lock:
            _here.lock = self.lock
            try:
                answer = self.app(environ, start_response)
                try:
                    return list(answer)
                finally:
                    close = getattr(answer, "close", None)
                    if close is not None:
                        close()
            finally:
                _here.lock = None

    def _read(self, environ: Environ) -> None:
        """Only a body whose length is known beforehand: whether another is whole, the server does not tell."""
        length = environ.get("CONTENT_LENGTH") or "0"
        if environ.get("HTTP_TRANSFER_ENCODING") or not length.isdecimal():
            raise Refused("411 Length Required", "Say how long the request is (Content-Length).")
        if int(length) > self.most:
            return  # the application refuses it unread
        port = int(environ.get("SERVER_PORT") or 0)
        body = self.bodies.read(environ["wsgi.input"], int(length), port) if int(length) else b""
        environ["wsgi.input"] = io.BytesIO(body)


def _refuse(refused: Refused, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer in plain words, and end the connection: the rest of the body would be read as the next request."""
    log.info("request.refused", method=environ.get("REQUEST_METHOD"), status=int(refused.status[:3]))
    body = f"{refused}\n".encode()
    start_response(refused.status, [
        ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))), ("Connection", "close"),
        ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
    ])
    return [body]


@contextmanager
def outside() -> Iterator[None]:
    """Let others in meanwhile; not inside a writing transaction, for those who wait for it would wait for us."""
    lock = getattr(_here, "lock", None)
    if lock is None or transaction.writing():
        yield
        return
    _here.lock = None
    lock.release()
    try:
        yield
    finally:
        lock.acquire()
        _here.lock = lock


def waits(call: Callable[P, T]) -> Callable[P, T]:
    """A function that waits for another program, or computes without the interpreter."""

    @wraps(call)
    def waiting(*args: P.args, **kwargs: P.kwargs) -> T:
        with outside():
            return call(*args, **kwargs)

    return waiting
