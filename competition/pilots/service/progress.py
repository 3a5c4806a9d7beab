"""Commands on pilots: agreed after the notice, released milestone by milestone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from competition.calls.lifecycle import CALL
from competition.calls.models import Call
from competition.decisions.queries.decisions import being_decided
from competition.decisions.queries.published import current_publication
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.web.access import Actor
from competition.pilots.lifecycle import MILESTONE, PILOT
from competition.pilots.models import Milestone, Pilot
from competition.pilots.service.proposals import DEFAULT_DAYS


def agree(*, pilot: Pilot, starts_at: datetime, actor: Actor, now: datetime) -> None:
    """Record the signed agreement and when the pilot starts; its milestones get their dates.

    Raises
    ------
    IllegalMove
        Before the public notice has ended, or while the result is being corrected.
    """
    _lock(pilot)
    publication = current_publication(pilot.call_id)
    if publication is None or now <= publication.notice_until:
        raise IllegalMove(_("An agreement can be signed once the public notice has ended."))
    if being_decided(pilot.call):
        raise IllegalMove(_("The result is being corrected. Publish the correction or discard it first."))
    _step(pilot, "agree", actor, now, starts_at=starts_at)
    pilot.starts_at = starts_at
    days = [milestone.days for milestone in pilot.milestones]
    pilot.ends_at = starts_at + timedelta(days=pilot.call.pilot_days or max(days, default=DEFAULT_DAYS))
    for milestone in pilot.milestones:
        milestone.due_at = starts_at + timedelta(days=milestone.days)


def start(*, pilot: Pilot, actor: Actor, now: datetime) -> None:
    """The pilot runs on site; with the first one the call's notice turns into its pilots."""
    _lock(pilot)
    _step(pilot, "start", actor, now)
    call = db.session.get_one(Call, pilot.call_id, with_for_update=True)
    if CALL.may(call, "start_pilots"):
        CALL.advance(call, "start_pilots")
        call.version += 1
        audit.record("call.pilots_started", chain=call.id, subject=call.code, actor_id=actor.id, now=now)


def accept(*, pilot: Pilot, actor: Actor, now: datetime) -> None:
    """Final acceptance, after every milestone has been accepted."""
    _lock(pilot)
    if any(milestone.state != "accepted" for milestone in pilot.milestones):
        raise RuleBroken(_("Accept or return every milestone first: a pilot is accepted when all of them are."))
    _step(pilot, "accept", actor, now)


def fail(*, pilot: Pilot, reason: str, actor: Actor, now: datetime) -> None:
    """End a running pilot without acceptance; the reason is public."""
    _lock(pilot)
    _close(pilot, "fail", reason, actor, now)


def cancel(*, pilot: Pilot, reason: str, actor: Actor, now: datetime) -> None:
    """Drop a pilot before it runs."""
    _lock(pilot)
    _close(pilot, "cancel", reason, actor, now)


def report_milestone(*, pilot: Pilot, position: int, report: str, actor: Actor, now: datetime) -> None:
    """The team reports a milestone with its evidence."""
    _lock(pilot)
    if pilot.state != "running":
        raise IllegalMove(_("Milestones are reported while the pilot is running."))
    if not report.strip():
        raise RuleBroken(_("Write what was reached and where the evidence is."), field="report")
    milestone = _milestone(pilot, position)
    MILESTONE.advance(milestone, "report")
    milestone.report, milestone.reported_at = report.strip(), now
    audit.record("milestone.reported", chain=pilot.call_id, subject=pilot.code, actor_id=actor.id, now=now,
                 milestone=position)


def accept_milestone(*, pilot: Pilot, position: int, actor: Actor, now: datetime) -> None:
    """Accept a reported milestone; its share of the award is released."""
    _lock(pilot)
    milestone = _milestone(pilot, position)
    _decide(pilot, milestone, "accept", "", actor, now)


def return_milestone(*, pilot: Pilot, position: int, reason: str, actor: Actor, now: datetime) -> None:
    """Send a report back to the team and say what is missing."""
    _lock(pilot)
    if not reason.strip():
        raise RuleBroken(_("Write what is missing, so that the team can go on."), field="reason")
    milestone = _milestone(pilot, position)
    _decide(pilot, milestone, "return", reason.strip(), actor, now)


def _lock(pilot: Pilot) -> None:
    """Lock the pilot and read it again. Pending changes are flushed first, because the refresh would drop them."""
    db.session.flush()
    db.session.refresh(pilot, with_for_update={"of": Pilot})


def _step(pilot: Pilot, action: str, actor: Actor, now: datetime, **data: Any) -> None:
    before = PILOT.advance(pilot, action)
    pilot.version += 1
    audit.record(f"pilot.{action}", chain=pilot.call_id, subject=pilot.code, actor_id=actor.id, now=now,
                 before=before, after=pilot.state, **data)


def _close(pilot: Pilot, action: str, reason: str, actor: Actor, now: datetime) -> None:
    if not reason.strip():
        raise RuleBroken(_("Write the reason; it is kept in the log."), field="reason")
    _step(pilot, action, actor, now, reason=reason.strip())
    pilot.closing_note = reason.strip()


def _milestone(pilot: Pilot, position: int) -> Milestone:
    for milestone in pilot.milestones:
        if milestone.position == position:
            return milestone
    raise Missing("")


def _decide(pilot: Pilot, milestone: Milestone, action: str, note: str, actor: Actor, now: datetime) -> None:
    if pilot.state != "running":
        raise IllegalMove(_("Milestones are decided while the pilot is running."))
    MILESTONE.advance(milestone, action)
    milestone.decided_at, milestone.note = now, note
    audit.record("milestone.accepted" if action == "accept" else "milestone.returned", chain=pilot.call_id,
                 subject=pilot.code, actor_id=actor.id, now=now, milestone=milestone.position,
                 share=milestone.share_percent)
