"""Commands on a defence: sessions, the draw of the order, the announcement, the panel, attendance."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from competition.calls.models import Call, Stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.defence_order import drawn_order
from competition.judging.models import Conflict, DefenceDraw, DefenceSession, DefenceSlot, Seat, StageSeat
from competition.judging.queries import defence as queries
from competition.judging.service import assigning
from competition.kernel.data import audit
from competition.kernel.data.ids import new_code, new_id
from competition.kernel.errors import IllegalMove, Missing, RuleBroken
from competition.kernel.jobs import outbox
from competition.kernel.web.access import Actor

ATTENDANCE = ("present", "late", "absent")
REMIND_BEFORE = timedelta(days=1)


@dataclass(frozen=True)
class AnnounceArguments:
    """The stage whose schedule is announced, or reminded of; ``sequence`` tells a later announcement from this one."""

    stage: UUID
    sequence: int


@dataclass(frozen=True)
class RemindArguments:
    """The session that is near."""

    session: UUID
    starts_at: datetime


ANNOUNCE = outbox.Kind("defence.announce", AnnounceArguments)
REMIND = outbox.Kind("defence.remind", RemindArguments)


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What an organizer types of a session: when it starts, where, how many slots, and their lengths in minutes."""

    starts_at: datetime
    place: str
    places: int
    presentation_minutes: int
    question_minutes: int
    pause_minutes: int


def add_session(*, call: Call, plan: SessionPlan, actor: Actor, now: datetime) -> DefenceSession:
    """Add a session to the schedule.

    Raises
    ------
    IllegalMove
        When the order has been drawn: the draw is over the places that there were.
    RuleBroken
        For a start that has passed.
    """
    stage = _hold_stage(call)
    _check_not_drawn(stage)
    if plan.starts_at <= now:
        raise RuleBroken(_("Choose a time that is still to come."), field="starts_at")
    session = DefenceSession(
        id=new_id(), stage_id=stage.id, code=new_code(), starts_at=plan.starts_at, places=plan.places, place=plan.place,
        presentation_minutes=plan.presentation_minutes, question_minutes=plan.question_minutes,
        pause_minutes=plan.pause_minutes,
    )
    db.session.add(session)
    audit.record("defence.session_added", chain=call.id, subject=session.code, actor_id=actor.id, now=now,
                 starts=plan.starts_at, place=plan.place, places=plan.places)
    return session


def remove_session(*, call: Call, session_code: str, actor: Actor, now: datetime) -> None:
    """Take a session out before the order is drawn."""
    stage = _hold_stage(call)
    _check_not_drawn(stage)
    session = _session(stage, session_code)
    db.session.delete(session)
    audit.record("defence.session_removed", chain=call.id, subject=session_code, actor_id=actor.id, now=now,
                 starts=session.starts_at, place=session.place)


def move_session(
    *, call: Call, session_code: str, starts_at: datetime, place: str, actor: Actor, now: datetime
) -> None:
    """Give a session another time or place. When the schedule was announced, everybody gets it anew."""
    stage = _hold_stage(call)
    session = _session(stage, session_code)
    if starts_at <= now:
        raise RuleBroken(_("Choose a time that is still to come."), field="starts_at")
    if (starts_at, place) == (session.starts_at, session.place):
        return
    before = (session.starts_at, session.place)
    session.starts_at, session.place = starts_at, place
    audit.record("defence.session_moved", chain=call.id, subject=session_code, actor_id=actor.id, now=now,
                 before=list(before), starts=starts_at, place=place)
    drawn = queries.draw(stage.id)
    if drawn is not None and drawn.announced_at is not None:
        _announce(stage, drawn, now)


def draw(*, call: Call, seed: str, actor: Actor, now: datetime) -> str:
    """Draw the order in which the entries are defended, once; returns the seed.

    Parameters
    ----------
    seed
        A text from outside, such as the numbers of a public lottery; empty: 128 random bits of this machine. Everybody
        who gets a slot reads it and can draw again.

    Raises
    ------
    RuleBroken
        When the sessions have too few places, or no entry takes part.
    IllegalMove
        When it has been drawn.
    """
    stage = _hold_stage(call)
    _check_not_drawn(stage)
    entries = {code: entry_id for entry_id, code in queries.entry_codes(stage.id, call.id)}
    sessions = queries.sessions(stage.id)
    places = [(session.id, position) for session in sessions for position in range(session.places)]
    if not entries:
        raise RuleBroken(_("No entry takes part in the defence yet."))
    if len(places) < len(entries):
        raise RuleBroken(_("The sessions have %(places)s places for %(entries)s entries. Add a session.",
                           places=len(places), entries=len(entries)))
    seed = seed.strip() or secrets.token_hex(16)
    order = drawn_order(seed, entries)
    db.session.add(DefenceDraw(stage_id=stage.id, seed=seed, drawn_at=now, drawn_by=actor.id, sequence=0))
    db.session.execute(insert(DefenceSlot), [
        {"stage_id": stage.id, "entry_id": entries[code], "session_id": session_id, "position": position,
         "attendance": ""}
        for code, (session_id, position) in zip(order, places, strict=False)
    ])
    audit.record("defence.drawn", chain=call.id, subject=call.code, actor_id=actor.id, now=now, seed=seed, order=order)
    return seed


