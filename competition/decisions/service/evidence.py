"""Whether the published results of a call are those that its log tells of."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from competition.decisions.models import Publication
from competition.decisions.service.publication import publication_digest
from competition.extensions import db
from competition.kernel.data import evidence
from competition.results.models import Run


@evidence.check
def publications(call_id: UUID) -> Iterator[str]:
    """Recompute the digest of every version with its decisions; each has its event and each event its version."""
    logged = {
        event.data.get("number", 1): event.data["publication"]
        for event in evidence.events_of(call_id, "results.published", "results.corrected")
    }
    before: Publication | None = None
    for version in db.session.scalars(
        select(Publication).where(Publication.call_id == call_id).order_by(Publication.number)
    ):
        run = db.session.get_one(Run, version.run_id)
        if publication_digest(version, run, before) != version.digest:
            yield f"published version {version.number}: it or one of its decisions was changed"
        if logged.pop(version.number, None) != version.digest:
            yield f"published version {version.number}: the log has another digest, or does not tell of it"
        before = version
    for number in sorted(logged):
        yield f"published version {number}: the log tells of it, and it is not there"
