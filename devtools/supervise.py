"""Starts processes in groups, watches them, and stops them in reverse order."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from competition.embedded.process import STOP_SECONDS, Process, ProcessError, Program, stop_all
from devtools.lock import RunLock


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C, SIGTERM, or a closed terminal."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the usual signals into :class:`Stopped`; those that follow while stopping are ignored."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    before = {number: signal.signal(number, stop) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Supervisor:
    """Holds the processes of one site."""

    def __init__(self, lock: RunLock) -> None:
        self.lock = lock
        self._groups: list[list[Process]] = []

    def start(self, *programs: Program) -> None:
        """Start programs side by side, and return when all are ready."""
        self.start_groups(programs)

    def start_groups(self, *groups: Sequence[Program]) -> None:
        """The same for several groups at once, of which the last will be stopped first.

        Raises
        ------
        ProcessError
            When one exits or does not answer.
        """
        before = len(self._groups)
        for programs in groups:
            group: list[Process] = []
            self._groups.append(group)
            for program in programs:
                process = Process(program)
                group.append(process)
                self.lock.record(process)
        for group in self._groups[before:]:
            for process in group:
                process.wait_ready()

    def watch(self) -> None:
        """Return never: raises when a process ends, or when we are asked to stop."""
        while True:
            for group in self._groups:
                for process in group:
                    if process.exit_code is not None:
                        raise ProcessError(process.obituary())
            time.sleep(0.2)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Stop the last started group first; ``seconds`` is how long each may take to end by itself."""
        while self._groups:
            stop_all(self._groups[-1], seconds)
            self._groups.pop()
