"""Commands that open a published result for correction, or put it back as it was."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select

from competition.calls.lifecycle import CORRECTABLE
from competition.calls.models import Call
from competition.decisions.lifecycle import DECISION
from competition.decisions.models import Decision, Publication, PublishedDecision
from competition.decisions.queries.published import current_publication
from competition.decisions.service import decisions
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.kernel.web.access import Actor


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
    current = current_publication(call.id)
    count = decisions.advance_all(call.id, "correct", actor, now) if call.state in CORRECTABLE else 0
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
    current = current_publication(call.id)
    states = set(db.session.scalars(select(Decision.state).where(Decision.call_id == call.id).distinct()))
    if current is None or not states or not states <= set(DECISION.steps["restore"]):
        raise IllegalMove(_("There is no correction to discard."))
    db.session.execute(delete(Decision).where(Decision.call_id == call.id))
    count = _restore(current)
    audit.record("results.correction_discarded", chain=call.id, subject=call.code, actor_id=actor.id, now=now,
                 count=count, version=current.number)
    return count


def _restore(publication: Publication) -> int:
    published = db.session.scalars(
        select(PublishedDecision).where(PublishedDecision.publication_id == publication.id)
    ).all()
    rows = [
        {
            "id": new_id(), "call_id": publication.call_id, "run_id": publication.run_id, "entry_id": decision.entry_id,
            "state": "published", "proposed": decision.proposed, "outcome": decision.outcome,
            "proposed_award_minor": decision.proposed_award_minor, "award_minor": decision.award_minor,
            "value": decision.value, "band": decision.band, "reason": decision.reason,
            "decided_by": decision.decided_by, "decided_at": decision.decided_at, "version": 1,
        }
        for decision in published
    ]
    decisions.insert_all(rows)
    return len(rows)
