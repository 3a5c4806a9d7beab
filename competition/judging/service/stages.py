"""The commands that open a stage and say which entries go on from one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete

from competition.calls import queries
from competition.calls.lifecycle import STAGE
from competition.calls.models import Call, Stage
from competition.extensions import db
from competition.judging.models import StageOutcome
from competition.judging.queries.stages import next_to_open, obstacle, participants_count
from competition.judging.service import assigning
from competition.kernel.data import audit
from competition.kernel.data.batches import batches
from competition.kernel.errors import IllegalMove
from competition.kernel.web.access import Actor

BATCH = 500


def open_next(*, call: Call, actor: Actor, now: datetime) -> Stage:
    """Open the next stage of a call for the entries that go on; judges who have some of them get a mail.

    Raises
    ------
    IllegalMove
        While the stage before is not closed, or it is not decided for every entry whether it goes on.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    stages = queries.stages(call.id)
    reason = obstacle(call, stages)
    stage = next_to_open(stages)
    if reason or stage is None:
        raise IllegalMove(reason)
    STAGE.advance(stage, "open")
    stage.opened_at = now
    audit.record("stage.opened", chain=call.id, subject=stage.id, actor_id=actor.id, now=now, stage=stage.position,
                 kind=stage.kind, entries=participants_count(stage))
    db.session.flush()
    assigning.announce_stage(stage, now)
    return stage


def set_outcomes(
    *, stage: Stage, outcomes: Mapping[UUID, tuple[str, str]], actor: Actor, now: datetime
) -> None:
    """Write for entries of a stage whether they go on; ``outcomes``: entry → (outcome, reason)."""
    for part in batches(list(outcomes), BATCH):
        db.session.execute(delete(StageOutcome).where(
            StageOutcome.stage_id == stage.id, StageOutcome.entry_id.in_(part)
        ))
        db.session.add_all(
            StageOutcome(stage_id=stage.id, entry_id=entry_id, outcome=outcomes[entry_id][0],
                         reason=outcomes[entry_id][1], decided_at=now, decided_by=actor.id)
            for entry_id in part
        )
        db.session.flush()
