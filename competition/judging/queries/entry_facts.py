"""What an entry is called in lists of its judges, and how much there is to read. A revision never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from sqlalchemy import select

from competition.entries.answers import complete_shape, get
from competition.entries.fields import TEXTS
from competition.entries.models import Revision
from competition.extensions import db
from competition.judging.queries.shown import SHOWN, shown_files
from competition.kernel.text.languages import language_of
from competition.kernel.text.reading import headline, length

_facts: LRUCache[UUID, EntryFacts] = LRUCache(50_000)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """``title`` is the first sentence of the summary, ``language`` its code or empty, ``words`` the length."""

    title: str
    language: str
    words: int
    files: int


def facts_of(revision_ids: Sequence[UUID]) -> Mapping[UUID, EntryFacts]:
    """Facts of revisions by id: one query for all that this process has not read before, else none."""
    with _lock:
        read_before = {key: _facts[key] for key in revision_ids if key in _facts}
    missing = [key for key in revision_ids if key not in read_before]
    if missing:
        rows = db.session.execute(
            select(Revision.id, Revision.answers, Revision.files).where(Revision.id.in_(missing))
        )
        read = {row.id: _make(row.answers, row.files) for row in rows}
        with _lock:
            _facts.update(read)
        read_before |= read
    return read_before


def _make(answers: Mapping[str, Any], files: list[dict[str, Any]]) -> EntryFacts:
    shown = complete_shape({key: answers[key] for key in SHOWN if key in answers})
    summary = str(shown["summary"])
    text = "\n".join([
        *(str(get(shown, name) or "") for name in TEXTS),
        *(str(reply.get("how", "")) for reply in shown["kpi_replies"].values()),
        *(str(reply) for reply in shown["custom"].values()),
    ])
    return EntryFacts(headline(summary), language_of(summary or text), length(text), len(shown_files(files)))
