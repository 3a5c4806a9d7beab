"""Real servers for the tests: Valkey, SeaweedFS and PostgreSQL, on free ports, with throw-away data.

``./run test`` starts them once for all pytest workers; a bare ``pytest`` starts those that a test asks for.
Either way a test finds them by the ``TEST_*`` variables. Point a variable at a service of your own to run
the same tests against that.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from competition.embedded import ports, postgres, seaweedfs, valkey
from competition.embedded.process import Program
from devtools.lock import Locked, RunLock
from devtools.progress import Progress
from devtools.supervise import Supervisor

PREFIX = "opencall-test-"
MEMORY = Path("/dev/shm")
ROOM = 8 * 2**30  # bytes
PASSWORD = "valkey-of-the-tests"
KEYS = seaweedfs.Keys("access-of-the-tests", "secret-of-the-tests", "filer-of-the-tests")
VALKEY_DATABASES = 64
REDIS, S3, POSTGRES = "TEST_REDIS_URL", "TEST_S3_ENDPOINT_URL", "TEST_PG_URL"


def start_valkey(folder: Path) -> tuple[Program, dict[str, str]]:
    port = ports.free_port()
    program = valkey.program(
        folder / "valkey", folder / "valkey.log", port=port, password=PASSWORD, databases=VALKEY_DATABASES
    )
    return program, {REDIS: valkey.url(port, PASSWORD)}


def start_seaweedfs(folder: Path) -> tuple[Program, dict[str, str]]:
    port = ports.free_port(seaweedfs.PORT_OFFSETS)
    program = seaweedfs.program(folder / "s3", folder / "s3.log", port=port, keys=KEYS, bucket="ready")
    credentials = {"TEST_S3_ACCESS_KEY": KEYS.access_key, "TEST_S3_SECRET_KEY": KEYS.secret_key}
    return program, {S3: seaweedfs.url(port), **credentials}


def start_postgres(folder: Path) -> tuple[Program, dict[str, str]]:
    port = ports.free_port()
    return postgres.program(folder / "postgres", folder / "postgres.log", port=port), {POSTGRES: postgres.url(port)}


SERVERS: dict[str, Callable[[Path], tuple[Program, dict[str, str]]]] = {
    REDIS: start_valkey, S3: start_seaweedfs, POSTGRES: start_postgres,
}


class Servers:
    """Starts servers on demand; :meth:`stop` leaves nothing behind."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._supervisor: Supervisor | None = None
        self._started: set[str] = set()

    def address(self, variable: str) -> str:
        """The address of a server, started now unless its variable is set."""
        if variable not in os.environ:
            folder, supervisor = self._base()
            program, addresses = SERVERS[variable](folder)
            supervisor.start(program)
            os.environ.update(addresses)
            self._started |= addresses.keys()
        return os.environ[variable]

    def _base(self) -> tuple[Path, Supervisor]:
        if self._folder is None or self._supervisor is None:
            remove_left_overs()
            # Short and passable, since PostgreSQL runs as another user when we are root.
            self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
            self._folder.chmod(0o711)
            self._supervisor = Supervisor(RunLock(self._folder))
        return self._folder, self._supervisor

    def stop(self) -> None:
        for variable in self._started:
            os.environ.pop(variable, None)
        if self._folder is not None and self._supervisor is not None:
            self._supervisor.stop(seconds=1)  # their data is thrown away, and SeaweedFS waits for idle clients
            self._supervisor.lock.release()
            shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def running(progress: Progress | None = None) -> Iterator[dict[str, str]]:
    """All servers; yields the variables that tests and benchmarks find them by."""
    progress = progress or Progress(1)
    servers = Servers()
    try:
        def start() -> None:
            for variable in SERVERS:
                servers.address(variable)

        progress.run("Starting Valkey, SeaweedFS and PostgreSQL", start)
        yield {name: value for name, value in os.environ.items() if name.startswith("TEST_")}
    finally:
        servers.stop()


@contextmanager
def in_memory() -> Iterator[None]:
    """Keep what tests write in memory, where there is room: thousands of small databases are slow on a disk."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or min(shutil.disk_usage(MEMORY).free, _available()) < ROOM:
        yield
        return
    remove_left_overs()
    remove_left_overs(MEMORY)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=MEMORY))
    folder.chmod(0o1777)  # as /tmp: PostgreSQL does not run as root
    os.environ["TMPDIR"], tempfile.tempdir = str(folder), None
    try:
        with RunLock(folder):
            yield
    finally:
        del os.environ["TMPDIR"]
        tempfile.tempdir = None
        shutil.rmtree(folder, ignore_errors=True)


def _available() -> int:
    """Bytes of memory that programs may still take, as Linux estimates it; 0 elsewhere."""
    lines = Path("/proc/meminfo").read_text().splitlines() if Path("/proc/meminfo").exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)


def remove_left_overs(where: Path | None = None) -> None:
    """Stop the servers and drop the data of test runs that were killed."""
    for folder in (where or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        if folder.stat().st_uid != os.geteuid():
            continue
        try:
            with RunLock(folder) as lock:
                lock.clean()
        except Locked:
            continue
        shutil.rmtree(folder, ignore_errors=True)
