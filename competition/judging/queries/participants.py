"""Which entries take part in a stage: the submitted ones that an earlier stage let go on."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import aliased

from competition.calls.models import Stage
from competition.entries.models import Entry
from competition.judging.models import StageOutcome


def takes_part(stage_id: UUID) -> ColumnElement[bool]:
    """A condition on ``Entry``: submitted, and advanced by the stage before this one if the call has one.

    Every query of a stage's entries uses it, so that pages, plans, totals and exports speak of the same entries.
    """
    this, before, outcome = aliased(Stage), aliased(Stage), aliased(StageOutcome)
    previous = (
        select(before.id).join(this, and_(this.call_id == before.call_id, before.position < this.position))
        .where(this.id == stage_id).order_by(before.position.desc()).limit(1).scalar_subquery()
    )
    advanced = exists().where(
        outcome.stage_id == previous, outcome.entry_id == Entry.id, outcome.outcome == "advanced",
    )
    return and_(Entry.state == "submitted", previous.is_(None) | advanced)
