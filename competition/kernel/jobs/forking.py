"""Several long-running tasks, each in a process forked from one that has loaded everything once."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence

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
    gc.freeze()  # shared pages stay shared
    # They stay blocked and are taken one by one: a handler that runs right before os.wait() would not end its wait.
    signals = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # by default some systems drop it, blocked or not
    children = {_fork(task, signals) for task in tasks}
    stopping, lost = False, False
    while children:
        told_to_stop = signal.sigwait(signals) != signal.SIGCHLD
        ended = _ended(children)
        children -= ended
        if not stopping and (told_to_stop or ended):  # a worker that is asked twice drops its job
            stopping, lost = True, not told_to_stop
            for pid in children:
                os.kill(pid, signal.SIGTERM)  # it is ours until it is waited for
    return 1 if lost else 0


def _ended(children: set[int]) -> set[int]:
    """The children that have ended since; one signal may tell of several."""
    return {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0]}


def _fork(task: Task, blocked: set[signal.Signals]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setpgid(0, 0)  # a terminal's Ctrl-C goes to our parent, who passes it on once
        if sys.platform == "linux":
            die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
        task()
        code = 0
    except Exception:
        log.exception("crew.task_failed")  # nobody else would say why
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
