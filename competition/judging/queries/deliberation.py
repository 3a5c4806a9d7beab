"""What a panel reads while it discusses: the entries on which its judges differ most, their scores, its notes.

A judge sees neither an entry with which there is a conflict, nor who the other judges are: they are numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import pstdev
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select

from competition.calls.models import Call, Stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, DeliberationNote, ScoreSheet, Seat
from competition.judging.queries.participants import sits_in, takes_part
from competition.judging.scores import unpack
from competition.kernel.web.access import Actor


@dataclass(frozen=True, slots=True)
class Deliberation:
    """A stage that is being discussed, and the seat of the judge who reads."""

    call: Call
    stage: Stage
    seat: Seat


def own_deliberation(actor: Actor, call_code: str) -> Deliberation | None:
    """The discussion on whose panel the person sits; None when the call has none now."""
    row = db.session.execute(
        select(Call, Stage, Seat)
        .join(Stage, and_(Stage.call_id == Call.id, Stage.state == "discussing"))
        .join(Seat, Seat.call_id == Call.id)
        .where(Call.code == call_code, Seat.user_id == actor.user_id, Seat.state == "accepted")
    ).one_or_none()
    if row is None or not db.session.scalar(select(Seat.id).where(Seat.id == row[2].id, sits_in(row[1].id))):
        return None
    return Deliberation(*row)


def open_deliberations(actor: Actor) -> list[tuple[str, dict[str, str]]]:
    """Code and title of the calls whose panel discusses now and includes the person."""
    query = (
        select(Call.code, Call.title).join(Stage, and_(Stage.call_id == Call.id, Stage.state == "discussing"))
        .join(Seat, Seat.call_id == Call.id)
        .where(Seat.user_id == actor.user_id, Seat.state == "accepted").order_by(Call.code)
    )
    return [(row.code, row.title) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class DiscussedEntry:
    """An entry in the list; ``spread`` is the standard deviation of its judges' totals, in hundredths of a point."""

    code: str
    totals: tuple[int, ...]
    spread: float
    notes: int
    own: bool


def entries(discussion: Deliberation) -> list[DiscussedEntry]:
    """The entries of the stage that the judge may discuss, those on which the panel differs most first."""
    totals: dict[UUID, list[int]] = {}
    codes: dict[UUID, str] = {}
    own: set[UUID] = set()
    for row in db.session.execute(_sheets(discussion)):
        codes[row.entry_id] = row.entry_code
        totals.setdefault(row.entry_id, []).append(row.total or 0)
        if row.seat_id == discussion.seat.id:
            own.add(row.entry_id)
    notes = {
        row.entry_id: row.n for row in db.session.execute(
            select(DeliberationNote.entry_id, func.count().label("n"))
            .where(DeliberationNote.stage_id == discussion.stage.id).group_by(DeliberationNote.entry_id)
        )
    }
    views = [
        DiscussedEntry(codes[entry_id], tuple(sorted(values)), pstdev(values), notes.get(entry_id, 0), entry_id in own)
        for entry_id, values in totals.items()
    ]
    return sorted(views, key=lambda view: (-view.spread, view.code))


def _sheets(discussion: Deliberation, entry_code: str | None = None) -> Select[*tuple[Any, ...]]:
    """The counting sheets of the stage, without the entries with which the judge has a conflict."""
    barred = exists().where(Conflict.entry_id == Entry.id, Conflict.seat_id == discussion.seat.id)
    void = exists().where(Conflict.entry_id == Entry.id, Conflict.seat_id == Assignment.seat_id)
    query = (
        select(
            Entry.id.label("entry_id"), Entry.code.label("entry_code"), Assignment.seat_id, Assignment.code,
            Seat.number, ScoreSheet.total, ScoreSheet.scores, ScoreSheet.comments, ScoreSheet.overall,
            ScoreSheet.rubric_version_id,
        )
        .join(Assignment, Assignment.entry_id == Entry.id).join(Seat, Seat.id == Assignment.seat_id)
        .join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .where(
            Assignment.stage_id == discussion.stage.id, Assignment.state == "cleared", ScoreSheet.state == "submitted",
            ScoreSheet.voided_at.is_(None), Seat.state == "accepted", takes_part(discussion.stage.id), ~barred, ~void,
        )
        .order_by(Entry.code, Seat.number)
    )
    return query if entry_code is None else query.where(Entry.code == entry_code)


@dataclass(frozen=True, slots=True)
class DiscussedSheet:
    """The scores of one judge, by number, in hundredths and in the order of the rubric; ``own`` is the reader's."""

    number: int
    own: bool
    task_code: str
    rubric_version_id: UUID
    total: int | None
    scores: tuple[int | None, ...]
    overall: str


@dataclass(frozen=True, slots=True)
class Note:
    number: int
    at: datetime
    text: str
    own: bool


@dataclass(frozen=True, slots=True)
class DiscussedView:
    """One entry with the scores of the panel and its notes, the oldest first."""

    entry_id: UUID
    code: str
    sheets: tuple[DiscussedSheet, ...]
    notes: tuple[Note, ...]


def entry(discussion: Deliberation, entry_code: str) -> DiscussedView | None:
    """An entry that the judge may discuss; None for any other."""
    rows = db.session.execute(_sheets(discussion, entry_code)).all()
    if not rows:
        return None
    notes = db.session.execute(
        select(Seat.number, DeliberationNote.at, DeliberationNote.text, DeliberationNote.seat_id)
        .join(Seat, Seat.id == DeliberationNote.seat_id)
        .where(DeliberationNote.stage_id == discussion.stage.id, DeliberationNote.entry_id == rows[0].entry_id)
        .order_by(DeliberationNote.at, DeliberationNote.id)
    )
    mine = discussion.seat.id
    return DiscussedView(
        rows[0].entry_id, entry_code,
        tuple(
            DiscussedSheet(row.number, row.seat_id == mine, row.code, row.rubric_version_id, row.total,
                           tuple(unpack(row.scores)), row.overall)
            for row in rows
        ),
        tuple(Note(row.number, row.at, row.text, row.seat_id == mine) for row in notes),
    )


@dataclass(frozen=True, slots=True)
class Activity:
    """How much a panel has discussed, for organizers: counts, nothing of what was written or scored."""

    notes: int
    entries: int
    judges: int


def activity(stage_id: UUID) -> Activity:
    row = db.session.execute(
        select(
            func.count().label("notes"), func.count(DeliberationNote.entry_id.distinct()).label("entries"),
            func.count(DeliberationNote.seat_id.distinct()).label("judges"),
        ).where(DeliberationNote.stage_id == stage_id)
    ).one()
    return Activity(row.notes, row.entries, row.judges)
