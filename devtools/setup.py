"""Everything between a fresh clone and a program that can start, each step skipped while nothing changed.

Needs Python 3.11 with pip. Node comes from PyPI when the machine has none; nothing needs root or a compiler.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from devtools.progress import Progress

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".tools"
LOG = TOOLS / "setup.log"
NODE_MINIMUM = (20, 19)  # PDF.js and esbuild


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
    found = hashlib.sha256(extra.encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                found.update(f"\0{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return found.hexdigest()


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


# --- Python ---


def python_packages(progress: Progress, lists: Iterable[str]) -> None:
    """``.venv`` with the packages of the hashed requirement lists."""
    works = "import sys; sys.exit(sys.version_info < (3, 11) or sys.prefix == sys.base_prefix)"
    usable = PYTHON.exists() and subprocess.run([PYTHON, "-c", works], check=False).returncode == 0
    progress.run("Making a Python environment", make_environment, needed=not usable)
    for name in lists:
        file = ROOT / f"{name}.txt"
        version = subprocess.run([PYTHON, "-V"], capture_output=True, text=True, check=True).stdout
        stamp = Stamp(VENV / f"{name}.stamp", digest([file], version))
        label = "Installing Python packages" + (" for tests" if "dev" in name else "")
        progress.run(label, stamp.after(partial(pip_install, file)), needed=stamp.stale)


def make_environment() -> None:
    """By ``venv``, or by virtualenv where a distribution has split ``venv`` off."""
    shutil.rmtree(VENV, ignore_errors=True)
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        quietly([sys.executable, "-m", "venv", VENV], advice="Is the disk full?")
        return
    if not importlib.util.find_spec("pip"):
        raise SetupError(
            f"{sys.executable} has neither venv nor pip. Install one of them, for example: "
            "sudo apt install python3-pip (or python3-venv)"
        )
    target = TOOLS / "virtualenv"
    quietly(
        [sys.executable, "-m", "pip", "install", "-q", "--target", target, "--upgrade", "--require-hashes",
         "-r", ROOT / "devtools" / "requirements-virtualenv.txt"],
        advice="pip could not fetch virtualenv: is a package index reachable?",
    )
    quietly(
        [sys.executable, "-m", "virtualenv", "--quiet", VENV],
        env={"PYTHONPATH": str(target)}, advice="Is the disk full?",
    )


def pip_install(file: Path) -> None:
    quietly(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
         "--require-hashes", "--only-binary", ":all:", "-r", file],
        advice="Is a package index reachable? Wheels exist for Linux (x86_64, aarch64) and macOS on ARM.",
    )


# --- Node and what the browser gets ---


def node(minimum: tuple[int, int] = NODE_MINIMUM) -> Path | None:
    """A new enough node that has npm beside it: the machine's own, else the one from PyPI."""
    for folder in [*os.environ.get("PATH", "").split(os.pathsep), str(VENV / "bin")]:
        candidate = Path(folder) / "node"
        # A PATH taken over from somebody else may name folders that we must not look into: those have nothing for us.
        if os.access(candidate, os.X_OK) and os.access(Path(folder) / "npm", os.X_OK):
            said = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False)
            version = re.match(r"v(\d+)\.(\d+)", said.stdout)
            if version and (int(version[1]), int(version[2])) >= minimum:
                return candidate
    return None


def install_node() -> None:
    pip_install(ROOT / "devtools" / "requirements-node.txt")


def with_node(
    command: Iterable[str | Path], *, advice: str, minimum: tuple[int, int] = NODE_MINIMUM,
    env: dict[str, str] | None = None,
) -> None:
    """Run npm or node with the folder of the chosen node first on PATH."""
    found = node(minimum)
    if found is None:
        raise SetupError("No usable node was found, also not the one from PyPI.")
    path = f"{found.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    name, *rest = command
    quietly([found.parent / str(name), *rest], env={"PATH": path, **(env or {})}, advice=advice)


def assets(progress: Progress) -> None:
    """``node_modules`` from the lock file, then ``static/dist`` by esbuild."""
    lock = ROOT / "package-lock.json"
    packages = Stamp(ROOT / "node_modules" / ".stamp", digest([lock, ROOT / "package.json"]))
    source = [ROOT / "static" / "src", ROOT / "static" / "img", ROOT / "static" / "build.mjs", lock]
    bundles = Stamp(ROOT / "static" / "dist" / ".stamp", digest(source))
    work = packages.stale or bundles.stale
    progress.run("Fetching node", install_node, needed=work and node() is None)
    progress.run("Installing JavaScript packages", packages.after(npm_install), needed=packages.stale)
    progress.run("Bundling scripts and styles", bundles.after(bundle), needed=work)


def npm_install(*more: str) -> None:
    with_node(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *more],
        advice="npm could not install the pages' packages: is a package registry reachable?",
    )


def bundle() -> None:
    with_node(["node", "static/build.mjs"], advice="A file under static/src does not build.")
