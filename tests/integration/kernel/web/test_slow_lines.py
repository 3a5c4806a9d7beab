"""Slow and broken lines at the real web server, without a proxy in front."""

from __future__ import annotations

import http.client
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from competition.embedded import ports
from competition.embedded.process import Process, Program
from competition.kernel.web.bodies import BodyReader
from competition.kernel.web.one_request import OneRequestAtATime
from devtools.setup import ROOT

PATIENCE = 60.0
THREADS = 2
HEAD = "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n"
SLOW = (408, b"The request did not arrive whole in time. Send it again.\n")


def _echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


# What the server is started with.
app = OneRequestAtATime(_echo, 1000, BodyReader(seconds=2, short_seconds=1, crowded=THREADS))


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The web server with :data:`app`: one process, two threads."""
    port = ports.free_port()
    argv = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "1",
        "--blocking-threads", str(THREADS), f"{__name__}:app",
    ]
    log = tmp_path_factory.mktemp("slow") / "web.log"
    process = Process(Program("web server", argv, log, cwd=ROOT, ready=lambda: _ready(port), patience=PATIENCE))
    try:
        process.wait_ready()
        yield port
    finally:
        process.stop()


def _ready(port: int) -> bool:
    try:
        return Line(port, "GET / HTTP/1.1\r\nHost: here\r\n\r\n").answer() == (200, b"")
    except OSError:
        return False


class Line:
    """A connection over which something was sent."""

    def __init__(self, port: int, text: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.sendall(text.encode())

    def answer(self) -> tuple[int, bytes]:
        """Status and body; the connection stays open."""
        response = http.client.HTTPResponse(self.socket)
        response.begin()
        return response.status, response.read()


def test_more_slow_lines_than_threads_are_given_up_one_after_the_other(port: int) -> None:
    lines = [Line(port, HEAD + "half") for _ in range(THREADS * 3)]
    assert [line.answer() for line in lines] == [SLOW] * len(lines)
    assert [Line(port, HEAD + "0123456789").answer() for _ in range(THREADS * 3)] == [(200, b"0123456789")] * 6


def test_a_line_that_was_answered_before_and_one_that_waits_for_the_next_question(port: int) -> None:
    """A late body is found on a connection that was in use; an idle one is left alone."""
    idle, late = (Line(port, HEAD + "0123456789") for _ in range(2))
    assert [idle.answer(), late.answer()] == [(200, b"0123456789")] * 2
    threading.Event().wait(0.1)  # longer than the kernel's clock needs to tell the question from the answer before it
    late.socket.sendall((HEAD + "half").encode())
    assert late.answer() == SLOW
    idle.socket.sendall((HEAD + "9876543210").encode())
    assert idle.answer() == (200, b"9876543210")


def test_a_line_that_sends_a_little_now_and_then_is_given_up(port: int) -> None:
    """The time is for the whole body, not for the next byte of it."""
    over = threading.Event()

    def drip(line: Line) -> None:
        while not over.wait(0.05):
            line.socket.sendall(b"x")

    line = Line(port, HEAD.replace("10", "1000"))
    with ThreadPoolExecutor(1) as threads:
        dripping = threads.submit(drip, line)
        try:
            assert line.answer() == SLOW
        finally:
            over.set()
        dripping.result(PATIENCE)


def test_half_a_body_is_never_taken_for_a_whole_one(port: int) -> None:
    line = Line(port, HEAD + "half")
    line.socket.shutdown(socket.SHUT_WR)
    assert line.answer() == SLOW


def test_a_body_without_a_length_is_refused(port: int) -> None:
    head = "POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
    refused = (411, b"Say how long the request is (Content-Length).\n")
    assert Line(port, f"{head}4\r\nhalf\r\n").answer() == refused


def test_a_body_in_pieces_is_whole_when_the_last_has_come(port: int) -> None:
    line = Line(port, f"{HEAD}01234")
    line.socket.sendall(b"56789")
    assert line.answer() == (200, b"0123456789")
