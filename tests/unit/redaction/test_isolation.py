"""A file that crashes its parser is withheld; the process that asked goes on."""

from __future__ import annotations

import os
import signal
import tempfile
from typing import IO

import pytest

from competition import redaction
from competition.redaction import Withheld, isolation
from tests.unit.redaction.test_pdf_damage import written


def _copy(writer: isolation.Writer) -> bytes:
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(b"the plan")
        source.seek(0)
        isolation.run_isolated(writer, source, target)
        target.seek(0)
        return target.read()


def test_the_child_writes_the_target() -> None:
    def copy(source: IO[bytes], target: IO[bytes]) -> None:
        target.write(source.read() + str(os.getpid()).encode())

    copied = _copy(copy)
    assert copied.startswith(b"the plan")
    assert copied != b"the plan" + str(os.getpid()).encode()


def test_reasons_come_back() -> None:
    def withhold(_source: IO[bytes], _target: IO[bytes]) -> None:
        raise Withheld("layers")

    with pytest.raises(Withheld) as withheld:
        _copy(withhold)
    assert withheld.value.reason == "layers"


@pytest.mark.parametrize(("death", "reason"), [
    (signal.SIGSEGV, "unreadable"), (signal.SIGKILL, "unreadable"), (signal.SIGXCPU, "large"),
])
def test_a_child_that_dies_withholds_its_file(death: signal.Signals, reason: str) -> None:
    def die(_source: IO[bytes], _target: IO[bytes]) -> None:
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        os.kill(os.getpid(), death)

    with pytest.raises(Withheld) as withheld:
        _copy(die)
    assert withheld.value.reason == reason


def test_a_fault_of_the_writer_is_none_of_the_file() -> None:
    def fail(_source: IO[bytes], _target: IO[bytes]) -> None:
        raise ZeroDivisionError("a fault")

    with pytest.raises(RuntimeError, match="ZeroDivisionError: a fault"):
        _copy(fail)


def test_no_child_outlives_a_job_whose_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(_source: IO[bytes], _target: IO[bytes]) -> None:
        signal.pause()

    def interrupt(_signal: int, _frame: object) -> None:
        raise TimeoutError

    children: list[int] = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: children.append(fork()) or children[-1])
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(TimeoutError):
            _copy(lambda source, target: (os.kill(os.getppid(), signal.SIGUSR1), wait(source, target)))
    finally:
        signal.signal(signal.SIGUSR1, before)
    with pytest.raises(ProcessLookupError):
        os.kill(children[0], 0)


def test_lengths_that_refer_to_one_another_withhold_a_pdf() -> None:
    """qpdf calls itself for each and overruns its stack."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>"]
    objects += [b"<</Length %d 0 R>>\nstream\nq\nendstream" % number for number in range(5, 50_005)]
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(written(objects))
        source.seek(0)
        with pytest.raises(Withheld) as withheld:
            redaction.rewrite_isolated("application/pdf", source, target)
    assert withheld.value.reason == "unreadable"
