"""Tells calls whether entries are in: teams rely on what they read when they entered."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from competition.calls import later_slices
from competition.entries import evidence as _evidence  # noqa: F401 - registers its check
from competition.entries.models import Entry
from competition.entries.service import call_news as _call_news  # noqa: F401 - registers whom it tells
from competition.extensions import db


@later_slices.entries_by
def has_entries(call_id: UUID) -> bool:
    """Whether an entry of the call is submitted."""
    submitted = select(Entry.id).where(Entry.call_id == call_id, Entry.state == "submitted").exists()
    return bool(db.session.scalar(select(submitted)))
