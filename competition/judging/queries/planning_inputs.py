"""What an assignment is planned from: entries, judges, ties, and the work that has begun."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from competition.calls.models import Call, Stage
from competition.entries.models import Entry, Revision
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, Seat
from competition.judging.queries.participants import sits_in, takes_part
from competition.kernel.data.canonical import digest
from competition.kernel.text.languages import language_of_script


@dataclass(frozen=True, slots=True)
class JudgeDesign:
    id: UUID
    number: int
    languages: tuple[str, ...]
    expertise: tuple[str, ...]
    capacity: int


@dataclass(frozen=True, slots=True)
class Begun:
    """An assignment that stands now. ``started`` ones are never moved."""

    seat_id: UUID
    entry_id: UUID
    started: bool


@dataclass(frozen=True, slots=True)
class Design:
    """Everything a plan depends on, in a fixed order; ``fingerprint`` changes when any of it does."""

    stage_id: UUID
    theme: str
    entries: tuple[tuple[UUID, str, str], ...]  # id, code, language of the summary
    judges: tuple[JudgeDesign, ...]
    conflicts: tuple[tuple[UUID, UUID], ...]  # seat, entry
    begun: tuple[Begun, ...]

    @property
    def fingerprint(self) -> str:
        return digest("design/1", {
            "stage": self.stage_id, "entries": [entry[0] for entry in self.entries],
            "judges": [[judge.id, judge.capacity] for judge in self.judges],
            "conflicts": [list(pair) for pair in self.conflicts],
            "begun": [[one.seat_id, one.entry_id, one.started] for one in self.begun],
        })


def design(stage_id: UUID, *, with_languages: bool = True) -> Design:
    """Read the present design of a stage in five queries."""
    call_id, theme = db.session.execute(
        select(Call.id, Call.theme).join(Stage, Stage.call_id == Call.id).where(Stage.id == stage_id)
    ).one()
    judges = tuple(
        JudgeDesign(row.id, row.number, tuple(row.languages), tuple(row.expertise), row.capacity)
        for row in db.session.execute(
            select(Seat.id, Seat.number, Seat.languages, Seat.expertise, Seat.capacity)
            .where(Seat.call_id == call_id, Seat.state == "accepted", sits_in(stage_id)).order_by(Seat.number)
        )
    )
    conflicts = db.session.execute(
        select(Conflict.seat_id, Conflict.entry_id).join(Seat, Seat.id == Conflict.seat_id)
        .where(Seat.call_id == call_id).order_by(Conflict.seat_id, Conflict.entry_id)
    )
    begun = db.session.execute(
        select(Assignment.seat_id, Assignment.entry_id, Assignment.state, Assignment.progress)
        .join(Seat, Seat.id == Assignment.seat_id).join(Entry, Entry.id == Assignment.entry_id)
        .where(
            Assignment.stage_id == stage_id, Assignment.state.in_(("assigned", "cleared")),
            Seat.state == "accepted", takes_part(stage_id),
        )
        .order_by(Assignment.seat_id, Assignment.entry_id)
    )
    return Design(
        stage_id, theme, _entries(stage_id, call_id, with_languages), judges,
        tuple((c.seat_id, c.entry_id) for c in conflicts),
        tuple(Begun(b.seat_id, b.entry_id, b.state == "cleared" or b.progress != "waiting") for b in begun),
    )


def _entries(stage_id: UUID, call_id: UUID, with_languages: bool) -> tuple[tuple[UUID, str, str], ...]:
    columns: list[Any] = [Entry.id, Entry.code]
    if with_languages:
        columns.append(func.substr(Revision.answers["summary"].as_string(), 1, 400).label("summary"))
    query = (
        select(*columns).join(Revision, Revision.id == Entry.revision_id)
        .where(Entry.call_id == call_id, takes_part(stage_id)).order_by(Entry.code)
    )
    return tuple(
        (row[0], row[1], language_of_script(row[2] or "") if with_languages else "")
        for row in db.session.execute(query)
    )


def codes(entry_ids: Iterable[UUID]) -> dict[UUID, str]:
    query = select(Entry.id, Entry.code).where(Entry.id.in_(list(entry_ids)))
    return {row.id: row.code for row in db.session.execute(query)}
