"""A judge's queue: its rows page by page, the order of its entries, and whether any draft is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, func, literal, or_, select, type_coerce

from competition.calls.lifecycle import STAGE_OVER
from competition.calls.models import Stage
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, Conflict, ScoreSheet
from competition.judging.queries.tasks import BY_JUDGE, Task, reopened
from competition.kernel.data.paging import Key, Page, PagedQuery
from competition.kernel.data.query import one_of

PAGE_SIZE = 25
VIEWS = ("todo", "submitted", "out", "all")
OPEN = ("draft", "waiting")

_assignment, _sheet, _entry = Assignment.__table__.c, ScoreSheet.__table__.c, Entry.__table__.c
_stage, _conflict = Stage.__table__.c, Conflict.__table__.c

_abstained = (_assignment.state == "recused") & (_assignment.abstained != "")
# The id is only there to be put into a cursor, as text.
_ROWS: Select[*tuple[Any, ...]] = (
    select(
        type_coerce(_assignment.id, String).label("id"), _assignment.code, _entry.code.label("entry_code"),
        _entry.state.label("entry_state"), _entry.revision_id,
        case((_abstained, "abstained"), else_=_assignment.state).label("state"), _assignment.progress,
        _assignment.queue_position, _sheet.total, _sheet.saved_at,
        (func.coalesce(_sheet.overall, "") != "").label("has_overall"),
        _stage.position.label("stage_position"), _stage.state.label("stage_state"), reopened("reopened_at"),
        reopened("reopened_reason"), _sheet.voided_at, _sheet.void_reason, _conflict.kind.label("conflict_kind"),
        _conflict.declared_at.label("conflict_at"),
    )
    .select_from(
        _assignment.id.table.join(_entry.id.table, _entry.id == _assignment.entry_id)
        .join(_stage.id.table, _stage.id == _assignment.stage_id)
        .outerjoin(_conflict.id.table, (_conflict.seat_id == _assignment.seat_id)
                   & (_conflict.entry_id == _assignment.entry_id))
        .outerjoin(_sheet.id.table, _sheet.assignment_id == _assignment.id)
    )
    .where(_assignment.seat_id == bindparam("seat", type_=_assignment.seat_id.type))
)
_BY_ID = (Key(_assignment.id, "id"),)
_BY_PROGRESS = (
    Key(_assignment.progress, "progress"), Key(_assignment.queue_position, "queue_position"), Key(_assignment.id, "id"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the queue; ``total`` in hundredths, there once every criterion is scored."""

    id: str
    code: str
    entry_code: str
    entry_state: str
    revision_id: UUID | None
    state: str
    progress: str
    queue_position: int
    total: int | None
    saved_at: datetime | None
    has_overall: bool
    stage_position: int
    stage_state: str
    reopened_at: datetime | None
    reopened_reason: str | None
    voided_at: datetime | None
    void_reason: str | None
    conflict_kind: str | None
    conflict_at: datetime | None

    @property
    def ready(self) -> bool:
        """Whether the draft misses nothing."""
        return self.progress == "draft" and self.total is not None and self.has_overall

    @property
    def stage_over(self) -> bool:
        """Whether the stage takes no more scores for this task."""
        return self.stage_state in STAGE_OVER and not self.reopened_by_organizers

    @property
    def reopened_by_organizers(self) -> bool:
        """Whether the sheet is a draft again because organizers reopened it, not because the entry changed."""
        return self.reopened_at is not None and self.reopened_reason not in BY_JUDGE


def _queue(*progress: str) -> PagedQuery[Line]:
    """In an order that an index has, whatever is looked at: no page sorts the whole queue."""
    if not progress:
        return PagedQuery(lambda: _ROWS, _BY_ID, Line)
    return PagedQuery(lambda: _ROWS.where(one_of(_assignment.progress, progress)), _BY_PROGRESS, Line)


_QUEUES = {
    "todo": _queue(*OPEN),
    "submitted": _queue("submitted"),
    "out": _queue("out"),
    "all": _queue(),
}


_COMPLETE = (
    select(literal(1))
    .select_from(_assignment.id.table.join(_sheet.id.table, _sheet.assignment_id == _assignment.id))
    .where(_assignment.seat_id == bindparam("seat", type_=_assignment.seat_id.type), _assignment.progress == "draft",
           _sheet.total.is_not(None), _sheet.overall != "")
    .limit(1)
)


def queue(seat_id: UUID, view: str, cursor: str | None, size: int = PAGE_SIZE) -> Page[Line]:
    """A page of a seat's tasks: to do (drafts first), submitted, out of the judge's hands, or all."""
    return _QUEUES[view].page(cursor, size, seat=seat_id)


def neighbour(task: Task, *, back: bool = False) -> str | None:
    """The code of the next (or previous) task that is not yet submitted, in queue order and around its end."""
    mine = select(Assignment.code).join(Entry, Entry.id == Assignment.entry_id).where(
        Assignment.seat_id == task.seat_id, Assignment.progress.in_(OPEN), Assignment.id != task.id,
        Entry.state == "submitted",
    )
    keys = (Assignment.queue_position, Assignment.id)
    order = [key.desc() if back else key.asc() for key in keys]
    for condition in (_before(task) if back else _behind(task), None):
        query = mine if condition is None else mine.where(condition)
        code = db.session.scalar(query.order_by(*order).limit(1))
        if code is not None:
            return code
    return None


def _before(task: Task) -> ColumnElement[bool]:
    """Those that come before a task in its queue: skipped entries come last."""
    position = Assignment.queue_position
    return or_(position < task.queue_position, and_(position == task.queue_position, Assignment.id < task.id))


def _behind(task: Task) -> ColumnElement[bool]:
    position = Assignment.queue_position
    return or_(position > task.queue_position, and_(position == task.queue_position, Assignment.id > task.id))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task stands among those of its seat that are the judge's to score: the ``position``-th of ``total``."""

    position: int
    total: int


def place(task: Task) -> Place:
    """Counted in the order in which entries follow one another, from 1."""
    query = (
        select(func.count().filter(_before(task)) + 1, func.count())
        .where(Assignment.seat_id == task.seat_id, Assignment.progress != "out")
    )
    return Place(*db.session.execute(query).one())


def any_complete(seat_id: UUID, shown: Sequence[Line]) -> bool:
    """Whether a draft of a seat misses nothing; one whose entry or rubric changed may still be refused.

    ``shown`` are the rows of the page: mostly the answer is among them, and the database is not asked.
    """
    if any(line.ready for line in shown):
        return True
    return db.session.connection().execute(_COMPLETE, {"seat": seat_id}).first() is not None