def announce(*, call: Call, actor: Actor, now: datetime) -> None:
    """Send every team its slot and every judge the schedule, with calendar files. May be sent again.

    Raises
    ------
    RuleBroken
        Before the order is drawn.
    """
    stage = _hold_stage(call)
    drawn = queries.draw(stage.id)
    if drawn is None:
        raise RuleBroken(_("Draw the order first."))
    _announce(stage, drawn, now)
    audit.record("defence.announced", chain=call.id, subject=call.code, actor_id=actor.id, now=now,
                 sequence=drawn.sequence)


def _announce(stage: Stage, drawn: DefenceDraw, now: datetime) -> None:
    drawn.announced_at, drawn.sequence = now, drawn.sequence + 1
    outbox.add(ANNOUNCE, AnnounceArguments(stage=stage.id, sequence=drawn.sequence), now=now,
               key=f"{stage.id}:{drawn.sequence}")
    for session in queries.sessions(stage.id):
        delay = session.starts_at - REMIND_BEFORE - now
        if delay > timedelta(0):
            outbox.add(REMIND, RemindArguments(session=session.id, starts_at=session.starts_at), now=now, delay=delay,
                       key=f"{session.id}:{session.starts_at.isoformat()}")


def choose_panel(*, call: Call, numbers: Iterable[int], actor: Actor, now: datetime) -> None:
    """Say which accepted judges sit in the defence; none chosen means the whole panel.

    Raises
    ------
    RuleBroken
        For a number that is no accepted judge.
    """
    stage = _hold_stage(call)
    seats = {seat.number: seat.seat_id for seat in queries.panel(call.id, stage.id)}
    wanted = sorted(set(numbers))
    unknown = [number for number in wanted if number not in seats]
    if unknown:
        raise RuleBroken(_("Judge %(number)s has not accepted a seat.", number=unknown[0]), field="judge")
    db.session.execute(delete(StageSeat).where(StageSeat.stage_id == stage.id))
    if wanted and len(wanted) < len(seats):
        db.session.execute(insert(StageSeat), [
            {"stage_id": stage.id, "seat_id": seats[number]} for number in wanted
        ])
    audit.record("defence.panel_chosen", chain=call.id, subject=call.code, actor_id=actor.id, now=now, judges=wanted)


def assign_all(*, call: Call, actor: Actor, now: datetime) -> int:
    """Give every entry of the defence to every judge who sits in it and has no conflict; returns the pairs added."""
    stage = _hold_stage(call)
    assigning.check_open(call, now)
    seats = [seat.seat_id for seat in queries.panel(call.id, stage.id) if seat.chosen]
    entries = [entry_id for entry_id, _code in queries.entry_codes(stage.id, call.id)]
    in_conflict = select(Conflict.seat_id, Conflict.entry_id).join(Seat, Seat.id == Conflict.seat_id)
    left_out = {
        (row.seat_id, row.entry_id) for row in db.session.execute(in_conflict.where(Seat.call_id == call.id))
    } | assigning.standing_pairs(stage.id)
    pairs = [(seat, entry) for entry in entries for seat in seats if (seat, entry) not in left_out]
    assigning.add(stage_id=stage.id, pairs=pairs, kind="manual", now=now)
    if pairs:
        audit.record("defence.assigned", chain=call.id, subject=call.code, actor_id=actor.id, now=now, pairs=len(pairs))
        assigning.log_pairs(stage=stage, added=pairs, dropped=[], subject=call.code, actor_id=actor.id, now=now)
        assigning.announce(stage_id=stage.id, seat_ids={seat for seat, _entry in pairs}, now=now)
    return len(pairs)


def record_attendance(*, call: Call, entry_code: str, attendance: str, actor: Actor, now: datetime) -> None:
    """Write down whether a team came to its slot."""
    stage = _hold_stage(call)
    if attendance not in ATTENDANCE:
        raise RuleBroken(_("Choose one of the answers offered."), field="attendance")
    slot = db.session.scalar(
        select(DefenceSlot).join(Entry, Entry.id == DefenceSlot.entry_id)
        .where(DefenceSlot.stage_id == stage.id, Entry.code == entry_code)
    )
    if slot is None:
        raise Missing("")
    before, slot.attendance = slot.attendance, attendance
    audit.record("defence.attendance", chain=call.id, subject=entry_code, actor_id=actor.id, now=now, before=before,
                 attendance=attendance)


def _hold_stage(call: Call) -> Stage:
    """The defence of the call, locked.

    Raises
    ------
    Missing
        When the call has none.
    IllegalMove
        When it is closed.
    """
    stage = db.session.scalar(
        select(Stage).where(Stage.call_id == call.id, Stage.kind == "defence").with_for_update()
    )
    if stage is None:
        raise Missing("")
    if stage.state == "closed":
        raise IllegalMove(_("The defence is closed."))
    return stage


def _check_not_drawn(stage: Stage) -> None:
    if queries.draw(stage.id) is not None:
        raise IllegalMove(_("The order has been drawn. Sessions can only move now."))


def _session(stage: Stage, code: str) -> DefenceSession:
    session = db.session.scalar(
        select(DefenceSession).where(DefenceSession.stage_id == stage.id, DefenceSession.code == code)
    )
    if session is None:
        raise Missing("")
    return session
