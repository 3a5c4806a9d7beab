"""What judging answers for slices before it, and does when something of theirs changes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from competition.calls import later_slices
from competition.entries import late_files
from competition.extensions import db
from competition.judging import evidence as _evidence  # noqa: F401 - registers its checks
from competition.judging.models import EligibilityCheck
from competition.judging.service.assigning import announce_stage
from competition.judging.service.reminders import tell_due

later_slices.when_due_moves(tell_due)
later_slices.when_stage_opens(announce_stage)


@late_files.allow_when
def is_asked(entry_id: UUID, now: datetime) -> bool:
    """Whether the team of an entry has been asked at the eligibility check and still has time to answer."""
    return db.session.scalar(select(EligibilityCheck.entry_id).where(
        EligibilityCheck.entry_id == entry_id, EligibilityCheck.state == "asked", EligibilityCheck.answer_until >= now
    )) is not None
