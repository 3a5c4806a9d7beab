"""What was written on the score sheets of a stage and when, beside the scores that an aggregation reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet

CHUNK = 2000


@dataclass(frozen=True)
class SheetRecord:
    """A submitted sheet: its texts, when its entry was opened to the judge, first saved, and submitted.

    ``text`` is the overall comment, or the comments on criteria where there is none. ``begun_at`` is None for sheets
    from before the first save was kept.
    """

    text: str
    opened_at: datetime | None
    begun_at: datetime | None
    submitted_at: datetime | None


def sheet_records(stage_id: UUID, sheets: Sequence[UUID]) -> list[SheetRecord]:
    """The records of these sheets of a stage, in their order."""
    rows = db.session.execute(
        select(
            ScoreSheet.id, ScoreSheet.overall, ScoreSheet.comments, Assignment.declared_at, ScoreSheet.begun_at,
            ScoreSheet.submitted_at,
        )
        .join(Assignment, Assignment.id == ScoreSheet.assignment_id)
        .where(Assignment.stage_id == stage_id, ScoreSheet.state == "submitted")
        .execution_options(yield_per=CHUNK)
    )
    records = {
        row[0]: SheetRecord(row[1] or "\n".join(text for text in row[2] if text), row[3], row[4], row[5])
        for row in rows
    }
    return [records[sheet] for sheet in sheets]
