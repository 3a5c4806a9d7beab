"""Who is let in, who waits outside, and what is noted on the way."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.web.one_request import RECEIVED, OneRequestAtATime, outside, waits

PATIENCE = 30.0  # seconds
MOST = 10


class Slow(io.BytesIO):
    """A body on a slow line: reading it ends when ``arrived`` is set."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.was_read, self.arrived = threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.was_read.set()
        assert self.arrived.wait(PATIENCE)
        return super().read(size)


def enter(gate: OneRequestAtATime, body: io.BytesIO | None = None, **environ_values: Any) -> list[bytes]:
    """Send one request; what was answered."""
    environ = {"wsgi.input": body or io.BytesIO(), **environ_values}
    return list(gate(environ, lambda *_answer: None))


def echo(environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
    return [environ["wsgi.input"].read()]


def test_one_request_computes_at_a_time() -> None:
    inside, most = 0, 0

    def app(_environ: Any, _start: Any) -> Iterable[bytes]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.01)  # whoever could come in would come now
        inside -= 1
        return [b"done"]

    gate = OneRequestAtATime(app, MOST)
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _n: enter(gate), range(16))) == [[b"done"]] * 16
    assert most == 1


def test_a_slow_line_keeps_nobody_waiting() -> None:
    gate, slow = OneRequestAtATime(echo, MOST), Slow(b"late")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(enter, gate, slow, CONTENT_LENGTH="4")
        assert slow.was_read.wait(PATIENCE)
        assert enter(gate, io.BytesIO(b"fast"), CONTENT_LENGTH="4") == [b"fast"]
        slow.arrived.set()
        assert waiting.result(PATIENCE) == [b"late"]


def test_a_request_counts_from_its_arrival_not_from_its_turn() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        begun.set()
        assert go_on.wait(PATIENCE)
        return [environ[RECEIVED].isoformat().encode()]

    gate = OneRequestAtATime(app, MOST)
    slow = Slow(b"late")
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(enter, gate)
        assert begun.wait(PATIENCE)
        second = threads.submit(enter, gate, slow, CONTENT_LENGTH="4")
        assert slow.was_read.wait(PATIENCE)
        before = clock.now()
        slow.arrived.set()
        while not gate.lock.locked() or slow.tell() < 4:  # until all of it is read
            threading.Event().wait(0.001)
        threading.Event().wait(0.05)
        turn = clock.now()
        go_on.set()
        first.result(PATIENCE)
        received = second.result(PATIENCE)[0].decode()
    assert before.isoformat() <= received < turn.isoformat()


def test_who_waits_for_another_program_lets_others_in() -> None:
    gates: list[OneRequestAtATime] = []

    @waits
    def ask_the_store() -> list[bytes]:
        assert not gates[0].lock.locked()
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(enter, gates[0], None, PATH_INFO="/other").result(PATIENCE)

    def app(environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/other":
            return [b"other"]
        parts = ask_the_store()
        assert gates[0].lock.locked()
        return [*parts, b"own"]

    gates.append(OneRequestAtATime(app, MOST))
    assert enter(gates[0]) == [b"other", b"own"]
    assert not gates[0].lock.locked()


def test_nobody_is_let_in_by_one_who_holds_the_database() -> None:
    """Who came in could wait for the very lock that the one outside holds."""

    def app(_environ: Any, _start: Any) -> Iterable[bytes]:
        with transaction.marked(writing=True), outside():
            locked = gate.lock.locked()
        return [str(locked).encode()]

    gate = OneRequestAtATime(app, MOST)
    assert enter(gate) == [b"True"]


def test_outside_of_a_request_nothing_is_left() -> None:
    assert waits(lambda: "hash")() == "hash"


def test_an_error_leaves_the_way_free() -> None:
    def app(environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/wrong":
            raise ZeroDivisionError
        return [b"right"]

    gate = OneRequestAtATime(app, MOST)
    with pytest.raises(ZeroDivisionError):
        enter(gate, PATH_INFO="/wrong")
    assert enter(gate) == [b"right"]


def test_an_answer_is_closed_before_the_next_comes_in() -> None:
    closed = []

    class Answer(list[bytes]):
        def close(self) -> None:
            closed.append(gate.lock.locked())

    gate = OneRequestAtATime(lambda _environ, _start: Answer([b"a", b"b"]), MOST)
    assert (enter(gate), closed) == ([b"a", b"b"], [True])


@pytest.mark.parametrize(("length", "seen"), [
    ("10", b"0123456789"), ("4", b"0123"), ("0", b""), ("", b""), ("11", b"0123456789abc"),
])
def test_a_body_is_read_up_to_its_bound(length: str, seen: bytes) -> None:
    """A longer one is left to the application, which refuses it by its length; without a length there is none."""
    gate = OneRequestAtATime(echo, MOST)
    assert enter(gate, io.BytesIO(b"0123456789abc"), CONTENT_LENGTH=length) == [seen]


@pytest.mark.parametrize("headers", [
    {"HTTP_TRANSFER_ENCODING": "chunked"}, {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "3"},
    {"CONTENT_LENGTH": "x"}, {"CONTENT_LENGTH": "-1"},
])
def test_a_body_of_unknown_length_is_refused_unread(headers: dict[str, str]) -> None:
    """The server ends it quietly where the line breaks: half a form would read like a whole one."""
    stream = io.BytesIO(b"abc")
    assert refused(stream, **headers) == ("411 Length Required", b"Say how long the request is (Content-Length).\n")
    assert stream.tell() == 0


def test_a_body_that_breaks_off_is_refused() -> None:
    text = b"The request did not arrive whole in time. Send it again.\n"
    assert refused(io.BytesIO(b"abc"), CONTENT_LENGTH="4") == ("408 Request Timeout", text)


def refused(stream: io.BytesIO, **environ_values: str) -> tuple[str, bytes]:
    """Status and text of an answer that the application has no part in."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    body = b"".join(OneRequestAtATime(never, MOST)(
        {"wsgi.input": stream, **environ_values}, lambda status, headers: started.append((status, headers)),
    ))
    status, headers = started[0]
    assert headers == [
        ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))), ("Connection", "close"),
        ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
    ]
    return status, body


def never(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
    raise AssertionError("the application was asked")
