"""Reads for organizers: the entries of a call, page by page, and one of them in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import contains_eager

from competition.calls.models import Call
from competition.entries.answers import complete_shape
from competition.entries.completeness import problems
from competition.entries.models import Entry, Revision, Team
from competition.entries.queries.call_form import terms_of
from competition.extensions import db
from competition.kernel.data.paging import Key, Page, PagedQuery

PAGE_SIZE = 50
STATES = ("submitted", "draft", "withdrawn")
KEYS = (Key(Entry.code, "code"),)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries stand where; ``late`` are drafts that were never submitted once the call has closed."""

    submitted: int
    draft: int
    withdrawn: int

    @property
    def total(self) -> int:
        return self.submitted + self.draft + self.withdrawn


def counts(call_id: UUID) -> Counts:
    rows = db.session.execute(
        select(Entry.state, func.count()).where(Entry.call_id == call_id).group_by(Entry.state)
    )
    by_state: dict[str, int] = {row.state: row[1] for row in rows}
    return Counts(*(by_state.get(state, 0) for state in STATES))


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry in the list; ``number``, ``received_at`` and ``files`` are those of its received revision."""

    code: str
    state: str
    saved_at: datetime
    quote_minor: int | None
    team: str
    native_name: str
    country: str
    number: int | None
    received_at: datetime | None
    files: list[dict[str, Any]] | None


def entries(call_id: UUID, *, state: str, text: str, cursor: str | None, size: int = PAGE_SIZE) -> Page[EntryLine]:
    """A page of a call's entries by code, filtered by state and by a part of code, team name or country.

    Of a draft it only says that there is one, whose, and when it was last saved.
    """
    statement: Select[*tuple[Any, ...]] = (
        select(
            Entry.code, Entry.state, Entry.saved_at, Entry.quote_minor, Team.name.label("team"),
            Team.native_name, Team.country, Revision.number, Revision.received_at, Revision.files,
        )
        .join(Team, Team.id == Entry.team_id).outerjoin(Revision, Revision.id == Entry.revision_id)
        .where(Entry.call_id == call_id)
    )
    if state in STATES:
        statement = statement.where(Entry.state == state)
    if text:
        statement = statement.where(_matches(text))
    return PagedQuery(lambda: statement, KEYS, EntryLine).page(cursor, size)


@dataclass(frozen=True, slots=True)
class SealedLine:
    """A sealed entry in the list: that it is there, how far it is, and nothing that it says.

    ``missing`` counts required answers that are empty or wrong in what was saved last.
    """

    code: str
    state: str
    saved_at: datetime
    received_at: datetime | None
    files: int
    missing: int


@dataclass(frozen=True, slots=True)
class _SealedRow:
    code: str
    state: str
    saved_at: datetime
    received_at: datetime | None
    files: list[dict[str, Any]] | None
    draft: dict[str, Any]


def sealed_entries(call: Call, *, state: str, cursor: str | None, size: int = PAGE_SIZE) -> Page[SealedLine]:
    """A page of a call's entries by code, filtered by state, as organizers may see them before the opening."""
    statement: Select[*tuple[Any, ...]] = (
        select(Entry.code, Entry.state, Entry.saved_at, Revision.received_at, Revision.files, Entry.draft)
        .outerjoin(Revision, Revision.id == Entry.revision_id).where(Entry.call_id == call.id)
    )
    if state in STATES:
        statement = statement.where(Entry.state == state)
    terms = terms_of(call)
    page = PagedQuery(lambda: statement, KEYS, _SealedRow).page(cursor, size)
    lines = [
        SealedLine(row.code, row.state, row.saved_at, row.received_at, len(row.files or ()),
                   len(problems(complete_shape(row.draft), terms)))
        for row in page.rows
    ]
    return Page(lines, page.next, page.previous)


def _matches(text: str) -> ColumnElement[bool]:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"%{escaped.lower()}%"
    return or_(
        func.lower(Entry.code).like(pattern, escape="\\"), func.lower(Team.name).like(pattern, escape="\\"),
        func.lower(Team.native_name).like(pattern, escape="\\"), func.lower(Team.country) == text.lower(),
    )


def entry(call_id: UUID, code: str) -> Entry | None:
    """One entry of the call with team and current revision."""
    query = (
        select(Entry).join(Entry.team).outerjoin(Entry.revision)
        .options(contains_eager(Entry.team), contains_eager(Entry.revision))
        .where(Entry.call_id == call_id, Entry.code == code)
    )
    return db.session.scalar(query)
