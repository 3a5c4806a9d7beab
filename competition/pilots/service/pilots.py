"""Commands on pilots: made by a publication, agreed after the notice, released milestone by milestone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from competition.calls.lifecycle import CALL
from competition.calls.models import Call
from competition.entries.models import Entry, Revision
from competition.extensions import db
from competition.kernel import audit
from competition.kernel.access import Actor
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.ids import new_code, new_id
from competition.pilots.lifecycle import MILESTONE, PILOT
from competition.pilots.models import Milestone, Pilot
from competition.results import queries as results
from competition.results import service as deciding
from competition.results.models import Publication

SHARES = (30, 40, 30)  # of the award, where the entry's plan has no milestones of its own
DEFAULT_DAYS = 180


def publish_results(*, call: Call, note: dict[str, str], actor: Actor, now: datetime) -> Publication:
    """Publish a call's result; its selected entries become proposed pilots with their own milestones."""
    publication = deciding.publish(call=call, note=note, actor=actor, now=now)
    for decision in results.decisions(call.id, outcomes=("selected",)):
        pilot = Pilot(
            id=new_id(), code=new_code(), call_id=call.id, entry_id=decision.entry_id, team_id=decision.team_id,
            state="proposed", award_minor=decision.award_minor, created_at=now, version=1,
        )
        db.session.add(pilot)
        db.session.flush()
        db.session.add_all(_planned(pilot, call))
        audit.record("pilot.proposed", chain=call.id, subject=pilot.code, actor_id=actor.id, now=now,
                     entry=decision.code, award=decision.award_minor)
    return publication


def _planned(pilot: Pilot, call: Call) -> list[Milestone]:
    """The entry's own milestones; without them three thirds of the call's pilot time, 30, 40 and 30 percent."""
    answers = db.session.scalar(
        select(Revision.answers).join(Entry, Entry.revision_id == Revision.id).where(Entry.id == pilot.entry_id)
    ) or {}
    plan: Sequence[dict[str, Any]] = [m for m in answers.get("milestones", []) if m.get("title")]
    if not plan:
        days = call.pilot_days or DEFAULT_DAYS
        plan = [
            {"title": _("Milestone %(number)s", number=at), "days": days * at // len(SHARES), "share_percent": share}
            for at, share in enumerate(SHARES, 1)
        ]
    return [
        Milestone(id=new_id(), pilot_id=pilot.id, position=at, title=str(item["title"])[:300],
                  days=int(item.get("days") or 0), share_percent=int(item.get("share_percent") or 0), state="planned",
                  report="", note="")
        for at, item in enumerate(plan, 1)
    ]


def agree(*, pilot: Pilot, starts_at: datetime, actor: Actor, now: datetime) -> None:
    """Record the signed agreement and when the pilot starts; its milestones get their dates.

    Raises
    ------
    IllegalMove
        Before the public notice has ended.
    """
    _lock(pilot)
    publication = db.session.get(Publication, pilot.call_id)
    if publication is None or now <= publication.notice_until:
        raise IllegalMove(_("An agreement can be signed once the public notice has ended."))
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
    audit.record(f"milestone.{milestone.state}", chain=pilot.call_id, subject=pilot.code, actor_id=actor.id, now=now,
                 milestone=milestone.position, share=milestone.share_percent)
