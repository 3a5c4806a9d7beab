"""A submitted sheet is kept as a version of its own, whose digest goes into the log."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from competition.extensions import db
from competition.judging.models import ScoreSheet, SheetVersion
from competition.judging.scores import unpack
from competition.judging.sealed_content import content_of, digest_of
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id


def seal(
    *, sheet: ScoreSheet, call_id: UUID, assignment_code: str, entry_code: str, seat_number: int, actor_id: UUID | None,
    now: datetime,
) -> SheetVersion:
    """Keep what the sheet says now as its next version, and record its digest."""
    latest = db.session.scalar(
        select(func.max(SheetVersion.number)).where(SheetVersion.sheet_id == sheet.id)
    ) or 0
    content = content_of(
        assignment_id=sheet.assignment_id, entry_code=entry_code, seat_number=seat_number,
        rubric_version_id=sheet.rubric_version_id, revision_id=sheet.revision_id, scores=unpack(sheet.scores),
        comments=sheet.comments, overall=sheet.overall, total=sheet.total,
    )
    version = SheetVersion(
        id=new_id(), sheet_id=sheet.id, number=latest + 1, content=content, submitted_at=now,
        digest=digest_of(content, now),
    )
    db.session.add(version)
    db.session.flush()
    audit.record(
        "sheet.submitted", chain=call_id, subject=assignment_code, actor_id=actor_id, now=now, seat=seat_number,
        entry=entry_code, version=version.number, digest=version.digest,
    )
    return version
