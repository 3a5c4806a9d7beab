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

from competition.kernel import clock, transaction

P = ParamSpec("P")
T = TypeVar("T")
Environ = dict[str, Any]
RECEIVED = "opencall.received_at"
_here = threading.local()


class Turnstile:
    """WSGI middleware: reads the body, notes when it had arrived, and lets one request in.

    Parameters
    ----------
    most
        Bytes of a body that are read; a longer one is left to the application, which refuses it by its length.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], most: int) -> None:
        self.app, self.most, self.lock = app, most, threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        self._read(environ)
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
        length, stream = environ.get("CONTENT_LENGTH") or "", environ["wsgi.input"]
        if length.isdecimal():
            if 0 < int(length) <= self.most:
                environ["wsgi.input"] = io.BytesIO(stream.read(int(length)))
        elif environ.get("wsgi.input_terminated") and environ.get("HTTP_TRANSFER_ENCODING"):
            environ["wsgi.input"] = io.BytesIO(stream.read(self.most + 1))


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
