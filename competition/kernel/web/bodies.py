"""Bodies of requests: read whole and in bounded time, or refused.

Granian has no time limit for a body: a client that sends half of it and then nothing would occupy one of a process's
few threads for as long as it likes. Another thread cannot do the waiting, because Granian itself waits, with the
interpreter's lock, for a reader that outlives the answer. What ends the wait is the end of the connection: a watching
thread shuts the connections that are late. It finds them by what Linux reports of each (``tcp_info`` in
``linux/tcp.h``, the same since 2.6); on other systems a proxy has to do this.

Granian also ends a body without an error where the connection breaks, and half a form reads like a whole one. So a
body that is shorter than announced is refused.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SECONDS = 30.0  # for a whole body of at most a mebibyte
SHORT_SECONDS = 5.0  # the same while at least CROWDED threads wait for bodies
CROWDED = 4  # half of a process's threads
INTERVAL = 0.5  # seconds between two looks at the connections
FOLDER = Path("/proc/self/fd")
ESTABLISHED = 1
# Milliseconds since the last data was sent, and received; bytes that were acknowledged, and received.
TCP_INFO = struct.Struct("44x I 4x I 64x Q Q")


class Refused(Exception):
    """A body that is not read to its end; ``status`` is the answer's status line, ``args[0]`` its text."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


class BodyReader:
    """Reads the bodies of one process; the parameters are the constants above."""

    def __init__(
        self, *, seconds: float = SECONDS, short_seconds: float = SHORT_SECONDS, crowded: int = CROWDED
    ) -> None:
        self.seconds, self.short_seconds, self.crowded = seconds, short_seconds, crowded
        self._lock = threading.Lock()
        self._starts: dict[int, float] = {}  # thread → when it began to wait
        self._watching = False

    def read(self, stream: IO[bytes], length: int, port: int) -> bytes:
        """Exactly ``length`` bytes, from a connection to our ``port``.

        Raises
        ------
        Refused
            When they take too long, or the connection breaks before.
        """
        thread = threading.get_ident()
        with self._lock:
            self._starts[thread] = time.monotonic()
            watching, self._watching = self._watching, True
        if not watching:
            threading.Thread(target=self._watch, args=(port,), daemon=True, name="bodies").start()
        try:
            body = stream.read(length)
        finally:
            with self._lock:
                del self._starts[thread]
        if len(body) < length:
            raise Refused("408 Request Timeout", "The request did not arrive whole in time. Send it again.")
        return body

    def _watch(self, port: int) -> None:
        """Shut late connections, as long as the process lives."""
        waiting_since: dict[int, float] = {}
        while True:
            time.sleep(INTERVAL)
            with self._lock:
                starts = list(self._starts.values())
            now = time.monotonic()
            slow = bool(starts) and now - min(starts) > INTERVAL
            waiting_since = self._shut_late(starts, waiting_since, port, now) if slow else {}

    def _shut_late(
        self, starts: list[float], waiting_since: dict[int, float], port: int, now: float
    ) -> dict[int, float]:
        """Shut as many connections as bodies are late, first those that have been unanswered for longest.

        ``waiting_since`` and the result: inode of a connection → since when it is known to wait for an answer.
        """
        limit = self.short_seconds if len(starts) >= self.crowded else self.seconds
        late, still_waiting = sum(now - start > limit for start in starts), dict[int, float]()
        candidates = sorted(
            unanswered(port), key=lambda one: (one.maybe_idle, waiting_since.get(one.inode, now), one.inode)
        )
        for position, connection in enumerate(candidates):
            since = max(waiting_since.get(connection.inode, now), now - connection.silent)
            still_waiting[connection.inode] = since
            with connection.handle:
                if position < late and now - since > limit - 3 * INTERVAL:
                    connection.handle.shutdown(socket.SHUT_RD)
        return still_waiting


@dataclass(frozen=True)
class Unanswered:
    """A connection on which something came after our last answer.

    Attributes
    ----------
    handle
        A second handle on it, to be closed by the caller.
    silent
        For how many seconds we have sent nothing.
    maybe_idle
        Whether it may wait for its client's next request: the kernel's clock is too coarse to tell.
    """

    inode: int
    handle: socket.socket
    silent: float
    maybe_idle: bool


def unanswered(port: int) -> Iterator[Unanswered]:
    """The connections to our ``port`` that wait for an answer; none on other systems than Linux."""
    for descriptor in FOLDER.iterdir() if FOLDER.is_dir() else ():
        try:
            if not str(descriptor.readlink()).startswith("socket:"):
                continue
            handle = socket.socket(fileno=os.dup(int(descriptor.name)))
        except OSError:  # closed meanwhile
            continue
        sent, received, acknowledged_bytes, received_bytes = _tcp_info(handle, port)
        if received_bytes and received <= sent:
            inode = os.fstat(handle.fileno()).st_ino
            yield Unanswered(inode, handle, sent / 1000, received == sent and acknowledged_bytes > 1)
        else:
            handle.close()


def _tcp_info(handle: socket.socket, port: int) -> tuple[int, int, int, int]:
    """The values of :data:`TCP_INFO`; zeros for what is no connection to ``port``."""
    try:
        if handle.family in {socket.AF_INET, socket.AF_INET6} and handle.getsockname()[1] == port:
            info = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO.size)
            if info[0] == ESTABLISHED:
                sent, received, acknowledged_bytes, received_bytes = TCP_INFO.unpack(info)
                return sent, received, acknowledged_bytes, received_bytes
    except (OSError, struct.error):
        pass
    return 0, 0, 0, 0
