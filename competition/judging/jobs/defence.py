"""Mail about the schedule of a defence: each team its slot, each judge the whole schedule, with calendar files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.accounts.models import User
from competition.calls.models import Call, Stage
from competition.entries.models import Entry, Membership
from competition.extensions import db
from competition.judging.calendar_file import appointments, calendar_text
from competition.judging.models import DefenceSession, Seat
from competition.judging.queries import defence as queries
from competition.judging.queries.participants import sits_in
from competition.judging.service import defence
from competition.kernel import clock
from competition.kernel.jobs import mail, outbox


@outbox.handler(defence.ANNOUNCE)
def announce(_job: outbox.Job, arguments: defence.AnnounceArguments) -> outbox.Effects:
    """Write to every member of every team that has a slot, and to every judge of the stage."""

    def effects() -> None:
        drawn = queries.draw(arguments.stage)
        if drawn is None or drawn.sequence != arguments.sequence:
            return  # announced again since: that job writes
        _write("judging/defence_slot", "judging/defence_schedule", arguments.stage, queries.schedule(arguments.stage),
               arguments.sequence)

    return effects


@outbox.handler(defence.REMIND)
def remind(_job: outbox.Job, arguments: defence.RemindArguments) -> outbox.Effects:
    """A day before a session: write to the teams in it and to the judges, if it has not moved since."""

    def effects() -> None:
        session = db.session.get(DefenceSession, arguments.session)
        if session is None or session.starts_at != arguments.starts_at:
            return
        drawn = queries.draw(session.stage_id)
        if drawn is None or drawn.announced_at is None:
            return
        ends = queries.slot_start(session, session.places)
        slots = [slot for slot in queries.schedule(session.stage_id)
                 if session.starts_at <= slot.starts_at < ends and slot.place == session.place]
        _write("judging/defence_slot_reminder", "judging/defence_schedule_reminder", session.stage_id, slots,
               drawn.sequence)

    return effects


def _write(
    to_team: str, to_judge: str, stage_id: UUID, slots: list[queries.SlotView], sequence: int
) -> None:
    stage = db.session.get_one(Stage, stage_id)
    call = db.session.scalars(
        select(Call).options(joinedload(Call.programme)).where(Call.id == stage.call_id)
    ).one()
    for slot in slots:
        for person in _members(slot.entry_id):
            _send(to_team, person, call, [slot], sequence, slot=slot)
    judges = select(User).join(Seat, Seat.user_id == User.id).where(
        Seat.call_id == call.id, Seat.state == "accepted", sits_in(stage_id)
    )
    if slots:
        for person in db.session.scalars(judges.order_by(User.id)):
            _send(to_judge, person, call, slots, sequence, slots=slots)


def _members(entry_id: UUID) -> list[User]:
    query = (
        select(User).join(Membership, Membership.user_id == User.id).join(Entry, Entry.team_id == Membership.team_id)
        .where(Entry.id == entry_id).order_by(User.id)
    )
    return list(db.session.scalars(query))


def _send(
    template: str, person: User, call: Call, events: Iterable[queries.SlotView], sequence: int, **context: Any
) -> None:
    now = clock.now()
    with force_locale(person.locale):
        calendar = calendar_text(appointments(call, events, sequence), now=now)
    mail.send(template, to=person.email, locale=person.locale, now=now, calendar=calendar, call=call, person=person,
              **context)
