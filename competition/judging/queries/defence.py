"""The schedule of a defence, for organizers, for a judge and for the team behind an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, exists, select

from competition.calls.models import Call, Programme, Stage
from competition.entries.models import Entry, Membership, Team
from competition.extensions import db
from competition.judging.models import Assignment, DefenceDraw, DefenceSession, DefenceSlot, Seat, StageSeat
from competition.judging.queries.participants import takes_part
from competition.kernel.web.access import Actor


def defence_stage(call: Call) -> Stage | None:
    """The defence of a call; a call has at most one."""
    return db.session.scalar(select(Stage).where(Stage.call_id == call.id, Stage.kind == "defence"))


def sessions(stage_id: UUID) -> list[DefenceSession]:
    """The sessions of a stage, the earliest first."""
    query = select(DefenceSession).where(DefenceSession.stage_id == stage_id)
    return list(db.session.scalars(query.order_by(DefenceSession.starts_at, DefenceSession.id)))


def draw(stage_id: UUID) -> DefenceDraw | None:
    return db.session.get(DefenceDraw, stage_id)


def entry_codes(stage_id: UUID, call_id: UUID) -> list[tuple[UUID, str]]:
    """``(id, code)`` of the entries that are defended, by code."""
    query = select(Entry.id, Entry.code).where(Entry.call_id == call_id, takes_part(stage_id)).order_by(Entry.code)
    return [(row.id, row.code) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class SlotView:
    """When an entry is defended and where. ``ends_at`` is the end of the questions."""

    stage_id: UUID
    entry_id: UUID
    entry_code: str
    team: str
    place: str
    starts_at: datetime
    ends_at: datetime
    presentation_minutes: int
    question_minutes: int
    attendance: str


def slot_start(session: DefenceSession, position: int) -> datetime:
    length = session.presentation_minutes + session.question_minutes + session.pause_minutes
    return session.starts_at + timedelta(minutes=length * position)


def _view(slot: DefenceSlot, session: DefenceSession, entry_code: str, team: str) -> SlotView:
    starts = slot_start(session, slot.position)
    ends = starts + timedelta(minutes=session.presentation_minutes + session.question_minutes)
    return SlotView(
        slot.stage_id, slot.entry_id, entry_code, team, session.place, starts, ends, session.presentation_minutes,
        session.question_minutes, slot.attendance,
    )


def schedule(stage_id: UUID) -> list[SlotView]:
    """Every slot of a stage in the order of time, with the team: for organizers."""
    query = (
        select(DefenceSlot, DefenceSession, Entry.code, Team.name)
        .join(DefenceSession, DefenceSession.id == DefenceSlot.session_id)
        .join(Entry, Entry.id == DefenceSlot.entry_id).join(Team, Team.id == Entry.team_id)
        .where(DefenceSlot.stage_id == stage_id)
        .order_by(DefenceSession.starts_at, DefenceSession.id, DefenceSlot.position)
    )
    return [_view(*row) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class PanelSeat:
    number: int
    seat_id: UUID
    name: str
    email: str
    chosen: bool


def panel(call_id: UUID, stage_id: UUID) -> list[PanelSeat]:
    """The accepted judges of a call by number, and who of them sits in the stage. Without a choice everybody does."""
    own = select(StageSeat.seat_id).where(StageSeat.stage_id == stage_id)
    chosen = set(db.session.scalars(own))
    query = select(Seat.number, Seat.id, Seat.name, Seat.email).where(Seat.call_id == call_id, Seat.state == "accepted")
    return [
        PanelSeat(row.number, row.id, row.name, row.email, not chosen or row.id in chosen)
        for row in db.session.execute(query.order_by(Seat.number))
    ]


@dataclass(frozen=True, slots=True)
class OwnSlot:
    """The slot of one's own entry, with its call; ``rank`` is its place in the drawn order of ``of`` entries."""

    call: Call
    slot: SlotView
    seed: str
    sequence: int
    rank: int
    of: int


def own_slot(actor: Actor, entry_code: str) -> OwnSlot | None:
    """The announced slot of a submitted entry of one's own team."""
    row = db.session.execute(
        select(DefenceSlot, DefenceSession, Entry, Team.name, DefenceDraw)
        .join(DefenceSession, DefenceSession.id == DefenceSlot.session_id)
        .join(DefenceDraw, DefenceDraw.stage_id == DefenceSlot.stage_id)
        .join(Entry, Entry.id == DefenceSlot.entry_id).join(Team, Team.id == Entry.team_id)
        .join(Membership, Membership.team_id == Entry.team_id)
        .where(
            Entry.code == entry_code, Entry.state == "submitted", Membership.user_id == actor.user_id,
            DefenceDraw.announced_at.is_not(None),
        )
    ).one_or_none()
    if row is None:
        return None
    slot, session, entry, team, drawn = row
    call = db.session.scalars(select(Call).join(Programme).where(Call.id == entry.call_id)).one()
    order = [one.entry_id for one in schedule(slot.stage_id)]
    view = _view(slot, session, entry.code, team)
    return OwnSlot(call, view, drawn.seed, drawn.sequence, order.index(entry.id) + 1, len(order))


@dataclass(frozen=True, slots=True)
class JudgeDay:
    """The announced defences of one call that a judge sits in. ``tasks`` is ``{entry id: code of the assignment}``."""

    call: Call
    slots: list[SlotView]
    tasks: dict[UUID, str]
    sequence: int


def judge_days(actor: Actor) -> list[JudgeDay]:
    """The defences ahead of a judge and behind, by call; entries without their teams."""
    in_stage = exists().where(StageSeat.stage_id == Stage.id, StageSeat.seat_id == Seat.id)
    whole_panel = ~exists().where(StageSeat.stage_id == Stage.id)
    rows = db.session.execute(
        select(Call, Stage.id, Seat.id, DefenceDraw.sequence)
        .join(Stage, and_(Stage.call_id == Call.id, Stage.kind == "defence"))
        .join(DefenceDraw, and_(DefenceDraw.stage_id == Stage.id, DefenceDraw.announced_at.is_not(None)))
        .join(Seat, Seat.call_id == Call.id)
        .where(Seat.user_id == actor.user_id, Seat.state == "accepted", in_stage | whole_panel).order_by(Call.code)
    ).all()
    return [JudgeDay(call, schedule(stage_id), _tasks(stage_id, seat_id), sequence)
            for call, stage_id, seat_id, sequence in rows]


def _tasks(stage_id: UUID, seat_id: UUID) -> dict[UUID, str]:
    query = select(Assignment.entry_id, Assignment.code).where(
        Assignment.stage_id == stage_id, Assignment.seat_id == seat_id, Assignment.state != "removed"
    )
    return {row.entry_id: row.code for row in db.session.execute(query)}
