"""A judge's own tasks. Written out column by column: nothing here can carry who entered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, func, select

from competition.calls.models import Call, Programme, RubricVersion, Stage
from competition.calls.queries import RubricView, rubric
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.lifecycle import scoring_open
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat
from competition.judging.scores import unpack
from competition.kernel.access import Actor
from competition.kernel.paging import Key, Page, page

PAGE_SIZE = 25
VIEWS = ("todo", "submitted", "out", "all")
OPEN = ("draft", "waiting")


@dataclass(frozen=True, slots=True)
class Task:
    """One assignment as its judge's requests need it, with the sheet if there is one.

    ``entry_revision_id`` and ``current_rubric_id`` are what a new sheet would be given for; the sheet
    keeps the ones it was given for.
    """

    id: UUID
    code: str
    state: str
    progress: str
    stage_id: UUID
    seat_id: UUID
    seat_number: int
    entry_id: UUID
    entry_code: str
    entry_state: str
    entry_revision_id: UUID | None
    call_id: UUID
    call_code: str
    call_state: str
    deadline_at: datetime | None
    grace_seconds: int
    current_rubric_id: UUID
    sheet_id: UUID | None
    sheet_state: str | None
    rubric_version_id: UUID | None
    revision_id: UUID | None
    scores: bytes | None
    comments: list[str] | None
    overall: str | None
    total: int | None
    version: int | None
    saved_at: datetime | None
    submitted_at: datetime | None

    @property
    def gone(self) -> bool:
        """Whether the team has withdrawn: there is nothing to read or to score."""
        return self.entry_state != "submitted"

    @property
    def submitted(self) -> bool:
        return self.sheet_state == "submitted"

    @property
    def seen_version(self) -> int:
        """The version a page made now carries; 0 while there is no sheet."""
        return self.version or 0

    @property
    def sheet_rubric_id(self) -> UUID:
        """The rubric version that the page must show: the sheet's, or the newest for a new sheet."""
        return self.rubric_version_id or self.current_rubric_id

    @property
    def rubric_changed(self) -> bool:
        return self.sheet_id is not None and self.rubric_version_id != self.current_rubric_id

    @property
    def entry_changed(self) -> bool:
        return self.sheet_id is not None and not self.gone and self.revision_id != self.entry_revision_id

    def values(self) -> list[int | None]:
        return unpack(self.scores) if self.scores is not None else []

    def scoring_open(self, now: datetime) -> bool:
        return not self.gone and scoring_open(self.call_state, self.deadline_at, self.grace_seconds, now)


