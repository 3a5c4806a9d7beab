"""How far a panel is, for its organizer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, exists, func, select

from competition.accounts.models import User
from competition.calls.models import Call, Stage
from competition.calls.queries import current_stage
from competition.calls.stages import quorum
from competition.entries.models import Attachment, Entry, Team
from competition.extensions import db
from competition.judging.labels import progress_key
from competition.judging.models import Assignment, AssignmentPlan, Conflict, JudgeCopy, ScoreSheet, Seat, SheetVersion
from competition.judging.queries.participants import takes_part
from competition.judging.queries.sealing import sealed, sealed_id
from competition.kernel.data.paging import Key, Page, PagedQuery

PAGE_SIZE = 50
OUT = frozenset({"recused", "barred", "tied", "voided", "abstained"})
# An assignment's state as it is shown: a judge who abstained has no tie to the team.
_STATE = case(
    ((Assignment.state == "recused") & (Assignment.abstained != ""), "abstained"), else_=Assignment.state,
)


@dataclass(frozen=True, slots=True)
class Tiles:
    """Assignments of a stage by how far they are; those out of judges' hands are in none but ``recused``."""

    total: int
    done: int
    drafts: int
    waiting: int
    recused: int
    entries: int
    short: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class JudgeProgress:
    """A judge's share of the work. ``late``: something is open and the due date is over."""

    seat_id: UUID
    number: int
    name: str
    state: str
    assigned: int
    done: int
    drafts: int
    recused: int
    last_active: datetime | None
    reminded_at: datetime | None
    late: bool

    @property
    def open(self) -> int:
        return self.assigned - self.done


@dataclass(frozen=True, slots=True)
class Chip:
    """One judge beside an entry. ``score`` is a weighted total in hundredths, unknown while the stage is sealed."""

    code: str
    number: int
    status: str
    score: int | None


@dataclass(frozen=True, slots=True)
class EntryProgress:
    code: str
    team_name: str
    state: str
    done: int
    chips: tuple[Chip, ...]

    @property
    def assigned(self) -> int:
        """Judges who score this entry: those recused or barred don't, and voided sheets don't count."""
        return sum(chip.status not in OUT for chip in self.chips)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A submitted entry of a page, without its judges."""

    id: UUID
    code: str
    state: str
    team_name: str


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A conflict with the judge, the entry and its team."""

    id: UUID
    number: int
    name: str
    entry_code: str
    team_name: str
    kind: str
    relation: str
    note: str
    declared_at: datetime


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that judges do not get before the organizer decides."""

    code: str
    entry_code: str
    name: str
    size: int
    content_type: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class EntryPage:
    rows: tuple[EntryProgress, ...]
    next: str | None
    previous: str | None


def tiles(call: Call, stage: Stage | None = None) -> Tiles:
    """Counts of a stage, by default the current one; ``short`` counts entries with fewer judges than its quorum."""
    stage = stage or current_stage(call.id)
    counts: dict[tuple[str, str], int] = {
        (row.state, row.progress): row.n for row in db.session.execute(
            select(Assignment.state, Assignment.progress, func.count().label("n"))
            .join(Entry, Entry.id == Assignment.entry_id)
            .where(Assignment.stage_id == stage.id, takes_part(stage.id))
            .group_by(Assignment.state, Assignment.progress)
        )
    }
    by_progress = {
        key: sum(n for (_state, progress), n in counts.items() if progress == key)
        for key in ("submitted", "draft", "waiting")
    }
    covered = (
        select(Assignment.entry_id, func.count().label("judges"))
        .where(Assignment.stage_id == stage.id, Assignment.progress != "out").group_by(Assignment.entry_id).subquery()
    )
    entries, enough = db.session.execute(
        select(func.count(), func.count().filter(func.coalesce(covered.c.judges, 0) >= quorum(stage, call)))
        .select_from(Entry).outerjoin(covered, covered.c.entry_id == Entry.id)
        .where(Entry.call_id == call.id, takes_part(stage.id))
    ).one()
    recused = sum(n for (state, _progress), n in counts.items() if state == "recused")
    return Tiles(
        sum(by_progress.values()), by_progress["submitted"], by_progress["draft"], by_progress["waiting"], recused,
        entries, entries - enough, stage.due_at,
    )


def judges(call: Call, now: datetime, stage: Stage | None = None) -> list[JudgeProgress]:
    """Every judge who has or had a seat, by number, with their work of a stage, by default the current one."""
    stage = stage or current_stage(call.id)
    seats = db.session.execute(
        select(Seat.id, Seat.number, Seat.name, Seat.state, Seat.reminded_at)
        .where(Seat.call_id == call.id, Seat.state.in_(("accepted", "removed"))).order_by(Seat.number)
    ).all()
    counts: dict[tuple[UUID, str, bool], int] = {
        (row.seat_id, row.progress, row.state == "recused"): row.n for row in db.session.execute(
            select(Assignment.seat_id, Assignment.progress, Assignment.state, func.count().label("n"))
            .where(Assignment.stage_id == stage.id)
            .group_by(Assignment.seat_id, Assignment.progress, Assignment.state)
        )
    }
    active = {
        row.seat_id: row.last for row in db.session.execute(
            select(Assignment.seat_id, func.max(ScoreSheet.saved_at).label("last"))
            .join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
            .where(Assignment.stage_id == stage.id).group_by(Assignment.seat_id)
        )
    }
    over = stage.due_at is not None and stage.due_at < now
    views = []
    for seat in seats:
        by = {
            key: sum(n for (owner, progress, _r), n in counts.items() if owner == seat.id and progress == key)
            for key in ("submitted", "draft", "waiting")
        }
        recused = counts.get((seat.id, "out", True), 0)
        assigned = sum(by.values())
        if seat.state == "removed" and not assigned:
            continue
        views.append(JudgeProgress(
            seat.id, seat.number, seat.name, seat.state, assigned, by["submitted"], by["draft"], recused,
            active.get(seat.id), seat.reminded_at,
            over and seat.state == "accepted" and assigned > by["submitted"],
        ))
    return views


def entries(
    call: Call, view: str, cursor: str | None, size: int = PAGE_SIZE, stage: Stage | None = None,
) -> EntryPage:
    """Entries of a stage with their judges' chips: all, or those ``open``, ``short`` of judges, ``recused``."""
    stage = stage or current_stage(call.id)
    query: Any = (
        select(Entry.id, Entry.code, Entry.state, Team.name.label("team_name")).join(Team, Team.id == Entry.team_id)
        .where(Entry.call_id == call.id, takes_part(stage.id))
    )
    mine = exists().where(Assignment.stage_id == stage.id, Assignment.entry_id == Entry.id)
    if view in {"waiting", "draft", "submitted"}:
        query = query.where(mine.where(Assignment.progress == view))
    elif view == "recused":
        query = query.where(mine.where(Assignment.state == "recused"))
    elif view == "short":
        judge_count = (
            select(func.count()).select_from(Assignment)
            .where(Assignment.stage_id == stage.id, Assignment.entry_id == Entry.id, Assignment.progress != "out")
            .correlate(Entry).scalar_subquery()
        )
        query = query.where(judge_count < quorum(stage, call))
    page = PagedQuery(lambda: query, (Key(Entry.code, "code"),), EntryRow).page(cursor, size)
    chips = _chips(stage.id, [row.id for row in page.rows], hidden=sealed(stage))
    rows = tuple(
        EntryProgress(
            row.code, row.team_name, row.state, sum(chip.status == "submitted" for chip in chips.get(row.id, ())),
            tuple(chips.get(row.id, ())),
        )
        for row in page.rows
    )
    return EntryPage(rows, page.next, page.previous)


