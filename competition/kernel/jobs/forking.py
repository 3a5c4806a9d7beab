"""Several long-running tasks, each in a process forked from one that has loaded everything once."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

import structlog

from competition.embedded.process import die_with_parent

Task = Callable[[], None]
log = structlog.get_logger()


def run(tasks: Sequence[Task]) -> int:
    """Fork a child per task and wait for them; returns the exit code.

    SIGTERM and SIGINT ask every child to stop, as SIGTERM: a worker ends the job in hand first. A child
    that ends unasked ends them all, so that whoever supervises us starts the whole crew again.
    Nothing may be connected yet: a connection must not be shared between processes.
    """
    children: set[int] = set()
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if not stopping:  # a worker that is asked twice drops its job
            stopping = True
            for pid in children:
                with suppress(ProcessLookupError):  # it ended this moment
                    os.kill(pid, signal.SIGTERM)

    gc.freeze()  # shared pages stay shared
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    for task in tasks:
        children.add(_fork(task, signals))
    for number in signals:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    lost = False
    while children:
        pid, _status = os.wait()
        children.discard(pid)
        if not stopping:
            lost = True
            stop(signal.SIGTERM, None)
    return 1 if lost else 0


def _fork(task: Task, blocked: set[signal.Signals]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setpgid(0, 0)  # a terminal's Ctrl-C goes to our parent, who passes it on once
        if sys.platform == "linux":
            die_with_parent()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
        task()
        code = 0
    except Exception:
        log.exception("crew.task_failed")  # nobody else would say why
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
