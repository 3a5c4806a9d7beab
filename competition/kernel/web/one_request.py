"""One request is computed at a time in each process; requests that wait for something else wait outside.

Threads of one process take turns at the interpreter's lock, at every statement to the database: the same pages then
cost up to a quarter more processor time, and the slowest of a hundred submissions takes five times as long (figures in
docs/decisions/0008). So a request takes a lock once its body is there, and releases it for calls that need no
interpreter: to the file store, to hash a password. A slow connection occupies a thread that would do nothing else.
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
from competition.kernel.web.bodies import BodyReader, Refused

P = ParamSpec("P")
T = TypeVar("T")
Environ = dict[str, Any]
RECEIVED = "opencall.received_at"
log = structlog.get_logger()
_thread = threading.local()  # ``lock``: the lock that this thread's request has taken


class OneRequestAtATime:
    """WSGI middleware: reads the body, notes when it had arrived, and computes one request at a time.

    Parameters
    ----------
    max_bytes
        Bytes of a body that are read; a longer one is left to the application, which refuses it by its length.
    bodies
        Reads the bodies, and decides how long to wait for them.
    """

    def __init__(
        self, app: Callable[..., Iterable[bytes]], max_bytes: int, bodies: BodyReader | None = None
    ) -> None:
        self.app, self.max_bytes, self.bodies = app, max_bytes, bodies or BodyReader()
        self.lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            self._read(environ)
        except Refused as refused:
            return _refuse(refused, environ, start_response)
        environ[RECEIVED] = clock.now()  # decides deadlines: noted before this request waits for others
        with self.lock:
            _thread.lock = self.lock
            try:
                answer = self.app(environ, start_response)
                try:
                    return list(answer)
                finally:
                    close = getattr(answer, "close", None)
                    if close is not None:
                        close()
            finally:
                _thread.lock = None

    def _read(self, environ: Environ) -> None:
        """Replace the body by one that is in memory. Its length must be announced, or nobody knows whether it is whole.

        Raises
        ------
        Refused
            When its length is not announced, or it does not arrive whole in time.
        """
        length = environ.get("CONTENT_LENGTH") or "0"
        if environ.get("HTTP_TRANSFER_ENCODING") or not length.isdecimal():
            raise Refused("411 Length Required", "Say how long the request is (Content-Length).")
        if int(length) > self.max_bytes:
            return  # the application refuses it unread
        port = int(environ.get("SERVER_PORT") or 0)
        body = self.bodies.read(environ["wsgi.input"], int(length), port) if int(length) else b""
        environ["wsgi.input"] = io.BytesIO(body)


def _refuse(refused: Refused, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer in plain text, and end the connection: the rest of the body would be read as the next request."""
    log.info("request.refused", method=environ.get("REQUEST_METHOD"), status=int(refused.status[:3]))
    body = f"{refused}\n".encode()
    start_response(refused.status, [
        ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))), ("Connection", "close"),
        ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
    ])
    return [body]


@contextmanager
def outside() -> Iterator[None]:
    """Let other requests be computed meanwhile.

    Not in a writing transaction: another request could wait for it, and this one would then wait for that request.
    """
    lock = getattr(_thread, "lock", None)
    if lock is None or transaction.writing():
        yield
        return
    _thread.lock = None
    lock.release()
    try:
        yield
    finally:
        lock.acquire()
        _thread.lock = lock


def waits(call: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that waits for another program, or computes without the interpreter: it runs outside."""

    @wraps(call)
    def waiting(*args: P.args, **kwargs: P.kwargs) -> T:
        with outside():
            return call(*args, **kwargs)

    return waiting
