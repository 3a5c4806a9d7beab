"""A judge's own tasks. Written out column by column: nothing here can carry who entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from cachetools import LRUCache, cached
from sqlalchemy import Select, bindparam, case, exists, func, select

from competition.calls import independence
from competition.calls.lifecycle import SCORED_STAGES, STAGE_OVER
from competition.calls.models import Call, Programme, RubricVersion, Stage
from competition.calls.queries import RubricView, rubric
from competition.entries.models import Entry, Membership
from competition.extensions import db
from competition.judging.lifecycle import reading_open, scoring_open
from competition.judging.models import Assignment, Conflict, ScoreSheet, Seat, SheetVersion
from competition.judging.scores import unpack
from competition.kernel.data.query import Query, one_of
from competition.kernel.web.access import Actor

ENTRY_CHANGED = "entry changed"  # the reason of a reopening by the judge, who adopted a new version of the entry
TAKEN_BACK = "taken back"  # the reason of one by the judge, who undid a submission
BY_JUDGE = (ENTRY_CHANGED, TAKEN_BACK)

TABLE_MOST = 200  # rows of the table in which a whole queue is scored

# Columns, not mapped classes: these queries run for every click of every judge.
_seat, _assignment, _sheet = Seat.__table__.c, Assignment.__table__.c, ScoreSheet.__table__.c
_entry, _call, _stage, _programme = Entry.__table__.c, Call.__table__.c, Stage.__table__.c, Programme.__table__.c
_version = SheetVersion.__table__.c
_conflict, _rubric, _member = Conflict.__table__.c, RubricVersion.__table__.c, Membership.__table__.c


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
    queue_position: int
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
    stage_state: str
    reopened_at: datetime | None
    reopened_reason: str | None
    voided_at: datetime | None
    void_reason: str | None

    @property
    def gone(self) -> bool:
        """Whether the team has withdrawn: there is nothing to read or to score."""
        return self.entry_state != "submitted"

    @property
    def closed(self) -> bool:
        """Whether the call's result is public: entry and files are closed to the panel."""
        return not reading_open(self.call_state)

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

    @property
    def reopened_by_organizers(self) -> bool:
        """As of :class:`Line`."""
        return self.reopened_at is not None and self.reopened_reason not in BY_JUDGE

    @property
    def stage_over(self) -> bool:
        """Whether the stage takes no more scores from this judge: it is closed, and the sheet was not reopened."""
        return self.stage_state in STAGE_OVER and not self.reopened_by_organizers

    def scoring_open(self, now: datetime) -> bool:
        if self.gone or self.stage_over or self.stage_state == "planned" or self.voided_at is not None:
            return False
        return scoring_open(self.call_state, self.deadline_at, self.grace_seconds, now)


def reopened(name: str) -> Any:
    """A column of the sheet's latest submission: filled when that was reopened, so that the sheet is a draft again."""
    return (
        select(_version[name]).where(_version.sheet_id == _sheet.id).order_by(_version.number.desc()).limit(1)
        .correlate(_sheet.id.table).scalar_subquery().label(name)
    )


def _tasks_query(states: tuple[str, ...] = ("assigned", "cleared")) -> Select[*tuple[Any, ...]]:
    """The tasks that a judge has at all: an accepted seat, no recusal, no conflict, no team of their own."""
    newest = (
        select(_rubric.id).where(_rubric.stage_id == _assignment.stage_id).order_by(_rubric.number.desc()).limit(1)
        .correlate(_assignment.id.table).scalar_subquery()
    )
    barred = exists().where(
        _conflict.seat_id == _assignment.seat_id, _conflict.entry_id == _assignment.entry_id
    ).correlate(_assignment.id.table)
    # Membership bars by itself, whatever is written down: there is no moment in which a member is a judge.
    own = exists().where(
        _member.team_id == _entry.team_id, _member.user_id == bindparam("user")
    ).correlate(_entry.id.table)
    return (
        select(
            _assignment.id, _assignment.code, _assignment.state, _assignment.progress,
            _assignment.queue_position, _assignment.stage_id, _assignment.seat_id, _seat.number.label("seat_number"),
            _entry.id.label("entry_id"), _entry.code.label("entry_code"), _entry.state.label("entry_state"),
            _entry.revision_id.label("entry_revision_id"), _call.id.label("call_id"), _call.code.label("call_code"),
            _call.state.label("call_state"), _call.deadline_at, _call.grace_seconds,
            newest.label("current_rubric_id"), _sheet.id.label("sheet_id"), _sheet.state.label("sheet_state"),
            _sheet.rubric_version_id, _sheet.revision_id, _sheet.scores, _sheet.comments, _sheet.overall,
            _sheet.total, _sheet.version, _sheet.saved_at, _sheet.submitted_at, _stage.state.label("stage_state"),
            reopened("reopened_at"), reopened("reopened_reason"), _sheet.voided_at, _sheet.void_reason,
        )
        .select_from(
            _assignment.id.table.join(_seat.id.table, _seat.id == _assignment.seat_id)
            .join(_stage.id.table, _stage.id == _assignment.stage_id)
            .join(_entry.id.table, _entry.id == _assignment.entry_id)
            .join(_call.id.table, _call.id == _seat.call_id)
            .outerjoin(_sheet.id.table, _sheet.assignment_id == _assignment.id)
        )
        .where(
            one_of(_assignment.state, states), _seat.user_id == bindparam("user"),
            _seat.state == "accepted", ~barred, ~own,
            ~independence.tied(independence.SEAT, _seat.user_id, _call.programme_id, _call.id),
        )
    )


