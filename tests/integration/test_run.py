"""What ``./run`` promises about processes, secrets and repeated set-ups."""

from __future__ import annotations

import http.client
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from competition.embedded import ports, seaweedfs, valkey
from competition.embedded.process import Process, ProcessError, Program, process_table
from devtools import commands, environment, site
from devtools.lock import Locked, RunLock
from devtools.setup import ROOT, SetupError, Stamp, digest
from devtools.supervise import Supervisor
from tests.servers import KEYS

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
# Ends neither by SIGTERM nor with its parent: what a hanging program looks like.
STUBBORN = [
    sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)",
]
# A supervisor that starts one program given as JSON, says its number, and waits to be killed.
SUPERVISOR = """
import json, sys, time
from pathlib import Path
from competition.embedded.process import Program
from devtools.lock import RunLock
from devtools.supervise import Supervisor
data, argv = Path(sys.argv[1]), json.loads(sys.argv[2])
supervisor = Supervisor(RunLock(data))
log = data / "child.log"
supervisor.start(Program("child", argv, log, env={"DATA_DIR": str(data)}, ready=lambda: "ready" in log.read_text()))
print("started", flush=True)
time.sleep(60)
"""
# Starts a grandchild in a process group of its own, as RQ does for each job, and ends at SIGTERM.
WITH_JOB = [
    sys.executable, "-c",
    "import os, signal, time\n"
    "if os.fork() == 0:\n"
    "    os.setpgrp()\n"
    "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "    print('ready', flush=True)\n"
    "time.sleep(60)",
]


def running(pid: int) -> bool:
    return any(row.pid == pid for row in process_table())


def members(session: int) -> list[int]:
    return [row.pid for row in process_table() if row.session == session]


