"""Helpers of the set-up steps: folders, a lock, logged commands, and stamps that skip a step already done."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".tools"
LOG = TOOLS / "setup.log"


class SetupError(RuntimeError):
    """A step failed; the message says what to do."""


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups of one clone wait for each other."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def quietly(argv: Iterable[str | Path], *, advice: str, env: dict[str, str] | None = None) -> None:
    """Run a command with its output in ``.tools/setup.log``.

    Raises
    ------
    SetupError
        With the output's end and the advice, when the command fails.
    """
    command = [str(part) for part in argv]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(env or {})}, check=False, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n{done.stdout}\n")
    if done.returncode:
        tail = "\n".join(f"    {line}" for line in done.stdout.splitlines()[-12:])
        raise SetupError(f"{' '.join(command[:4])} … failed:\n{tail}\n{advice}\nAll output: {LOG}")


# --- Stamps: a step is done when the digest of what it depends on is written beside its result ---


def digest(paths: Iterable[Path], extra: str = "") -> str:
    """A digest of files, and of all files in folders, with their names."""
    content = hashlib.sha256(extra.encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                content.update(f"\0{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return content.hexdigest()


class Stamp:
    """Remembers in ``file`` what a step was last done for."""

    def __init__(self, file: Path, value: str) -> None:
        self.file, self.value = file, value

    @property
    def stale(self) -> bool:
        return not self.file.exists() or self.file.read_text() != self.value

    def after(self, work: Callable[[], object]) -> Callable[[], None]:
        """The step, and then the stamp."""

        def stamped() -> None:
            self.file.unlink(missing_ok=True)
            work()
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(self.value)

        return stamped
