"""Who is let in, who waits outside, and what is noted on the way."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from competition.kernel import clock, transaction
from competition.kernel.turnstile import RECEIVED, Turnstile, outside, waits

PATIENCE = 30.0  # seconds
MOST = 10


class Slow(io.BytesIO):
    """A body on a slow line: reading it ends when ``arrived`` is set."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.asked, self.arrived = threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.asked.set()
        assert self.arrived.wait(PATIENCE)
        return super().read(size)


def enter(gate: Turnstile, body: io.BytesIO | None = None, **given: Any) -> list[bytes]:
    """Send one request; what was answered."""
    environ = {"wsgi.input": body or io.BytesIO(), **given}
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

    gate = Turnstile(app, MOST)
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _n: enter(gate), range(16))) == [[b"done"]] * 16
    assert most == 1


def test_a_slow_line_keeps_nobody_waiting() -> None:
    gate, slow = Turnstile(echo, MOST), Slow(b"late")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(enter, gate, slow, CONTENT_LENGTH="4")
        assert slow.asked.wait(PATIENCE)
        assert enter(gate, io.BytesIO(b"fast"), CONTENT_LENGTH="4") == [b"fast"]
        slow.arrived.set()
        assert waiting.result(PATIENCE) == [b"late"]


def test_a_request_counts_from_its_arrival_not_from_its_turn() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        begun.set()
        assert go_on.wait(PATIENCE)
        return [environ[RECEIVED].isoformat().encode()]

    gate = Turnstile(app, MOST)
    slow = Slow(b"late")
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(enter, gate)
        assert begun.wait(PATIENCE)
        second = threads.submit(enter, gate, slow, CONTENT_LENGTH="4")
        assert slow.asked.wait(PATIENCE)
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
    gates: list[Turnstile] = []

    @waits
    def ask_the_store() -> list[bytes]:
        assert not gates[0].lock.locked()
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(enter, gates[0], None, PATH_INFO="/other").result(PATIENCE)

    def app(environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/other":
            return [b"other"]
        found = ask_the_store()
        assert gates[0].lock.locked()
        return [*found, b"own"]

    gates.append(Turnstile(app, MOST))
    assert enter(gates[0]) == [b"other", b"own"]
    assert not gates[0].lock.locked()


def test_nobody_is_let_in_by_one_who_holds_the_database() -> None:
    """Who came in could wait for the very lock that the one outside holds."""

    def app(_environ: Any, _start: Any) -> Iterable[bytes]:
        token = transaction._writing.set(True)
        with outside():
            held = gate.lock.locked()
        transaction._writing.reset(token)
        return [str(held).encode()]

    gate = Turnstile(app, MOST)
    assert enter(gate) == [b"True"]


def test_outside_of_a_request_nothing_is_left() -> None:
    assert waits(lambda: "hash")() == "hash"


def test_an_error_leaves_the_way_free() -> None:
    def app(environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/wrong":
            raise ZeroDivisionError
        return [b"right"]

    gate = Turnstile(app, MOST)
    with pytest.raises(ZeroDivisionError):
        enter(gate, PATH_INFO="/wrong")
    assert enter(gate) == [b"right"]


def test_an_answer_is_closed_before_the_next_comes_in() -> None:
    closed = []

    class Answer(list[bytes]):
        def close(self) -> None:
            closed.append(gate.lock.locked())

    gate = Turnstile(lambda _environ, _start: Answer([b"a", b"b"]), MOST)
    assert (enter(gate), closed) == ([b"a", b"b"], [True])


@pytest.mark.parametrize(("given", "left"), [
    ({"CONTENT_LENGTH": "10"}, b"abc"), ({"CONTENT_LENGTH": "11"}, b"0123456789abc"),
    ({"CONTENT_LENGTH": "x"}, b"0123456789abc"), ({}, b"0123456789abc"),
    ({"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}, b"bc"),
])
def test_a_body_is_read_up_to_its_bound(given: dict[str, Any], left: bytes) -> None:
    """A longer one is left to the application, which refuses it; one byte more tells that it is longer."""
    stream = io.BytesIO(b"0123456789abc")
    enter(Turnstile(lambda _environ, _start: [], MOST), stream, **given)
    assert stream.read() == left
