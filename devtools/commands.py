"""The commands of ``./run``, after set-up. Each returns the exit code."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from competition.embedded import ports
from competition.loglines import JsonLines
from devtools import environment, node, setup, site, translations
from devtools.lock import Locked, RunLock
from devtools.preparation import Preparation
from devtools.progress import Progress
from devtools.setup import ROOT, SetupError
from devtools.supervise import Stopped, Supervisor, stoppable

DEMO_HELP = """
  Opencall is running at {url}

  Sign in with the password  demo-password  as
    lead@example.test         leads the programme, gives roles
    organizer@example.test    publishes calls, assigns judges, decides
    desk@example.test         checks eligibility
    observer@example.test     reads everything, changes nothing
    operator@example.test     locks accounts, begins programmes
    judge1@example.test …     scores
    team1@example.test …      enters

  Logs: {logs}   Stop: Ctrl-C
"""
LOG_CONFIG = ROOT / "devtools" / "granian-logging.json"
PLAIN_HELP = "\n  Opencall is running at {url}\n\n  Logs: {logs}   Stop: Ctrl-C\n"


def outside_settings() -> bool:
    """Whether this is a deployment, configured by its environment, rather than the one-command installation."""
    mode = os.environ.get("OPENCALL_MODE")
    return mode == "production" or (mode is None and "DATABASE_URL" in os.environ)


def common_setup(progress: Progress) -> None:
    node.assets(progress)
    translations.build(progress)


# --- ./run ---


def demo(progress: Progress, arguments: Sequence[str]) -> int:
    """Everything, on this machine: servers, database, demo programme, web server, workers."""
    if arguments:
        raise SetupError(f"./run takes no {arguments[0]!r}. Try ./run help.")
    data = environment.data_dir()
    with stoppable(), RunLock(data) as lock:
        supervisor = Supervisor(lock)
        try:
            url = _start(progress, supervisor, lock, data)
            text = DEMO_HELP if _demo_wanted() else PLAIN_HELP
            print(text.format(url=url, logs=data / "logs"), flush=True)
            supervisor.watch()
        except Stopped:
            print("\nStopping …", flush=True)
            raise
        finally:
            supervisor.stop()
    return 0


def _start(progress: Progress, supervisor: Supervisor, lock: RunLock, data: Path) -> str:
    for name in lock.clean():
        print(f"Stopped a {name} that an earlier run left behind.", flush=True)
    programs = site.servers(data)
    env = environment.embedded(data, serving=True)
    if _demo_wanted():
        environment.refuse_open_demo(env)
    port = int(env["PORT"])
    if not ports.is_free(port):
        raise SetupError(
            f"Port {port} is taken by another program. Stop that, or choose another: PORT={port + 1} ./run"
        )
    lock.describe(url=env["PUBLIC_URL"])
    preparation, logs = Preparation(data, env, demo=_demo_wanted()), data / "logs"
    web = site.web(env, logs)
    names = [program.name for program in programs]
    if preparation.done:
        progress.done += 2
        text = f"Starting {', '.join([*names, 'the web server'])}"
        progress.run(text, lambda: supervisor.start_groups(programs, [web]))
    else:
        progress.run(f"Starting {' and '.join(names)}", lambda: supervisor.start(*programs), needed=bool(programs))
        text = "Preparing database, storage" + (" and demo programme" if _demo_wanted() else "")
        progress.run(text, lambda: _prepare(env, preparation))
        progress.run("Starting the web server", lambda: supervisor.start(web))
    supervisor.start(*site.workers(env, logs))  # while the first page is being read
    return env["PUBLIC_URL"]


def _prepare(env: dict[str, str], preparation: Preparation) -> None:
    site.prepare(env, *(["opencall demo load --once"] if _demo_wanted() else []))
    preparation.record()


def _demo_wanted() -> bool:
    return os.environ.get("DEMO", "1") not in {"0", "false", "no", ""}


# --- ./run prepare, ./run serve, ./run work: production ---


def production_settings() -> dict[str, str]:
    """The environment as it is, in production unless it says otherwise; refused when unsafe or incomplete."""
    from pydantic import ValidationError

    from competition.config import Settings

    os.environ.setdefault("OPENCALL_MODE", "production")
    try:
        Settings()
    except ValidationError as error:
        lines = [
            "  " + ": ".join([*(str(part).upper() for part in fault["loc"]), text])
            for fault in error.errors(include_input=False, include_url=False)
            for text in fault["msg"].removeprefix("Value error, ").split("; ")
        ]
        raise SetupError("\n".join(["Refusing to start. Unsafe or missing settings:", *lines])) from None
    return {"PORT": "8000", **os.environ}


def prepare(progress: Progress, _arguments: Sequence[str]) -> int:
    """Bucket and newest schema; run before the new web processes start, as often as one likes."""
    env = production_settings()
    progress.run("Preparing database and storage", lambda: site.prepare(env))
    return 0


def serve(_progress: Progress, _arguments: Sequence[str]) -> int:
    """The web server alone, in this process's place."""
    program = site.web({"GRANIAN_LOG_CONFIG": str(LOG_CONFIG), **production_settings()}, ROOT)
    print(_scanning(os.environ.get("CLAMD_ADDRESS", "")), flush=True)
    os.execve(program.argv[0], list(program.argv), dict(program.env))


