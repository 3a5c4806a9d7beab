"""The processes that make up a site: embedded servers where none are named, then the application's own."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from competition.embedded import seaweedfs, valkey
from competition.embedded.process import Program
from devtools import environment
from devtools.setup import ROOT, SetupError

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
WORKERS = 2
MOST_WEB = 8  # processors that web processes are started for; GRANIAN_WORKERS says otherwise
PATIENCE = 120.0  # seconds for the application to answer, on a machine that is busy with other things


def servers(data: Path) -> list[Program]:
    """Valkey and SeaweedFS, each unless the environment names another."""
    keys, ports, logs = environment.keys_in(data), environment.ports_in(data, serving=False), data / "logs"
    programs = []
    if "REDIS_URL" not in os.environ:
        programs.append(valkey.program(
            data / "valkey", logs / "valkey.log", port=ports["valkey"], password=keys["VALKEY_PASSWORD"],
        ))
    if "S3_ENDPOINT_URL" not in os.environ:
        programs.append(seaweedfs.program(
            data / "s3", logs / "s3.log", port=ports["seaweedfs"], keys=environment.s3_keys(keys), bucket="opencall",
        ))
    return programs


def web(env: Mapping[str, str], logs: Path, *, ready_at: str = "/healthz") -> Program:
    """Granian; ``GRANIAN_*`` variables tune it. At ``/readyz`` it is ready only once workers are, too.

    Its threads only wait for slow lines: one request computes at a time (:mod:`competition.kernel.web.one_request`),
    and one process more than there are processors answers while another waits for the database. HTTP/2 is the
    proxy's: over one connection it could occupy every thread.
    """
    host, port = env.get("HOST", "127.0.0.1"), env["PORT"]
    settings = {"GRANIAN_WORKERS": str(processes()), "GRANIAN_BLOCKING_THREADS": "8", "GRANIAN_HTTP": "1"}
    variables = {**os.environ, **env}
    settings |= {name: variables[name] for name in settings if name in variables}
    argv = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", port, "wsgi:app"]
    reachable = "127.0.0.1" if host == "0.0.0.0" else host
    return Program(
        "web server", argv, logs / "web.log", env={**env, **settings}, cwd=ROOT, patience=PATIENCE,
        ready=lambda: answers(f"http://{reachable}:{port}{ready_at}"),
    )


def processes() -> int:
    """Web processes that a machine of this size is given."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, MOST_WEB) + 1


def workers(env: Mapping[str, str], logs: Path, count: int = WORKERS) -> list[Program]:
    """RQ workers, and the sweeper that rings again for jobs which were lost."""
    return [Program("workers", work_command(count), logs / "workers.log", env=env, cwd=ROOT)]


def work_command(count: int) -> list[str]:
    return [sys.executable, "-m", "competition", "work", "--workers", str(count), "--sweep"]


def answers(url: str) -> bool:
    """Whether the address answers 200 within two seconds."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def prepare(env: Mapping[str, str], *more: str) -> None:
    """Bucket, newest schema, and what else is asked for; each is left alone where it already is."""
    flask(env, "opencall ensure-storage", "db upgrade", *more)


def flask(env: Mapping[str, str], *commands: str) -> str:
    """Run commands of the application one after the other; returns what they printed.

    Raises
    ------
    SetupError
        With their output, when one fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", "devtools.flask_commands", *commands], cwd=ROOT, env={**os.environ, **env},
        check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise SetupError(f"flask {' and '.join(commands)} failed:\n{done.stdout}")
    return done.stdout