_TASK = Query(lambda: _tasks_query().where(_assignment.code == bindparam("code")), Task)
_ABSTAINED = Query(lambda: _tasks_query(("recused",)).where(
    _assignment.code == bindparam("code"), _assignment.abstained != "",
), Task)
_DRAFTS = Query(lambda: _tasks_query().where(
    _assignment.seat_id == bindparam("seat"), _assignment.state == "cleared", _assignment.progress == "draft",
).order_by(_assignment.id), Task)


_OPEN_TASKS = Query(lambda: _tasks_query().where(
    _assignment.seat_id == bindparam("seat"), _assignment.state == "cleared",
    one_of(_assignment.progress, ("draft", "waiting")),
).order_by(_assignment.queue_position, _assignment.id).limit(TABLE_MOST), Task)


def own_task(actor: Actor, assignment_code: str) -> Task | None:
    """A task through an accepted seat of the actor; recused, removed and foreign ones and own teams' are not there.

    Nor is any for a judge who is not independent in this call.
    """
    return _TASK.first(code=assignment_code, user=actor.user_id)


def own_abstained(actor: Actor, assignment_code: str) -> Task | None:
    """A task from which the actor has abstained, and which would be theirs otherwise."""
    return _ABSTAINED.first(code=assignment_code, user=actor.user_id)


@cached(LRUCache(256), lock=Lock())
def rubric_view(version_id: UUID) -> RubricView:
    """A rubric version, cached: a version under which somebody scores never changes."""
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
    stage_state: str
    done: int
    drafts: int
    waiting: int
    out: int

    @property
    def closed(self) -> bool:
        """Whether the call's result is public: only submitted sheets can be opened."""
        return not reading_open(self.call_state)

    @property
    def discussing(self) -> bool:
        """Whether the panel discusses: no scores are taken any more."""
        return self.stage_state == "discussing"

    @property
    def total(self) -> int:
        """Entries to score: those recused or taken away no longer count."""
        return self.done + self.drafts + self.waiting

    @property
    def open(self) -> int:
        return self.drafts + self.waiting


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat that is taken or offered, with its call."""

    id: UUID
    number: int
    state: str
    call_id: UUID
    code: str
    title: dict[str, str]
    call_state: str
    zone: str
    due_at: datetime | None
    stage_state: str
    tally: dict[str, int] | None


def _seats_query() -> Select[*tuple[Any, ...]]:
    due_at, stage_state = (  # of the stage that queries.current_stage names
        select(column).where(_stage.call_id == _call.id, _stage.kind.in_(SCORED_STAGES))
        .order_by((_stage.state == "closed").asc(),
                  case((_stage.state == "closed", -_stage.position), else_=_stage.position)).limit(1)
        .correlate(_call.id.table).scalar_subquery()
        for column in (_stage.due_at, _stage.state)
    )
    return (
        select(
            _seat.id, _seat.number, _seat.state, _call.id.label("call_id"), _call.code, _call.title,
            _call.state.label("call_state"), _programme.zone, due_at.label("due_at"), stage_state.label("stage_state"),
            _seat.tally,
        )
        .select_from(
            _seat.id.table.join(_call.id.table, _call.id == _seat.call_id)
            .join(_programme.id.table, _programme.id == _call.programme_id)
        )
        .where(_seat.user_id == bindparam("user"), one_of(_seat.state, ("accepted", "invited")))
        .order_by(_seat.id.desc())
    )


_SEATS = Query(_seats_query, SeatRow)


def tallies(seat_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Assignments of seats by progress, counted now."""
    query = (
        select(_assignment.seat_id, _assignment.progress, func.count().label("n"))
        .where(_assignment.seat_id.in_(seat_ids)).group_by(_assignment.seat_id, _assignment.progress)
    )
    counts: dict[UUID, dict[str, int]] = {seat_id: {} for seat_id in seat_ids}
    for row in db.session.connection().execute(query):
        counts[row.seat_id][row.progress] = row.n
    return counts


def seats_of(user_id: UUID) -> tuple[list[SeatView], bool]:
    """The panels a judge sits on, newest first, and whether further seats are offered."""
    rows = _SEATS.all(user=user_id)
    uncounted = [row.id for row in rows if row.tally is None]
    counted = tallies(uncounted) if uncounted else {}
    seats = []
    for row in rows:
        if row.state == "accepted":
            tally = row.tally if row.tally is not None else counted[row.id]
            seats.append(SeatView(
                row.id, row.number, row.call_id, row.code, row.title, row.call_state, row.zone, row.due_at,
                row.stage_state,
                *(tally.get(key, 0) for key in ("submitted", "draft", "waiting", "out")),
            ))
    return seats, len(seats) < len(rows)


def open_tasks(actor: Actor, seat_id: UUID) -> list[Task]:
    """A judge's tasks of one seat that can be scored, in the order of the queue; at most :data:`TABLE_MOST`."""
    return _OPEN_TASKS.all(seat=seat_id, user=actor.user_id)


def drafts(actor: Actor, seat_id: UUID) -> list[Task]:
    """A judge's drafts of one seat, oldest first."""
    return _DRAFTS.all(seat=seat_id, user=actor.user_id)
