"""Bodies of requests: read whole and in bounded time, or refused.

The web server offers a body that can only be read by waiting, without an end: whoever sends half of it and then nothing
would keep one of a process's few threads for as long as he likes. Nor can another thread do the waiting, for the server
itself waits for a reader that an answer has left behind. What ends the wait is the end of the line: a watch, which runs
only while a body takes long, shuts the connections that have been waited for longest. It finds them by what Linux tells
of each (``tcp_info`` in ``linux/tcp.h``, the same since 2.6); elsewhere a proxy has to do this alone.

The server also ends a body quietly where its line breaks, and half a form reads like a whole one: what is shorter than
announced is refused.
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
HASTE = 5.0  # the same while as many as PATIENT are waited for: half of a process's threads
PATIENT = 4
TICK = 0.5
FOLDER = Path("/proc/self/fd")
ESTABLISHED = 1
# Milliseconds since the last data was sent, and received; bytes that were acknowledged, and received.
INFO = struct.Struct("44x I 4x I 64x Q Q")


class Refused(Exception):
    """A body that is not read to its end; ``status`` is the answer's status line, ``args[0]`` its text."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


class Bodies:
    """Reads bodies for one process; the parameters are the constants above."""

    def __init__(self, *, seconds: float = SECONDS, haste: float = HASTE, patient: int = PATIENT) -> None:
        self.seconds, self.haste, self.patient = seconds, haste, patient
        self._lock = threading.Lock()
        self._since: dict[int, float] = {}  # thread → when it began to wait
        self._watched = False

    def read(self, stream: IO[bytes], length: int, port: int) -> bytes:
        """Exactly ``length`` bytes, from a connection to our ``port``.

        Raises
        ------
        Refused
            When they take too long, or the line breaks before.
        """
        me = threading.get_ident()
        with self._lock:
            self._since[me] = time.monotonic()
            watched, self._watched = self._watched, True
        if not watched:
            threading.Thread(target=self._watch, args=(port,), daemon=True, name="bodies").start()
        try:
            body = stream.read(length)
        finally:
            with self._lock:
                del self._since[me]
        if len(body) < length:
            raise Refused("408 Request Timeout", "The request did not arrive whole in time. Send it again.")
        return body

    def _watch(self, port: int) -> None:
        """As long as the process lives."""
        heard: dict[int, float] = {}
        while True:
            time.sleep(TICK)
            with self._lock:
                begun = list(self._since.values())
            now = time.monotonic()
            heard = self._end_the_late(begun, heard, port, now) if begun and now - min(begun) > TICK else {}

    def _end_the_late(self, begun: list[float], heard: dict[int, float], port: int, now: float) -> dict[int, float]:
        """Shut as many connections as bodies are late, those first that have been unanswered for longest.

        ``heard`` and what is returned: connection (its inode) → since when it is known to wait for an answer.
        """
        patience = self.haste if len(begun) >= self.patient else self.seconds
        late, still = sum(now - since > patience for since in begun), dict[int, float]()
        waiting = sorted(unanswered(port), key=lambda one: (one.perhaps, heard.get(one.inode, now), one.inode))
        for place, one in enumerate(waiting):
            since = still[one.inode] = max(heard.get(one.inode, now), now - one.silent)
            with one.line:
                if place < late and now - since > patience - 3 * TICK:
                    one.line.shutdown(socket.SHUT_RD)
        return still


@dataclass(frozen=True)
class Unanswered:
    """A connection on which something came after our last answer.

    Attributes
    ----------
    line
        A second handle on it, to be closed.
    silent
        For how many seconds we have sent nothing.
    perhaps
        Whether it may be an idle one: the kernel's clock is too coarse to tell.
    """

    inode: int
    line: socket.socket
    silent: float
    perhaps: bool


def unanswered(port: int) -> Iterator[Unanswered]:
    """Those connections to our ``port``; none where Linux is not there to ask."""
    for handle in FOLDER.iterdir() if FOLDER.is_dir() else ():
        try:
            if not str(handle.readlink()).startswith("socket:"):
                continue
            line = socket.socket(fileno=os.dup(int(handle.name)))
        except OSError:  # closed meanwhile
            continue
        sent, received, acknowledged, got = _told(line, port)
        if got and received <= sent:
            inode = os.fstat(line.fileno()).st_ino
            yield Unanswered(inode, line, sent / 1000, received == sent and acknowledged > 1)
        else:
            line.close()


def _told(line: socket.socket, port: int) -> tuple[int, int, int, int]:
    """What :data:`INFO` says; zeros for what is no connection to ``port``."""
    try:
        if line.family in {socket.AF_INET, socket.AF_INET6} and line.getsockname()[1] == port:
            told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO.size)
            if told[0] == ESTABLISHED:
                sent, received, acknowledged, got = INFO.unpack(told)
                return sent, received, acknowledged, got
    except (OSError, struct.error):
        pass
    return 0, 0, 0, 0
