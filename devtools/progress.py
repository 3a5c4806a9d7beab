"""Progress lines such as ``[3/8] Installing Python packages … 24 s``."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Progress:
    """Counts the steps of one command; a step that is not needed is counted but not shown.

    Parameters
    ----------
    total
        How many steps the command has.
    done
        How many of them an earlier process has taken.
    """

    def __init__(self, total: int, done: int = 0) -> None:
        self.total, self.done = total, done

    def run(self, text: str, work: Callable[[], object], *, needed: bool = True) -> None:
        self.done += 1
        if needed:
            with _timed(f"[{self.done}/{self.total}] {text} …"):
                work()


@contextmanager
def _timed(label: str) -> Iterator[None]:
    """Show the label, then the seconds: ticking on a terminal, once at the end elsewhere."""
    start, over = time.monotonic(), threading.Event()

    def seconds() -> str:
        return f"{time.monotonic() - start:.0f} s"

    def tick() -> None:
        while not over.wait(1):
            print(f"\r{label} {seconds()}", end="", flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    print(label, end="", flush=True)
    if sys.stdout.isatty():
        ticker.start()
    try:
        yield
    except BaseException:
        over.set()
        print(" failed", flush=True)
        raise
    over.set()
    if ticker.is_alive():
        ticker.join()
    print(f"\r{label} {seconds()}" if sys.stdout.isatty() else f" {seconds()}", flush=True)