def work(_progress: Progress, arguments: Sequence[str]) -> int:
    """Workers (two, or as many as said) and the sweeper, in this process's place.

    They write to our output and leave nothing on disk. Asked to stop, a worker ends the job in hand first;
    when one of them is lost they all end, and whoever supervises us starts us again.
    """
    if len(arguments) > 1 or not all(argument.isdigit() and int(argument) for argument in arguments):
        raise SetupError("Usage: ./run work [how many workers]")
    argv, settings = site.work_command(int(arguments[0]) if arguments else site.WORKERS), production_settings()
    print(_scanning(os.environ.get("CLAMD_ADDRESS", "")), flush=True)
    os.execve(argv[0], argv, settings)


def _scanning(address: str) -> str:
    """A line of the log, as every other one is, on what this deployment does about malware."""
    text = f"uploads are scanned for malware by clamd at {address}" if address else (
        "uploads are not scanned for malware: CLAMD_ADDRESS is not set")
    return JsonLines().format(logging.makeLogRecord({
        "msg": text, "name": "opencall", "levelname": "INFO" if address else "WARNING",
    }))


# --- ./run flask, ./run seed, ./run bench: commands that need the servers ---


@contextmanager
def surroundings() -> Iterator[dict[str, str]]:
    """The settings for a command: of the deployment, of the site that runs here, or of one started for it."""
    if outside_settings():
        yield production_settings()
        return
    data = environment.data_dir()
    try:
        lock = RunLock(data)
    except Locked:
        yield environment.embedded(data, serving=True)
        return
    with lock:
        lock.clean()
        supervisor = Supervisor(lock)
        try:
            supervisor.start(*site.servers(data))
            yield environment.embedded(data, serving=True)
        finally:
            supervisor.stop()


def _run(argv: Sequence[str], env: dict[str, str]) -> int:
    """Run in the foreground; a terminal's Ctrl-C reaches it as well as us."""
    process = subprocess.Popen(argv, cwd=ROOT, env={**os.environ, **env})
    try:
        return process.wait()
    except Stopped:
        process.terminate()
        return process.wait()


def flask(_progress: Progress, arguments: Sequence[str]) -> int:
    with stoppable(), surroundings() as env:
        return _run([*site.FLASK, *arguments], env)


def seed(_progress: Progress, arguments: Sequence[str]) -> int:
    with stoppable(), surroundings() as env:
        site.prepare(env)
        return _run([*site.FLASK, "opencall", "seed", *arguments], env)


def bench(progress: Progress, arguments: Sequence[str]) -> int:
    """Run ``bench.NAME`` for each name; the last line printed is one JSON object with all their figures."""
    available = sorted(path.stem for path in (ROOT / "bench").glob("*.py") if not path.stem.startswith("_"))
    names = [argument for argument in arguments if not argument.startswith("-")]
    if not names or not set(names) <= set(available):
        raise SetupError(f"Usage: ./run bench NAME… with names from: {', '.join(available)}")
    options = [argument for argument in arguments if argument.startswith("-")]
    figures: dict[str, object] = {}
    from tests.servers import running

    with stoppable(), running(progress) as env:
        for name in names:
            figures |= _measure(name, options, env)
    print(json.dumps(figures))
    return 0


def _measure(name: str, options: Sequence[str], env: dict[str, str]) -> dict[str, object]:
    """Run one benchmark, pass on what it prints as it prints it, except for the last line: its figures.

    Raises
    ------
    SetupError
        When it fails or does not end with a JSON object.
    """
    command = [sys.executable, "-m", f"bench.{name}", *options]
    last = ""
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            print(last, end="", flush=True)
            last = line
    try:
        figures = json.loads(last)
    except json.JSONDecodeError:
        figures = None
    if process.returncode or not isinstance(figures, dict):
        raise SetupError(f"bench.{name} failed (exit code {process.returncode}); its last line was: {last}")
    return figures


# --- ./run test, ./run check ---


def test(progress: Progress, arguments: Sequence[str]) -> int:
    """pytest, with every server and the browser running; its exit code is ours."""
    from devtools import chromium
    from tests.servers import in_memory, running

    chromium.ensure(progress)
    spread = [] if any(argument.startswith(("-n", "--numprocesses")) for argument in arguments) else ["-n", "2"]
    with stoppable(), in_memory(), running(progress) as env:
        command = [sys.executable, "-m", "pytest", *spread, "--dist", "loadscope", *arguments]
        return _run(command, {**env, **chromium.environment()})


def check(_progress: Progress, _arguments: Sequence[str]) -> int:
    from devtools import checks

    return checks.run()


def messages(_progress: Progress, _arguments: Sequence[str]) -> int:
    return translations.update()


def nothing_more(_progress: Progress, _arguments: Sequence[str]) -> int:
    return 0


COMMANDS = {
    "demo": demo, "setup": nothing_more, "prepare": prepare, "serve": serve, "work": work, "flask": flask, "seed": seed,
    "bench": bench, "test": test, "check": check, "messages": messages,
}


def main(name: str, arguments: Sequence[str], progress: Progress) -> int:
    """Finish set-up, then run the command.

    Raises
    ------
    SetupError, ProcessError
        With a message for the terminal.
    """
    with setup.one_at_a_time():
        common_setup(progress)
    try:
        return COMMANDS[name](progress, arguments)
    except Stopped:
        return 0 if name == "demo" else 130
    except Locked as taken:
        where, who = taken.note.get("url", "this folder"), taken.note.get("supervisor")
        raise SetupError(
            f"Opencall already runs here ({where}, process {who}). Stop that with Ctrl-C, "
            f"or start a second one apart from it: DATA_DIR=.data2 PORT=8001 ./run"
        ) from None
