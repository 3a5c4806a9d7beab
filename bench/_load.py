"""Requests over kept-alive connections; what each round cost."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench._server import Server

THREADS = 4


@dataclass(frozen=True)
class Request:
    """One HTTP request. A figure means nothing unless the answer has this status and contains ``shows``."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    expect: int = 200
    shows: bytes = b""


@dataclass(frozen=True)
class Round:
    """One round's figures: requests per second, 50th and 99th percentile, processor time per request (ms)."""

    rps: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float


def send(connection: http.client.HTTPConnection, request: Request) -> tuple[int, bytes]:
    connection.request(request.method, request.path, request.body, request.headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def measure(server: Server, make: Callable[[int], Request], count: int) -> Round:
    """Send ``count`` requests over four connections.

    Parameters
    ----------
    make
        ``make(i)`` gives the i-th request, so that each may be another row.

    Raises
    ------
    RuntimeError
        When an answer has another status than expected, or does not show what it should.
    """
    requests = [make(number) for number in range(count)]
    times: list[float] = []
    wrong: list[str] = []
    lock = threading.Lock()

    def work(share: list[Request]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        durations = []
        for request in share:
            start = time.perf_counter()
            status, body = send(connection, request)
            durations.append(time.perf_counter() - start)
            if status != request.expect or request.shows not in body:
                with lock:
                    wrong.append(f"{request.method} {request.path}: {status} {body[:200]!r}")
        connection.close()
        with lock:
            times.extend(durations)

    threads = [threading.Thread(target=work, args=(requests[n::THREADS],)) for n in range(THREADS)]
    cpu_before, start_of_round = server.cpu_seconds(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed, cpu = time.perf_counter() - start_of_round, server.cpu_seconds() - cpu_before
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {count} answers were wrong, the first: {wrong[0]}")
    times.sort()
    return Round(
        rps=count / elapsed, p50_ms=1000 * times[len(times) // 2], p99_ms=1000 * times[int(len(times) * 0.99)],
        cpu_ms=1000 * cpu / count,
    )


def median(rounds: list[Round]) -> Round:
    """Figure by figure."""
    return Round(*(
        statistics.median(getattr(one, name) for one in rounds) for name in ("rps", "p50_ms", "p99_ms", "cpu_ms")
    ))
