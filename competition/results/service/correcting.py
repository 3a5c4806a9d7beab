"""Commands that open a published result for correction, or put it back as it was."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from competition.calls.models import Call
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Actor
from competition.results import queries
from competition.results.lifecycle import CORRECTABLE, DECISION
from competition.results.models import Decision, Publication, PublishedDecision
from competition.results.service import decisions


def correct(*, call: Call, reason: str, actor: Actor, now: datetime) -> int:
    """Open the published decisions for correction; returns how many there are.

    The public goes on seeing the version in force until the next one is published.

    Raises
    ------
    RuleBroken
        Without a reason.
    IllegalMove
        When nothing is published, a correction is open already, or the call is closed for good.
    """
    if not reason.strip():
        raise RuleBroken(_("Write why the published decisions are corrected; the reason is kept in the log."),
                         field="reason")
    db.session.refresh(call, with_for_update={"of": Call})
    current = queries.current_publication(call.id)
    count = decisions._move(call.id, "correct", actor, now) if call.state in CORRECTABLE else 0
    if not count or current is None:
        raise IllegalMove(_("There is no published result to correct now, or a correction is open already."))
    audit.record("results.correction_opened", chain=call.id, subject=call.code, actor_id=actor.id, now=now,
                 count=count, version=current.number, reason=reason.strip())
    return count


def discard(*, call: Call, actor: Actor, now: datetime) -> int:
    """Drop a correction: the decisions are again those of the version in force. Returns how many there are.

    Raises
    ------
    IllegalMove
        When no correction is open.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    current = queries.current_publication(call.id)
    states = set(db.session.scalars(select(Decision.state).where(Decision.call_id == call.id).distinct()))
    if current is None or not states or not states <= set(DECISION.steps["restore"]):
        raise IllegalMove(_("There is no correction to discard."))
    db.session.execute(delete(Decision).where(Decision.call_id == call.id))
    count = _restore(current)
    audit.record("results.correction_discarded", chain=call.id, subject=call.code, actor_id=actor.id, now=now,
                 count=count, version=current.number)
    return count


def _restore(publication: Publication) -> int:
    kept = db.session.scalars(
        select(PublishedDecision).where(PublishedDecision.publication_id == publication.id)
    ).all()
    rows = [
        {
            "id": new_id(), "call_id": publication.call_id, "run_id": publication.run_id, "entry_id": row.entry_id,
            "state": "published", "proposed": row.proposed, "outcome": row.outcome,
            "proposed_award_minor": row.proposed_award_minor, "award_minor": row.award_minor, "value": row.value,
            "band": row.band, "reason": row.reason, "decided_by": row.decided_by, "decided_at": row.decided_at,
            "version": 1,
        }
        for row in kept
    ]
    for at in range(0, len(rows), decisions.CHUNK):
        db.session.execute(insert(Decision), rows[at:at + decisions.CHUNK])
    return len(rows)
