"""Pilots follow a publication: the first version proposes them, a correction adds, changes and cancels some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select

from competition.calls.models import Call
from competition.decisions.models import Publication
from competition.decisions.queries.decisions import DecisionView, decisions
from competition.decisions.queries.version_comparison import Change
from competition.entries.models import Entry, Revision
from competition.extensions import db
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.errors import RuleBroken
from competition.kernel.text.i18n import text_in
from competition.kernel.text.lists import joined
from competition.kernel.web.access import Actor
from competition.pilots.lifecycle import PILOT
from competition.pilots.models import Milestone, Pilot
from competition.pilots.queries import bound, pilots_of

FOLLOWED = frozenset({"in", "out", "award"})  # kinds of change that concern a pilot
SHARES = (30, 40, 30)  # of the award, where the entry's plan has no milestones of its own
DEFAULT_DAYS = 180


def check(call: Call, changes: Sequence[Change]) -> None:
    """An agreed, running or accepted pilot cannot be changed by a correction of the result.

    Raises
    ------
    RuleBroken
        When a decision changed whose pilot is past the proposal: an agreement is ended by people.
    """
    pilots = pilots_of(call.id) if changes else {}
    codes = [c.code for c in changes if c.kind in FOLLOWED and c.entry_id in pilots and bound(pilots[c.entry_id].state)]
    if codes:
        raise RuleBroken(_(
            "The pilots of %(codes)s are agreed or begun, and their decisions changed. Cancel or end these pilots "
            "first, or discard the correction.", codes=joined(codes),
        ))


def follow(call: Call, publication: Publication, changes: Sequence[Change], actor: Actor, now: datetime) -> None:
    """Bring a call's pilots in line with its published result.

    Newly selected entries become proposed pilots with their own milestones. In a correction a pilot that is
    only proposed follows its decision: it is cancelled, or gets the new award.
    """
    pilots = pilots_of(call.id)
    for change in changes:
        if change.kind in FOLLOWED and change.entry_id in pilots:
            _update(pilots[change.entry_id], change, text_in(publication.reason), actor, now)
    added = {change.entry_id for change in changes if change.kind == "in"}
    _propose(call, [
        decision for decision in decisions(call.id, outcomes=("selected",))
        if decision.entry_id not in pilots and (publication.number == 1 or decision.entry_id in added)
    ], actor, now)


def _update(pilot: Pilot, change: Change, reason: str, actor: Actor, now: datetime) -> None:
    """A proposed or cancelled pilot after its entry's decision changed."""
    if change.kind == "out" and PILOT.may(pilot, "cancel"):
        PILOT.advance(pilot, "cancel")
        pilot.closing_note = reason
        _record(pilot, "cancel", actor, now, reason=reason)
    elif change.kind == "in" and PILOT.may(pilot, "propose_again"):
        PILOT.advance(pilot, "propose_again")
        pilot.award_minor, pilot.closing_note, pilot.starts_at, pilot.ends_at = change.award_after, "", None, None
        db.session.execute(delete(Milestone).where(Milestone.pilot_id == pilot.id))
        db.session.add_all(_planned(pilot, pilot.call, _plans([pilot.entry_id])))
        _record(pilot, "propose_again", actor, now, award=change.award_after)
    elif change.kind == "award" and pilot.state == "proposed":
        pilot.award_minor = change.award_after
        _record(pilot, "award_changed", actor, now, award=change.award_after, award_before=change.award_before)


def _record(pilot: Pilot, action: str, actor: Actor, now: datetime, **data: Any) -> None:
    pilot.version += 1
    audit.record(f"pilot.{action}", chain=pilot.call_id, subject=pilot.code, actor_id=actor.id, now=now, **data)


def _propose(call: Call, selected: Sequence[DecisionView], actor: Actor, now: datetime) -> None:
    """A proposed pilot for each, with its milestones; as many statements for fifty as for one, but for the log."""
    plans = _plans([decision.entry_id for decision in selected])
    pilots = [
        Pilot(
            id=new_id(), code=new_code(), call_id=call.id, entry_id=decision.entry_id, team_id=decision.team_id,
            state="proposed", award_minor=decision.award_minor, created_at=now, version=1,
        )
        for decision in selected
    ]
    db.session.add_all(pilots)
    db.session.flush()
    for pilot, decision in zip(pilots, selected, strict=True):
        db.session.add_all(_planned(pilot, call, plans))
        audit.record("pilot.proposed", chain=call.id, subject=pilot.code, actor_id=actor.id, now=now,
                     entry=decision.code, award=decision.award_minor)


def _plans(entry_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The milestones that entries name in what was received of them last."""
    rows = db.session.execute(
        select(Entry.id, Revision.answers).join(Revision, Revision.id == Entry.revision_id)
        .where(Entry.id.in_(entry_ids))
    )
    return {entry_id: [m for m in answers.get("milestones", []) if m.get("title")] for entry_id, answers in rows}


def _planned(pilot: Pilot, call: Call, plans: Mapping[UUID, list[dict[str, Any]]]) -> list[Milestone]:
    """The entry's own milestones; without them three thirds of the call's pilot time, 30, 40 and 30 percent."""
    plan = plans.get(pilot.entry_id)
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
