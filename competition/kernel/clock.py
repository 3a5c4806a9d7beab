"""The one clock. Commands take ``now``; only the edges (routes, job runner, CLI) read it here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def real() -> datetime:
    """The present instant, also inside :func:`frozen_at`. Leases use it: other processes know no frozen clock."""
    return datetime.now(UTC)


@contextmanager
def frozen_at(instant: datetime) -> Iterator[None]:
    """Make :func:`now` return ``instant``: the demo runs commands as if it were an earlier day."""
    token = _frozen.set(instant)
    try:
        yield
    finally:
        _frozen.reset(token)
