"""Start a program, wait until it answers, stop it with everything it started."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS = 12.0  # between SIGTERM and SIGKILL
KILL_SECONDS = 2.0  # a killed process is gone a moment later
PR_SET_PDEATHSIG = 1  # prctl(2)


class ProcessError(RuntimeError):
    """A program did not start, or stopped by itself; the message names its log."""


@dataclass(frozen=True)
class Program:
    """One process to run.

    Parameters
    ----------
    name
        What messages call it.
    argv, env, cwd
        The command, variables added to our own environment, and the folder to run in.
    log
        File that receives its output.
    ready
        Answers whether it can serve; asked until true or until ``patience`` seconds have passed.
    user
        Run as this numeric user (its group has the same number). Only root may ask for it.
    stop_signal
        What asks it to stop.
    litter
        Files that it leaves outside its folder; removed once it has stopped.
    """

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    patience: float = 120.0
    cwd: Path | None = None
    user: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    litter: Sequence[Path] = ()


@dataclass(frozen=True)
class Row:
    """A line of the process table; ``started`` is only comparable for equality."""

    pid: int
    session: int
    started: str


def process_table() -> list[Row]:
    """Every process of this machine, with its session (on Linux) or process group (elsewhere)."""
    if sys.platform != "linux":
        columns = ["ps", "-axo", "pid=,pgid=,lstart="]
        lines = subprocess.run(columns, capture_output=True, text=True, check=True).stdout.splitlines()
        parts = [line.split(None, 2) for line in lines]
        return [Row(int(pid), int(group), started) for pid, group, started in parts]
    rows = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:  # gone since the listing
                continue
            # proc(5): fields after the parenthesised name begin with 3 (state); 6 session, 22 start time
            fields = stat.rpartition(")")[2].split()
            if fields[0] != "Z":
                rows.append(Row(int(folder.name), int(fields[3]), fields[19]))
    return rows


def kill_session(leader: int) -> None:
    """SIGKILL whatever a program left behind in its session, also when the program itself is gone.

    RQ moves the child that runs a job into a process group of its own, so killing the group of the
    worker would leave that child running; the session still holds both.
    """
    until = time.monotonic() + KILL_SECONDS
    while time.monotonic() < until:
        left = [row.pid for row in process_table() if row.session == leader]
        if not left:
            return
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def die_with_parent() -> None:
    """Ask Linux to send us SIGTERM when our parent dies, even by SIGKILL. Runs in the child."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """A started :class:`Program`, leader of a session of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with program.log.open("ab") as log:
            self._popen: subprocess.Popen[bytes] = subprocess.Popen(
                program.argv, cwd=program.cwd, env={**os.environ, **program.env},
                user=program.user, group=program.user, extra_groups=None if program.user is None else [],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )
        self.pid = self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, or nothing while it runs."""
        return self._popen.poll()

    def wait_ready(self) -> None:
        """Return when the program can serve.

        Raises
        ------
        ProcessError
            When it exits first or its patience runs out.
        """
        program, until = self.program, time.monotonic() + self.program.patience
        while program.ready is not None:
            if self.exit_code is not None:
                raise ProcessError(self.obituary())
            if program.ready():
                return
            if time.monotonic() > until:
                raise ProcessError(
                    f"{program.name} did not answer within {program.patience:.0f} s. Its log: {program.log}"
                )
            time.sleep(0.05)

    def terminate(self) -> None:
        """Ask it to stop; :meth:`stop` waits for that."""
        if self.exit_code is None:
            self._popen.send_signal(self.program.stop_signal)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """SIGTERM, wait, then SIGKILL for what is left of its session."""
        self.terminate()
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self._popen.kill()
        finally:
            kill_session(self.pid)
            self._popen.wait()
            for file in self.program.litter:
                file.unlink(missing_ok=True)

    def obituary(self, lines: int = 15) -> str:
        """Why it is gone, as far as we know: exit code, log file and the log's end."""
        tail = self.program.log.read_text(errors="replace").splitlines()[-lines:]
        story = "\n".join(f"    {line}" for line in tail)
        return f"{self.program.name} stopped (exit code {self.exit_code}). Its log: {self.program.log}\n{story}"


def stop_all(processes: Sequence[Process], seconds: float = STOP_SECONDS) -> None:
    """Stop side by side: ask all, then wait for each."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.stop(seconds)
