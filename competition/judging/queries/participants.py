"""Which entries take part in a stage, and which judges sit in it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from competition.calls.models import Stage
from competition.entries.models import Entry
from competition.judging.models import Seat, StageOutcome, StageSeat


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


def sits_in(stage_id: UUID) -> ColumnElement[bool]:
    """A condition on ``Seat``: chosen for the stage, or nobody is, and the stage has the whole panel of its call."""
    chosen = exists().where(StageSeat.stage_id == stage_id)
    return or_(~chosen, chosen.where(StageSeat.seat_id == Seat.id))