def _chips(stage_id: UUID, entry_ids: list[UUID], *, hidden: bool) -> dict[UUID, list[Chip]]:
    """Judges beside entries; without their totals where the stage is sealed."""
    query = (
        select(
            Assignment.entry_id, Assignment.code, Seat.number, _STATE.label("state"), Assignment.progress,
            ScoreSheet.total, ScoreSheet.voided_at, Conflict.kind,
        )
        .join(Seat, Seat.id == Assignment.seat_id)
        .outerjoin(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .outerjoin(Conflict, (Conflict.seat_id == Seat.id) & (Conflict.entry_id == Assignment.entry_id))
        .where(Assignment.stage_id == stage_id, Assignment.entry_id.in_(entry_ids), Assignment.state != "removed")
        .order_by(Seat.number)
    )
    chips: dict[UUID, list[Chip]] = {}
    for row in db.session.execute(query):
        status = progress_key(row.state, row.progress, conflict=row.kind, voided=row.voided_at is not None)
        shown = row.total if status == "submitted" and not hidden else None
        chips.setdefault(row.entry_id, []).append(Chip(row.code, row.number, status, shown))
    return chips


@dataclass(frozen=True, slots=True)
class Reminder:
    """Somebody who would get a reminder, with what it would say."""

    seat_id: UUID
    number: int
    name: str
    email: str
    locale: str
    done: int
    total: int

    @property
    def open(self) -> int:
        return self.total - self.done


def reminders(call: Call, stage_id: UUID, numbers: set[int] | None = None) -> list[Reminder]:
    """Judges with open work in a stage; only those of ``numbers`` when given. Who has finished is never in it."""
    done = func.count().filter(Assignment.progress == "submitted")
    query = (
        select(
            Seat.id, Seat.number, Seat.name, Seat.email, User.locale, done.label("done"), func.count().label("total"),
        )
        .join(User, User.id == Seat.user_id)
        .join(Assignment, Assignment.seat_id == Seat.id).join(Entry, Entry.id == Assignment.entry_id)
        .join(Stage, Stage.id == Assignment.stage_id)
        .where(
            Seat.call_id == call.id, Seat.state == "accepted", Assignment.progress != "out",
            Assignment.stage_id == stage_id, takes_part(stage_id), Stage.state != "closed",
        )
        .group_by(Seat.id, Seat.number, Seat.name, Seat.email, User.locale)
        .having(done < func.count()).order_by(Seat.number)
    )
    return [Reminder(*row) for row in db.session.execute(query) if numbers is None or row.number in numbers]


@dataclass(frozen=True, slots=True)
class SheetView:
    """A score sheet as its organizer sees it, with its earlier submissions."""

    code: str
    seat_number: int
    seat_name: str
    entry_code: str
    status: str
    rubric_version_id: UUID | None
    scores: bytes | None
    comments: tuple[str, ...]
    overall: str
    total: int | None
    saved_at: datetime | None
    submitted_at: datetime | None
    history: tuple[Any, ...]
    conflict: Any
    sealed: bool
    voided_at: datetime | None
    void_reason: str
    abstained: str


def sheet(call: Call, assignment_code: str) -> SheetView | None:
    """One assignment of the call with its sheet; a judge's unfinished draft stays the judge's own.

    Of a sealed stage only the states and digests are there.
    """
    row = db.session.execute(
        select(Assignment, Seat, Entry.code, ScoreSheet).join(Seat, Seat.id == Assignment.seat_id)
        .join(Entry, Entry.id == Assignment.entry_id)
        .outerjoin(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .where(Assignment.code == assignment_code, Seat.call_id == call.id)
    ).one_or_none()
    if row is None:
        return None
    assignment, seat, entry_code, stored = row
    history = db.session.scalars(
        select(SheetVersion).where(SheetVersion.sheet_id == stored.id).order_by(SheetVersion.number)
    ).all() if stored is not None else []
    conflict = db.session.scalar(
        select(Conflict).where(Conflict.seat_id == seat.id, Conflict.entry_id == assignment.entry_id)
    )
    hidden = sealed_id(assignment.stage_id)
    voided = stored.voided_at if stored is not None else None
    shown = stored if stored is not None and stored.state == "submitted" and not hidden else None
    abstained = assignment.abstained if assignment.state == "recused" else ""
    return SheetView(
        assignment.code, seat.number, seat.name, entry_code,
        progress_key("abstained" if abstained else assignment.state, assignment.progress,
                     conflict=conflict.kind if conflict is not None else None, voided=voided is not None),
        shown.rubric_version_id if shown else None, shown.scores if shown else None,
        tuple(shown.comments) if shown else (), shown.overall if shown else "", shown.total if shown else None,
        stored.saved_at if stored is not None else None, shown.submitted_at if shown else None, tuple(history),
        conflict, hidden, voided, stored.void_reason if stored is not None else "",
        abstained,
    )


def conflicts(call: Call, cursor: str | None, size: int = PAGE_SIZE) -> Page[ConflictRow]:
    """A page of the call's conflicts, newest first, with the judge, the entry and its team."""
    query: Any = (
        select(
            Conflict.id, Seat.number, Seat.name, Entry.code.label("entry_code"), Team.name.label("team_name"),
            Conflict.kind, Conflict.relation, Conflict.note, Conflict.declared_at,
        )
        .join(Seat, Seat.id == Conflict.seat_id).join(Entry, Entry.id == Conflict.entry_id)
        .join(Team, Team.id == Entry.team_id).where(Seat.call_id == call.id)
    )
    keys = (Key(Conflict.declared_at, "declared_at", descending=True), Key(Conflict.id, "id"))
    return PagedQuery(lambda: query, keys, ConflictRow).page(cursor, size)


def files(call: Call, cursor: str | None, size: int = PAGE_SIZE) -> Page[FileRow]:
    """A page of the files that need the organizer's word before judges get them, those that wait first."""
    query: Any = (
        select(
            Attachment.code, Entry.code.label("entry_code"), Attachment.name, Attachment.size,
            Attachment.content_type, JudgeCopy.state, JudgeCopy.reason,
        )
        .join(JudgeCopy, JudgeCopy.attachment_id == Attachment.id).join(Entry, Entry.id == JudgeCopy.entry_id)
        .where(Entry.call_id == call.id, JudgeCopy.state.in_(("waiting", "withheld")))
    )
    keys = (Key(JudgeCopy.state, "state"), Key(Entry.code, "entry_code"), Key(Attachment.code, "code"))
    return PagedQuery(lambda: query, keys, FileRow).page(cursor, size)


def plan(call: Call, code: str) -> AssignmentPlan | None:
    stage = current_stage(call.id)
    return db.session.scalar(
        select(AssignmentPlan).where(AssignmentPlan.stage_id == stage.id, AssignmentPlan.code == code)
    )


def waiting_files(call: Call) -> int:
    query = select(func.count()).select_from(JudgeCopy).join(Entry, Entry.id == JudgeCopy.entry_id)
    return db.session.scalar(query.where(Entry.call_id == call.id, JudgeCopy.state == "waiting")) or 0
