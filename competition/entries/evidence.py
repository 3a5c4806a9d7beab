"""Whether the revisions of a call are those that its log tells of."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from competition.entries import answers as shape
from competition.entries.models import Entry, Revision
from competition.extensions import db
from competition.kernel.data import evidence


@evidence.check
def revisions(call_id: UUID) -> Iterator[str]:
    """Recompute the digest of every revision; each has its event and each event its revision."""
    logged = {
        (event.data.get("entry") or event.subject, event.data["revision"]): event.data["digest"]
        for event in evidence.events_of(call_id, "entry.submitted")
    }
    rows = db.session.execute(
        select(Entry.code, Revision.number, Revision.answers, Revision.files, Revision.digest)
        .join(Entry, Entry.id == Revision.entry_id).where(Entry.call_id == call_id)
        .order_by(Entry.code, Revision.number).execution_options(yield_per=500)
    )
    for row in rows:
        name = f"entry {row.code}, revision {row.number}"
        if shape.digest(row.answers, row.files) != row.digest:
            yield f"{name}: its answers or files were changed"
        digest = logged.pop((row.code, row.number), None)
        if digest is None:
            yield f"{name}: the log does not tell of it"
        elif digest != row.digest:
            yield f"{name}: the log has another digest"
    for code, number in sorted(logged):
        yield f"entry {code}, revision {number}: the log tells of it, and it is not there"
