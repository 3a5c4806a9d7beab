"""The one clock. Commands take ``now``; only the edges (routes, job runner, CLI) read it here."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)
