"""Commands on a call's panel: invite, answer, change, remove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select, update

from competition.accounts import invitations
from competition.accounts.models import Invitation, User
from competition.calls import independence
from competition.calls.lifecycle import PUBLIC_STATES, SETTLED
from competition.calls.models import Call, Stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.lifecycle import SEAT
from competition.judging.models import Assignment, Seat
from competition.judging.service import conflicts
from competition.judging.service.assignment_counts import recount
from competition.kernel.data import audit
from competition.kernel.data.ids import new_id
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.text.i18n import text_in
from competition.kernel.web.access import Actor

KIND = "panel"


@dataclass(frozen=True, slots=True)
class Profile:
    """What an organizer writes down about a judge."""

    name: str
    organisation: str
    languages: list[str]
    expertise: list[str]
    capacity: int


def invite_judge(
    *, call: Call, email: str, profile: Profile, lang: str, actor: Actor, now: datetime
) -> Seat:
    """Offer a seat by mail. A seat that was declined or taken away keeps its number when offered again.

    Raises
    ------
    RuleBroken
        When the address has a seat already, or a role or a team that excludes one (``field`` is ``email``), or the
        call is past judging.
    """
    if call.state in SETTLED:
        raise RuleBroken(_("The panel of this call has finished its work."))
    user_id = db.session.scalar(select(User.id).where(User.email == email))
    independence.check(independence.SEAT, user_id=user_id, programme_id=call.programme_id, call_id=call.id, who=email,
                       field="email")
    seat = db.session.scalar(select(Seat).where(Seat.call_id == call.id, Seat.email == email))
    if seat is None:
        highest = db.session.scalar(select(func.max(Seat.number)).where(Seat.call_id == call.id)) or 0
        seat = Seat(id=new_id(), call_id=call.id, number=highest + 1, email=email, state="invited", created_at=now)
        db.session.add(seat)
    elif not SEAT.may(seat, "invite_again"):
        raise RuleBroken(_("This address already has a seat on the panel."), field="email")
    else:
        SEAT.advance(seat, "invite_again")
        seat.answered_at, seat.removed_reason = None, ""
    seat.user_id = user_id
    _describe(seat, profile)
    _mail(seat, call, lang, actor, now)
    audit.record(
        "seat.invited", chain=call.id, subject=seat.id, actor_id=actor.id, now=now, seat=seat.number, email=email,
    )
    return seat


def invite_again(*, call: Call, seat: Seat, lang: str, actor: Actor, now: datetime) -> None:
    """Send the invitation once more; the earlier link stops working.

    Raises
    ------
    IllegalMove
        When the judge has answered.
    """
    if seat.state != "invited":
        raise IllegalMove(_("This judge has answered already."))
    if seat.invitation_id is not None:
        invitations.revoke(kind=KIND, scope_id=call.id, invitation_id=seat.invitation_id, now=now)
    _mail(seat, call, lang, actor, now)
    audit.record("seat.invited_again", chain=call.id, subject=seat.id, actor_id=actor.id, now=now, seat=seat.number)


def _mail(seat: Seat, call: Call, lang: str, actor: Actor, now: datetime) -> None:
    db.session.flush()
    invitation = invitations.invite(
        kind=KIND, scope_id=call.id, email=seat.email, template="judging/invite", lang=lang, actor=actor, now=now,
        data={"seat": str(seat.id), "call": call.code, "title": call.title}, name=seat.name, call=call,
        entries=seat.capacity,
    )
    db.session.flush()
    seat.invitation_id = invitation.id


def _describe(seat: Seat, profile: Profile) -> None:
    seat.name, seat.organisation = profile.name, profile.organisation
    seat.languages, seat.expertise = list(profile.languages), list(profile.expertise)
    seat.capacity = profile.capacity


def change(*, call: Call, seat: Seat, profile: Profile, actor: Actor, now: datetime) -> None:
    """Correct what is written down about a judge."""
    _describe(seat, profile)
    audit.record("seat.changed", chain=call.id, subject=seat.id, actor_id=actor.id, now=now, seat=seat.number)


def remove(*, call: Call, seat: Seat, reason: str, actor: Actor, now: datetime) -> int:
    """Take a seat away with a reason; returns how many unfinished assignments it frees.

    What the judge submitted stays stored, but scores of a removed seat no longer count.
    """
    if not reason.strip():
        raise RuleBroken(_("Say why: the reason stays in the log."), field="reason")
    return take_seat(call=call, seat=seat, reason=reason.strip(), actor_id=actor.id, now=now)


def take_seat(*, call: Call, seat: Seat, reason: str, actor_id: UUID, now: datetime, **facts: Any) -> int:
    """As :func:`remove`, with what the log keeps besides: the signature of a second person."""
    if call.state in SETTLED:
        raise IllegalMove(_("The panel of this call has finished its work."))
    SEAT.advance(seat, "remove")
    seat.removed_reason = reason
    if seat.invitation_id is not None:
        invitations.revoke(kind=KIND, scope_id=call.id, invitation_id=seat.invitation_id, now=now)
    unfinished = (Assignment.seat_id == seat.id, Assignment.progress.in_(("waiting", "draft")))
    pairs = [tuple(row) for row in db.session.execute(
        select(Stage.position, Entry.code).select_from(Assignment).join(Stage, Stage.id == Assignment.stage_id)
        .join(Entry, Entry.id == Assignment.entry_id).where(*unfinished).order_by(Stage.position, Entry.code)
    )]
    db.session.execute(update(Assignment).where(*unfinished).values(state="removed", progress="out"))
    count = len(pairs)
    recount([seat.id])
    audit.record(
        "seat.removed", chain=call.id, subject=seat.id, actor_id=actor_id, now=now, seat=seat.number,
        **{"reason": reason, "freed": count, "pairs": pairs, **facts},
    )
    return count


def answer_own(*, seat: Seat, accepted: bool, actor: Actor, now: datetime) -> str:
    """Accept or decline a seat from the judge's own page, without the mail; returns where to go next.

    Raises
    ------
    IllegalMove
        When the invitation has run out or was answered.
    """
    invitation = db.session.get(Invitation, seat.invitation_id) if seat.invitation_id is not None else None
    if invitation is None or invitation.state != "open" or invitation.expires_at <= now:
        raise IllegalMove(_("This invitation has run out. Ask the organizer to send it again."))
    user = db.session.get_one(User, actor.id)
    return invitations.answer(invitation=invitation, user=user, accepted=accepted, now=now)


def _seat_of(invitation: Invitation) -> Seat:
    seat = db.session.scalar(
        select(Seat).where(Seat.id == UUID(invitation.data["seat"])).with_for_update()
    )
    if seat is None:
        raise Missing("")
    return seat


def _accept(invitation: Invitation, user: User, now: datetime) -> str:
    seat = _seat_of(invitation)
    call = db.session.get_one(Call, seat.call_id)
    independence.check(independence.SEAT, user_id=user.id, programme_id=call.programme_id, call_id=call.id)
    SEAT.advance(seat, "accept")
    seat.user_id, seat.answered_at = user.id, now
    seat.name = seat.name or user.name
    audit.record("seat.accepted", chain=seat.call_id, subject=seat.id, actor_id=user.id, now=now, seat=seat.number)
    db.session.flush()
    conflicts.bar_seat(seat.id, now)
    return url_for("judging_judge.queue", call=invitation.data["call"])


def _decline(invitation: Invitation, user: User | None, now: datetime) -> str:
    seat = _seat_of(invitation)
    SEAT.advance(seat, "decline")
    seat.answered_at = now
    audit.record("seat.declined", chain=seat.call_id, subject=seat.id, actor_id=None if user is None else user.id,
                 now=now, seat=seat.number)
    return url_for("calls_public.home")


def _offer(invitation: Invitation) -> dict[str, Any]:
    call = db.session.get_one(Call, invitation.scope_id)
    return {
        "more": _("Read the call and its rubric") if call.state in PUBLIC_STATES else "",
        "more_url": url_for("calls_public.show", call_code=call.code),
        "title": _("A seat on the panel of “%(call)s”", call=text_in(invitation.data["title"])),
        "text": _("You would score entries without knowing who sent them. Before you open one, you say whether "
                  "you have a conflict of interest. Your name is shown to applicants only if the call says so."),
    }


invitations.register(KIND, invitations.Offer(describe=_offer, accept=_accept, decline=_decline))
