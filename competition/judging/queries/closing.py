"""What is missing when a stage is to be closed, and the seals that closing puts into the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select

from competition.calls.models import Call, Stage
from competition.calls.stages import quorum
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.labels import progress_key
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat, SheetVersion
from competition.judging.queries.participants import takes_part

SHOWN = 200


@dataclass(frozen=True, slots=True)
class MissingSheet:
    """A sheet that is assigned and not submitted."""

    code: str
    entry_code: str
    seat_number: int
    seat_name: str
    status: str
    saved_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShortEntry:
    """An entry that would miss the quorum: fewer sheets count than it needs."""

    code: str
    sheets: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """All that is missing; the lists are cut at :data:`SHOWN`, the counts are whole."""

    missing: tuple[MissingSheet, ...]
    short: tuple[ShortEntry, ...]
    missing_count: int
    short_count: int
    submitted: int
    quorum: int

    @property
    def codes(self) -> list[str]:
        """Of assignments and entries, in the order of the page."""
        return [*(row.code for row in self.missing), *(row.code for row in self.short)]

    @property
    def complete(self) -> bool:
        return not self.missing_count and not self.short_count


def gaps(stage: Stage, call: Call, *, most: int | None = SHOWN) -> Gaps:
    """Missing sheets and entries below the quorum of a stage."""
    missing = db.session.execute(_missing(stage.id).limit(most)).all()
    needed = quorum(stage, call)
    short = db.session.execute(_short(stage.id, call.id, needed).limit(most)).all()
    return Gaps(
        tuple(
            MissingSheet(row.code, row.entry_code, row.number, row.name, progress_key(row.state, row.progress),
                         row.saved_at) for row in missing
        ),
        tuple(ShortEntry(*row) for row in short),
        _count(_missing(stage.id)), _count(_short(stage.id, call.id, needed)), _count(_counting(stage.id)), needed,
    )


def _count(query: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def _missing(stage_id: UUID) -> Any:
    return (
        select(
            Assignment.code, Entry.code.label("entry_code"), Seat.number, Seat.name, Assignment.state,
            Assignment.progress, ScoreSheet.saved_at,
        )
        .join(Entry, Entry.id == Assignment.entry_id).join(Seat, Seat.id == Assignment.seat_id)
        .outerjoin(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .where(
            Assignment.stage_id == stage_id, Assignment.state.in_(("assigned", "cleared")),
            Assignment.progress.in_(("waiting", "draft")), Seat.state == "accepted", takes_part(stage_id),
        )
        .order_by(Entry.code, Seat.number)
    )


def _counting(stage_id: UUID) -> Any:
    """One row per sheet that would count, with the entry that it is for."""
    barred = exists().where(Conflict.seat_id == Seat.id, Conflict.entry_id == Assignment.entry_id)
    return (
        select(Assignment.entry_id)
        .join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id).join(Seat, Seat.id == Assignment.seat_id)
        .join(Entry, Entry.id == Assignment.entry_id)
        .where(
            Assignment.stage_id == stage_id, Assignment.state == "cleared", ScoreSheet.state == "submitted",
            ScoreSheet.voided_at.is_(None), Seat.state == "accepted", ScoreSheet.revision_id == Entry.revision_id,
            ~barred,
        )
    )


def _short(stage_id: UUID, call_id: UUID, quorum: int) -> Any:
    counting = _counting(stage_id).subquery()
    sheets = func.count(counting.c.entry_id)
    return (
        select(Entry.code, sheets.label("sheets")).outerjoin(counting, counting.c.entry_id == Entry.id)
        .where(Entry.call_id == call_id, takes_part(stage_id)).group_by(Entry.code).having(sheets < quorum)
        .order_by(Entry.code)
    )


def commitments(stage_id: UUID) -> Iterator[list[Any]]:
    """``[assignment code, version, digest]`` of every submitted sheet, by entry and judge: what closing commits to."""
    query = (
        select(Assignment.code, SheetVersion.number, SheetVersion.digest)
        .join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .join(SheetVersion, (SheetVersion.sheet_id == ScoreSheet.id) & SheetVersion.reopened_at.is_(None))
        .join(Entry, Entry.id == Assignment.entry_id).join(Seat, Seat.id == Assignment.seat_id)
        .where(Assignment.stage_id == stage_id, ScoreSheet.state == "submitted")
        .order_by(Entry.code, Seat.number, Assignment.id)
    )
    for row in db.session.connection().execute(query):
        yield list(row)
