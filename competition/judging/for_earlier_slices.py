"""What judging answers for slices before it, and does when something of theirs changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import and_, exists, select
from sqlalchemy.orm import aliased

from competition.calls import later_slices
from competition.calls.models import Stage
from competition.entries import late_files
from competition.entries.models import Entry
from competition.entries.own_links import OwnLink, own_links
from competition.extensions import db
from competition.judging import evidence as _evidence  # noqa: F401 - registers its checks
from competition.judging.models import DefenceDraw, DefenceSlot, EligibilityCheck
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


@own_links
def eligibility_links(entry_ids: Sequence[UUID]) -> dict[UUID, OwnLink]:
    """The eligibility check of each submitted entry, once the check of its call has begun."""
    query = (
        select(Entry.id, Entry.code).join(Stage, and_(Stage.call_id == Entry.call_id, Stage.kind == "eligibility"))
        .where(Entry.id.in_(entry_ids), Entry.state == "submitted", Stage.state != "planned")
    )
    return {
        row.id: OwnLink(_("Eligibility check"), url_for("judging_team.eligibility", entry_code=row.code))
        for row in db.session.execute(query)
    }


@own_links
def defence_links(entry_ids: Sequence[UUID]) -> dict[UUID, OwnLink]:
    """The slot of each entry that is defended, once the schedule is announced."""
    query = (
        select(Entry.id, Entry.code).join(DefenceSlot, DefenceSlot.entry_id == Entry.id)
        .join(DefenceDraw, DefenceDraw.stage_id == DefenceSlot.stage_id)
        .where(Entry.id.in_(entry_ids), Entry.state == "submitted", DefenceDraw.announced_at.is_not(None))
    )
    return {
        row.id: OwnLink(_("Your defence"), url_for("judging_team.defence", entry_code=row.code))
        for row in db.session.execute(query)
    }


@own_links
def stage_links(entry_ids: Sequence[UUID]) -> dict[UUID, OwnLink]:
    """What became of each submitted entry in its stages, once one of several stages is over."""
    later, over = aliased(Stage), aliased(Stage)
    passed_one = exists().where(
        over.call_id == Entry.call_id, over.state == "closed", later.call_id == Entry.call_id,
        later.position > over.position,
    )
    query = select(Entry.id, Entry.code).where(Entry.id.in_(entry_ids), Entry.state == "submitted", passed_one)
    return {
        row.id: OwnLink(_("Stages"), url_for("judging_team.own_stages", entry_code=row.code))
        for row in db.session.execute(query)
    }