@lru_cache(maxsize=1)
def _task_query() -> Select[Any]:
    newest = (
        select(RubricVersion.id).where(RubricVersion.stage_id == Assignment.stage_id)
        .order_by(RubricVersion.number.desc()).limit(1).correlate(Assignment).scalar_subquery()
    )
    barred = exists().where(Conflict.seat_id == Assignment.seat_id, Conflict.entry_id == Assignment.entry_id)
    return (
        select(
            Assignment.id, Assignment.code, Assignment.state, Assignment.progress, Assignment.stage_id,
            Assignment.seat_id, Seat.number.label("seat_number"), Entry.id.label("entry_id"),
            Entry.code.label("entry_code"), Entry.state.label("entry_state"),
            Entry.revision_id.label("entry_revision_id"), Call.id.label("call_id"), Call.code.label("call_code"),
            Call.state.label("call_state"), Call.deadline_at, Call.grace_seconds,
            newest.label("current_rubric_id"), ScoreSheet.id.label("sheet_id"),
            ScoreSheet.state.label("sheet_state"), ScoreSheet.rubric_version_id, ScoreSheet.revision_id,
            ScoreSheet.scores, ScoreSheet.comments, ScoreSheet.overall, ScoreSheet.total, ScoreSheet.version,
            ScoreSheet.saved_at, ScoreSheet.submitted_at,
        )
        .join(Seat, Seat.id == Assignment.seat_id)
        .join(Entry, Entry.id == Assignment.entry_id)
        .join(Call, Call.id == Seat.call_id)
        .outerjoin(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .where(
            Assignment.code == bindparam("code"), Assignment.state.in_(("assigned", "cleared")),
            Seat.user_id == bindparam("user"), Seat.state == "accepted", ~barred,
        )
    )


def own_task(actor: Actor, assignment_code: str) -> Task | None:
    """A task through an accepted seat of the actor; recused, removed and foreign ones are not there."""
    row = db.session.execute(_task_query(), {"code": assignment_code, "user": actor.user_id}).one_or_none()
    return None if row is None else Task(*row)


@lru_cache(maxsize=256)
def rubric_view(version_id: UUID) -> RubricView:
    """A rubric version, kept: a version under which somebody scores never changes."""
    return rubric(version_id)


@dataclass(frozen=True, slots=True)
class SeatView:
    """A judge's seat with its call and how far the judge is."""

    id: UUID
    number: int
    call_id: UUID
    call_code: str
    call_title: dict[str, str]
    call_state: str
    zone: str
    due_at: datetime | None
    done: int
    drafts: int
    waiting: int
    out: int

    @property
    def total(self) -> int:
        """Entries to score: those recused or taken away no longer count."""
        return self.done + self.drafts + self.waiting

    @property
    def open(self) -> int:
        return self.drafts + self.waiting


@lru_cache(maxsize=1)
def _seats_query() -> Select[Any]:
    due = (
        select(Stage.due_at).where(Stage.call_id == Call.id).order_by(Stage.position.desc()).limit(1)
        .correlate(Call).scalar_subquery()
    )
    return (
        select(
            Seat.id, Seat.number, Call.id.label("call_id"), Call.code, Call.title, Call.state, Programme.zone,
            due.label("due_at"),
        )
        .join(Call, Call.id == Seat.call_id).join(Programme, Programme.id == Call.programme_id)
        .where(Seat.user_id == bindparam("user"), Seat.state == "accepted").order_by(Seat.id.desc())
    )


@lru_cache(maxsize=1)
def _counts_query() -> Select[Any]:
    return (
        select(Assignment.seat_id, Assignment.progress, func.count().label("n"))
        .where(Assignment.seat_id.in_(bindparam("seats", expanding=True)))
        .group_by(Assignment.seat_id, Assignment.progress)
    )


def seats_of(user_id: UUID) -> list[SeatView]:
    """The panels a judge sits on, newest first."""
    rows = db.session.execute(_seats_query(), {"user": user_id}).all()
    if not rows:
        return []
    counts: dict[tuple[UUID, str], int] = {
        (row.seat_id, row.progress): row.n
        for row in db.session.execute(_counts_query(), {"seats": [row.id for row in rows]})
    }
    return [
        SeatView(*row, *(counts.get((row.id, key), 0) for key in ("submitted", "draft", "waiting", "out")))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class QueueRow:
    code: str
    entry_code: str
    entry_state: str
    state: str
    progress: str
    total: int | None
    saved_at: datetime | None


_ROWS = (
    select(
        Assignment.id, Assignment.code, Entry.code.label("entry_code"), Entry.state.label("entry_state"),
        Assignment.state, Assignment.progress, ScoreSheet.total, ScoreSheet.saved_at,
    )
    .join(Entry, Entry.id == Assignment.entry_id)
    .outerjoin(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
)
_BY_ID = (Key(Assignment.id, "id"),)
_BY_PROGRESS = (Key(Assignment.progress, "progress"), Key(Assignment.id, "id"))


def queue(seat_id: UUID, view: str, cursor: str | None, size: int = PAGE_SIZE) -> Page[Any]:
    """A page of a seat's tasks: to do (drafts first), submitted, out of the judge's hands, or all."""
    rows = _ROWS.where(Assignment.seat_id == seat_id)
    if view == "todo":
        return page(rows.where(Assignment.progress.in_(OPEN)), _BY_PROGRESS, cursor, size)
    if view in {"submitted", "out"}:
        rows = rows.where(Assignment.progress == view)
    return page(rows, _BY_ID, cursor, size)


def neighbour(task: Task, *, back: bool = False) -> str | None:
    """The code of the next (or previous) task that is not yet submitted, in queue order and around its end."""
    mine = select(Assignment.code).join(Entry, Entry.id == Assignment.entry_id).where(
        Assignment.seat_id == task.seat_id, Assignment.progress.in_(OPEN), Assignment.id != task.id,
        Entry.state == "submitted",
    )
    beyond, order = (
        (Assignment.id < task.id, Assignment.id.desc()) if back else (Assignment.id > task.id, Assignment.id.asc())
    )
    for condition in (beyond, None):
        query = mine if condition is None else mine.where(condition)
        found = db.session.scalar(query.order_by(order).limit(1))
        if found is not None:
            return found
    return None


def drafts(actor: Actor, seat_id: UUID) -> list[Task]:
    """A judge's drafts of one seat, oldest first."""
    codes = db.session.scalars(
        select(Assignment.code).where(Assignment.seat_id == seat_id, Assignment.progress == "draft")
        .order_by(Assignment.id)
    ).all()
    found = (own_task(actor, code) for code in codes)
    return [task for task in found if task is not None and task.state == "cleared"]
