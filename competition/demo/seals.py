"""Seals made-up sheets in bulk, as if each had been submitted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from competition.calls.models import Stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat, SheetVersion
from competition.judging.scores import unpack
from competition.judging.sealed_content import content_of, digest_of
from competition.kernel.data import audit
from competition.kernel.data.batches import batches
from competition.kernel.data.ids import new_id

AT_ONCE = 5000


def seal_all(stage_id: UUID) -> int:
    """Give every submitted sheet of a stage that has none its version and its event of the log; returns how many."""
    call_id = db.session.scalars(select(Stage.call_id).where(Stage.id == stage_id)).one()
    rows = db.session.execute(
        select(
            ScoreSheet.id, ScoreSheet.assignment_id, Assignment.code, Entry.code.label("entry"), Seat.number,
            Seat.user_id, ScoreSheet.rubric_version_id, ScoreSheet.revision_id, ScoreSheet.scores, ScoreSheet.comments,
            ScoreSheet.overall, ScoreSheet.total, ScoreSheet.submitted_at,
        )
        .join(Assignment, Assignment.id == ScoreSheet.assignment_id).join(Entry, Entry.id == Assignment.entry_id)
        .join(Seat, Seat.id == Assignment.seat_id)
        .outerjoin(SheetVersion, SheetVersion.sheet_id == ScoreSheet.id)
        .where(Assignment.stage_id == stage_id, ScoreSheet.state == "submitted", SheetVersion.id.is_(None))
        .order_by(ScoreSheet.submitted_at, ScoreSheet.id)
    ).all()
    for batch in batches(rows, AT_ONCE):
        versions = [_version(row) for row in batch]
        db.session.execute(insert(SheetVersion), versions)
        audit.record_many(call_id, [
            audit.Entry("sheet.submitted", row.code, row.user_id, row.submitted_at, {
                "seat": row.number, "entry": row.entry, "version": 1, "digest": version["digest"],
            }) for row, version in zip(batch, versions, strict=True)
        ])
    return len(rows)


def _version(row: Any) -> dict[str, Any]:
    content = content_of(
        assignment_id=row.assignment_id, entry_code=row.entry, seat_number=row.number,
        rubric_version_id=row.rubric_version_id, revision_id=row.revision_id, scores=unpack(row.scores),
        comments=row.comments, overall=row.overall, total=row.total,
    )
    return {
        "id": new_id(), "sheet_id": row.id, "number": 1, "content": content, "submitted_at": row.submitted_at,
        "digest": digest_of(content, row.submitted_at), "reopened_reason": "",
    }
