"""The one clock. Commands take ``now``; only the edges (routes, job runner, CLI) read it here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _told.get() or datetime.now(UTC)


def real() -> datetime:
    """The present instant, also while a story is told: what leases are held by, between processes."""
    return datetime.now(UTC)


@contextmanager
def told(instant: datetime) -> Iterator[None]:
    """Let the clock stand at an instant of the past while the demo tells what happened then."""
    kept = _told.set(instant)
    try:
        yield
    finally:
        _told.reset(kept)