@pytest.fixture
def killed_supervisor(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[int]:
    """A data folder whose supervisor was killed; yields the number of the program that it had started."""
    argv = [sys.executable, "-c", SUPERVISOR, str(tmp_path), json.dumps(request.param)]
    supervisor = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "started\n"
    child = json.loads((tmp_path / "run.lock").read_text())["children"][0]["pid"]
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    supervisor.stdout.close()
    yield child
    for pid in members(child):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("killed_supervisor", [STUBBORN], indirect=True)
def test_orphans_of_a_killed_supervisor_are_stopped_by_the_next(killed_supervisor: int, tmp_path: Path) -> None:
    assert running(killed_supervisor)
    with RunLock(tmp_path) as lock, pytest.MonkeyPatch.context() as patch:
        patch.setattr("devtools.lock.STOP_SECONDS", 0.5)
        assert lock.clean() == ["child"]
    assert not running(killed_supervisor)
    with RunLock(tmp_path) as lock:
        assert lock.clean() == []


@pytest.mark.parametrize("killed_supervisor", [WITH_JOB], indirect=True)
def test_a_job_that_outlived_its_worker_is_stopped_too(killed_supervisor: int, tmp_path: Path) -> None:
    until = time.monotonic() + 60  # the worker itself ends with its supervisor
    while running(killed_supervisor) and time.monotonic() < until:
        time.sleep(0.02)
    assert not running(killed_supervisor)
    assert len(members(killed_supervisor)) == 1
    with RunLock(tmp_path) as lock, pytest.MonkeyPatch.context() as patch:
        patch.setattr("devtools.lock.STOP_SECONDS", 0.5)
        assert lock.clean() == ["child"]
    assert members(killed_supervisor) == []


def test_a_stranger_with_a_recorded_number_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(SLEEP, start_new_session=True)
    try:
        lock = RunLock(tmp_path)
        lock.record(Process(Program("child", ["true"], tmp_path / "log")))
        note = json.loads((tmp_path / "run.lock").read_text())
        note["children"] = [{"name": "child", "pid": stranger.pid, "started": "1"}]
        lock.release()
        (tmp_path / "run.lock").write_text(json.dumps(note))
        with RunLock(tmp_path) as lock:
            assert lock.clean() == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_one_supervisor_per_folder(tmp_path: Path) -> None:
    with RunLock(tmp_path) as lock:
        lock.describe(url="http://127.0.0.1:1")
        with pytest.raises(Locked) as taken:
            RunLock(tmp_path)
    assert taken.value.note["url"] == "http://127.0.0.1:1"
    assert taken.value.note["supervisor"] == os.getpid()
    RunLock(tmp_path).release()


def test_stopping_reaches_children_in_other_process_groups(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = Process(Program("worker", WITH_JOB, log, ready=lambda: "ready" in log.read_text()))
    process.wait_ready()
    assert len(members(process.pid)) == 2
    process.stop()
    assert members(process.pid) == []


def test_a_program_that_ends_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    with RunLock(tmp_path) as lock:
        supervisor = Supervisor(lock)
        supervisor.start(Program("web server", ["sh", "-c", "echo no such port; exit 3"], tmp_path / "web.log"))
        with pytest.raises(ProcessError) as stopped:
            supervisor.watch()
    assert str(stopped.value) == (
        f"web server stopped (exit code 3). Its log: {tmp_path / 'web.log'}\n    no such port"
    )


def test_secrets_are_random_private_and_made_once(tmp_path: Path) -> None:
    first, again = environment.keys_in(tmp_path / "a"), environment.keys_in(tmp_path / "a")
    other = environment.keys_in(tmp_path / "b")
    assert first == again
    assert set(first.values()).isdisjoint(other.values())
    assert stat.S_IMODE((tmp_path / "a" / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_settings_of_the_environment_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    settings = environment.embedded(tmp_path, serving=False)
    assert settings["DATABASE_URL"] == "postgresql://somewhere/else"
    assert settings["PUBLIC_URL"] == "http://127.0.0.1:8123"
    assert settings["OPENCALL_MODE"] == "embedded"


def test_the_web_server_listens_where_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("HOST", "192.0.2.2"), ("GRANIAN_WORKERS", "7"), ("PORT", "8123")):
        monkeypatch.setenv(name, value)
    env = environment.embedded(tmp_path, serving=False)
    program = site.web(env, tmp_path)
    argv = list(program.argv)
    assert argv[argv.index("--host"):][:4] == ["--host", "192.0.2.2", "--port", "8123"]
    assert program.env["GRANIAN_WORKERS"] == "7"
    with pytest.raises(SetupError, match=r"DEMO=0 \./run"):
        environment.refuse_open_demo(env)


def test_serving_is_refused_with_the_name_of_every_unsafe_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REDIS_URL", "S3_ENDPOINT_URL", "PUBLIC_URL", "SMTP_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = {
        "OPENCALL_MODE": "production", "SECRET_KEY": "short", "DATABASE_URL": "sqlite:///x", "DEMO": "1",
        "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "s",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SetupError) as missing:
        commands.production_settings()
    assert [line.split(":")[0].strip() for line in str(missing.value).splitlines()[1:]] == [
        "SECRET_KEY", "REDIS_URL", "S3_ENDPOINT_URL",
    ]
    assert "short" not in str(missing.value)
    monkeypatch.setenv("SECRET_KEY", "0123456789abcdef" * 2)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("S3_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(SetupError) as unsafe:
        commands.production_settings()
    for name in ("DEMO", "DATABASE_URL", "PUBLIC_URL", "SMTP_URL"):
        assert name in str(unsafe.value)


def test_storage_gives_nothing_without_a_key(tmp_path: Path) -> None:
    port = ports.free_port(seaweedfs.PORT_OFFSETS)
    program = seaweedfs.program(tmp_path / "s3", tmp_path / "s3.log", port=port, keys=KEYS, bucket="opencall")
    process = Process(program)
    try:
        process.wait_ready()
        requests = [(port, "GET", "/opencall/.ready"), (port, "PUT", "/opencall/x"),
                    (port + 3, "GET", "/buckets/opencall/.ready"), (port + 3, "PUT", "/buckets/opencall/x")]
        assert [_status(*request) for request in requests] == [403, 403, 401, 401]
    finally:
        process.stop()
    modes = [stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "s3" / "config").iterdir()]
    assert modes == [0o600, 0o600]
    assert not any(socket.exists() for socket in seaweedfs.sockets(port))
    assert "-master.telemetry=false" in program.argv


def _status(port: int, method: str, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body=b"" if method == "PUT" else None)
        return connection.getresponse().status
    finally:
        connection.close()


def test_valkey_asks_for_its_password_and_hides_it(tmp_path: Path) -> None:
    port = ports.free_port()
    program = valkey.program(tmp_path / "valkey", tmp_path / "valkey.log", port=port, password="right")
    process = Process(program)
    try:
        process.wait_ready()
        assert valkey.answers(port, "right")
        assert not valkey.answers(port, "wrong")
    finally:
        process.stop()
    assert not any("right" in argument for argument in program.argv)
    assert stat.S_IMODE((tmp_path / "valkey" / "valkey.conf").stat().st_mode) == 0o600


def test_a_step_is_repeated_only_when_what_it_depends_on_changes(tmp_path: Path) -> None:
    runs: list[str] = []
    stamp = Stamp(tmp_path / "made" / "stamp", "one")
    assert stamp.stale
    stamp.after(lambda: runs.append("one"))()
    assert not Stamp(tmp_path / "made" / "stamp", "one").stale
    assert Stamp(tmp_path / "made" / "stamp", "two").stale
    assert runs == ["one"]


def test_a_failed_step_is_not_taken_for_done(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "stamp", "one")
    stamp.after(lambda: None)()
    with pytest.raises(ZeroDivisionError):
        stamp.after(lambda: 1 / 0)()
    assert stamp.stale


def test_the_digest_sees_contents_names_and_interpreter() -> None:
    folder = ROOT / "devtools"
    assert digest([folder / "lock.py"]) == digest([folder / "lock.py"])
    assert digest([folder / "lock.py"]) != digest([folder / "site.py"])
    assert digest([folder / "lock.py"], "3.11") != digest([folder / "lock.py"], "3.12")
    assert digest([folder]) != digest([folder / "lock.py"])
