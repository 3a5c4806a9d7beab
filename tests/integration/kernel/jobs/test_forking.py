"""Forked tasks: asked to stop once, all ended when one is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from competition.embedded.process import process_table
from devtools.setup import ROOT

# Each task says its number, then works until SIGTERM, ends the work in hand, and says how often it was asked.
CREW = """
import os, signal, sys, time
from competition.kernel.jobs import forking
asked = []
def work():
    signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
    os.write(1, f"started {os.getpid()}\\n".encode())  # at once: the other one writes, too
    while not asked:
        time.sleep(0.01)
    time.sleep(0.3)
    os.write(1, f"ended after {len(asked)}\\n".encode())
sys.exit(forking.run([work, work]))
"""


@pytest.fixture
def crew(tmp_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CREW], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def started(crew: subprocess.Popen[str]) -> list[int]:
    assert crew.stdout is not None
    return [int(crew.stdout.readline().removeprefix("started ")) for _ in range(2)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_every_task_end_its_work(crew: subprocess.Popen[str], number: signal.Signals) -> None:
    started(crew)
    os.killpg(crew.pid, number)  # as a terminal does; the tasks are in groups of their own
    crew.send_signal(number)
    output, _errors = crew.communicate(timeout=20)
    assert output.splitlines() == ["ended after 1", "ended after 1"]
    assert crew.returncode == 0


def test_a_lost_task_ends_the_crew(crew: subprocess.Popen[str]) -> None:
    first, _second = started(crew)
    os.kill(first, signal.SIGKILL)
    output, _errors = crew.communicate(timeout=20)
    assert output.splitlines() == ["ended after 1"]
    assert crew.returncode == 1


def test_a_killed_crew_takes_its_tasks_along(crew: subprocess.Popen[str]) -> None:
    tasks = set(started(crew)) if sys.platform == "linux" else set()  # others don't tell that a parent is gone
    crew.kill()
    crew.wait()
    until = time.monotonic() + 20
    while tasks & {row.pid for row in process_table()}:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert crew.stdout is not None
    crew.stdout.close()


def test_a_task_that_fails_says_why() -> None:
    script = "import sys; from competition.kernel.jobs import forking; sys.exit(forking.run([lambda: 1 / 0]))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "crew.task_failed" in done.stdout + done.stderr
    assert "ZeroDivisionError" in done.stdout + done.stderr
