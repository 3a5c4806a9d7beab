"""One supervisor per data folder, and no process left over from one that was killed.

The lock is the kernel's (flock), so it cannot go stale. The file's contents name the processes that were
started under it; whoever takes the lock next stops those that still run.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from competition.embedded.process import STOP_SECONDS, Process, Row, process_table

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Locked(RuntimeError):
    """Another supervisor is at work on this data folder; ``note`` is what it wrote down."""

    def __init__(self, note: dict[str, Any]) -> None:
        super().__init__("already running")
        self.note = note


class RunLock:
    """Held from construction to :meth:`release`.

    Raises
    ------
    Locked
        When another living process holds it.
    """

    def __init__(self, data: Path) -> None:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.data = data
        self._file = os.fdopen(os.open(data / "run.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note = self._read()
            self._file.close()
            raise Locked(note) from None
        self._left_over = self._read()
        self._note: dict[str, Any] = {}
        self._children: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def describe(self, **facts: Any) -> None:
        """Facts for whoever finds the lock taken, such as the address that is being served."""
        self._note.update(facts)
        self._write()

    def record(self, process: Process) -> None:
        """Remember a process, by its number and the moment it started: numbers are used again."""
        started = next((row.started for row in process_table() if row.pid == process.pid), "")
        self._children.append({"name": process.program.name, "pid": process.pid, "started": started})
        self._write()

    def clean(self) -> list[str]:
        """Stop what the last holder left running; returns the names."""
        if self._left_over.get("boot") != _boot():
            return []
        children, table = self._left_over.get("children", []), process_table()
        left_over = {row: child["name"] for child in children for row in table if self._is_left_over(row, child)}
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for row in left_over:
                if row in process_table():
                    with suppress(ProcessLookupError):
                        os.kill(row.pid, sign)
            until = time.monotonic() + STOP_SECONDS
            while time.monotonic() < until and set(left_over) & set(process_table()):
                time.sleep(0.05)
        return sorted(set(left_over.values()))

    def release(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._file.close()

    def _is_left_over(self, row: Row, child: dict[str, Any]) -> bool:
        """The recorded process itself, or a child that outlived it (an RQ job) and still serves this folder."""
        if row.pid == child["pid"]:
            return bool(row.started == child["started"])
        if row.session != child["pid"] or sys.platform != "linux":
            return False
        try:
            environment = Path(f"/proc/{row.pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False
        return f"DATA_DIR={self.data}".encode() in environment

    def _read(self) -> dict[str, Any]:
        self._file.seek(0)
        try:
            note = json.loads(self._file.read() or "{}")
        except json.JSONDecodeError:  # its writer was killed in the middle
            return {}
        return note if isinstance(note, dict) else {}

    def _write(self) -> None:
        note = {**self._note, "supervisor": os.getpid(), "boot": _boot(), "children": self._children}
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps(note))
        self._file.flush()


def _boot() -> str:
    """Tells one run of the machine from the next, since process numbers begin anew."""
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else ""
