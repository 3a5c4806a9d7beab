"""Rewriting in a child process: a file that crashes a parser, or keeps it busy for ever, costs that file only."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import resource
import signal
import traceback
from collections.abc import Callable
from typing import IO

from competition.redaction.errors import Withheld

MOST_SECONDS = 600  # of processor time for one file
DONE, WITHHELD, FAILED = b"done", b"withheld", b"failed"
Writer = Callable[[IO[bytes], IO[bytes]], None]


def run_isolated(writer: Writer, source: IO[bytes], target: IO[bytes]) -> None:
    """Call ``writer(source, target)`` in a child process.

    Parameters
    ----------
    source, target
        Files on disk: what the child writes to a file in memory is lost.

    Raises
    ------
    Withheld
        When the writer raises it; ``unreadable`` when the child crashes, ``large`` when it takes too long.
    RuntimeError
        When the writer raises anything else; the message is the child's traceback.
    """
    source.flush()
    target.flush()
    receiver, sender = os.pipe()
    child = os.fork()
    if not child:
        os.close(receiver)
        _run(writer, source, target, sender)
    os.close(sender)
    try:
        with os.fdopen(receiver, "rb") as pipe:
            outcome, _colon, detail = pipe.read().partition(b":")
    except BaseException:  # a job's time is over
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _child, status = os.waitpid(child, 0)
    if outcome == WITHHELD:
        raise Withheld(detail.decode())
    if outcome == FAILED:
        raise RuntimeError(detail.decode())
    if outcome != DONE:
        raise Withheld("large" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU else "unreadable")


def _run(writer: Writer, source: IO[bytes], target: IO[bytes], sender: int) -> None:
    """What the child does; it never returns to its caller's code."""
    faulthandler.disable()  # a crash is an answer here
    try:
        with contextlib.suppress(ValueError, OSError):  # where the limit is lower already
            resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
        writer(source, target)
        target.flush()
        outcome = DONE
    except Withheld as error:
        outcome = WITHHELD + b":" + error.reason.encode()
    except BaseException:  # noqa: BLE001 - the parent raises it
        outcome = FAILED + b":" + traceback.format_exc().encode()
    os.write(sender, outcome[:4096])  # a pipe takes so much at once
    os._exit(0)
