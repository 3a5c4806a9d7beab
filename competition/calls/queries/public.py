"""What visitors read: calls that were published, in dataclasses shaped for their pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import joinedload

from competition.calls.lifecycle import PUBLIC_STATES
from competition.calls.models import Call, CallChange, CallDocument, Programme, Question, Stage, folded
from competition.calls.phases import ENTERABLE, PHASES
from competition.calls.queries import RubricView, current_rubric, phase_sql, stages
from competition.calls.stages import is_scored
from competition.extensions import db
from competition.kernel.data.columns import Instant
from competition.kernel.data.paging import Key, Page, PagedQuery
from competition.kernel.data.query import Query

PAGE_SIZE = 24
HOME_SIZE = 12
MAX_QUERY = 100
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filters:
    """A reader's filters of the list of calls; empty strings filter nothing."""

    q: str = ""
    theme: str = ""
    phase: str = ""

    @property
    def any(self) -> bool:
        return bool(self.q or self.theme or self.phase)

    def query_values(self) -> dict[str, str]:
        """The filters that are set, for the query string of the next page."""
        parts = {"q": self.q, "theme": self.theme, "phase": self.phase}
        return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    """A programme as visitors see it."""

    id: UUID
    code: str
    name: dict[str, str]
    summary: dict[str, str]
    currency: str
    budget_minor: int
    zone: str
    themes: dict[str, dict[str, str]]


@dataclass(frozen=True)
class CallPage:
    """Everything on a call's page but the call itself."""

    call: Call
    stages: list[Stage]
    rubrics: dict[UUID, RubricView]  # of each scored stage, in order
    documents: list[CallDocument]
    changes: list[CallChange]
    questions: list[Question]

    @property
    def criteria(self) -> tuple[Any, ...]:
        """The criteria of the stage that decides."""
        return next(reversed(self.rubrics.values())).criteria


def _public() -> ColumnElement[bool]:
    """Calls that were published at some time; a cancelled draft was not."""
    return and_(Call.state.in_(PUBLIC_STATES), or_(Call.state != "cancelled", Call.published_at.is_not(None)))


# Built once: taking these expressions together costs more than the database needs to answer.
_NOW: ColumnElement[datetime] = bindparam("now", type_=Instant)
_PHASE = phase_sql(_NOW)
_PLACE: ColumnElement[int] = case({key: phase.rank for key, phase in PHASES.items()}, value=_PHASE)
# Among calls one can still enter the one that closes first leads; others do not differ here.
_SOONEST: ColumnElement[datetime] = case(
    (and_(_PHASE.in_(ENTERABLE), Call.deadline_at.is_not(None)), Call.deadline_at),
    else_=literal(LONG_AGO, Instant),
)
_LATEST: ColumnElement[datetime] = func.coalesce(Call.deadline_at, Call.created_at, type_=Instant)
_KEYS = (Key(_PLACE, "place"), Key(_SOONEST, "soonest"), Key(_LATEST, "latest", descending=True), Key(Call.id, "id"))
_CARDS: Any = select(
    Call.id, Call.code, Call.title, Call.summary, Call.owner, Call.theme, Call.slots, Call.budget_minor,
    Call.deadline_at, Call.opens_at, Call.programme_id, _PHASE.label("phase"), _PLACE.label("place"),
    _SOONEST.label("soonest"), _LATEST.label("latest"),
).where(_public())
_PHASES: Any = select(_PHASE.label("phase"), func.count()).where(_public()).group_by("phase")


@dataclass(frozen=True, slots=True)
class CallCard:
    """A call as a list shows it; ``place``, ``soonest`` and ``latest`` are the order of the list."""

    id: UUID
    code: str
    title: dict[str, str]
    summary: dict[str, str]
    owner: dict[str, str]
    theme: str
    slots: int
    budget_minor: int | None
    deadline_at: datetime | None
    opens_at: datetime | None
    programme_id: UUID
    phase: str
    place: int
    soonest: datetime
    latest: datetime


_HOME = Query(lambda: (
    _CARDS.where(_PHASE.in_(bindparam("shown", expanding=True)))
    .order_by(_PLACE, _SOONEST, _LATEST.desc(), Call.id).limit(bindparam("size"))
), CallCard)
_PROGRAMMES: Any = select(
    Programme.id, Programme.code, Programme.name, Programme.summary, Programme.currency, Programme.budget_minor,
    Programme.zone, Programme.themes,
).where(select(Call.id).where(Call.programme_id == Programme.id, _public()).exists()).order_by(
    Programme.created_at.desc(), Programme.id
)


def programmes() -> dict[UUID, ProgrammeView]:
    """Every programme that has a public call, newest first."""
    return {row.id: ProgrammeView(*row) for row in db.session.execute(_PROGRAMMES)}


def _where(statement: Any, filters: Filters) -> Any:
    for word in folded(filters.q[:MAX_QUERY]).split():
        statement = statement.where(Call.search.contains(word, autoescape=True))
    if filters.theme:
        statement = statement.where(Call.theme == filters.theme)
    if filters.phase:
        statement = statement.where(filters.phase == _PHASE)
    return statement


def call_list(filters: Filters, cursor: str | None, now: datetime) -> Page[CallCard]:
    """One page of public calls."""
    return PagedQuery(lambda: _where(_CARDS, filters), _KEYS, CallCard).page(cursor, PAGE_SIZE, now=now)


def count(filters: Filters, now: datetime) -> int:
    statement = _where(select(func.count()).select_from(Call).where(_public()), filters)
    return db.session.scalar(statement, {"now": now}) or 0


def phases(now: datetime) -> dict[str, int]:
    """How many public calls there are in each phase."""
    return {str(name): number for name, number in db.session.execute(_PHASES, {"now": now})}


def home_calls(now: datetime, shown: Iterable[str], size: int = HOME_SIZE) -> list[CallCard]:
    """The first calls of some phases, in the order of the list."""
    return _HOME.all(now=now, shown=list(shown), size=size)


def public_call(call_code: str) -> Call | None:
    query = select(Call).options(joinedload(Call.programme)).where(
        Call.code == call_code, _public()
    )
    return db.session.scalar(query)


def call_page(call: Call) -> CallPage:
    """Load what the page of a call shows, with a fixed number of queries for each of its stages."""
    of_call = stages(call.id)
    documents = select(CallDocument).where(CallDocument.call_id == call.id, CallDocument.state == "ready")
    changes = select(CallChange).where(CallChange.call_id == call.id)
    questions = select(Question).where(Question.call_id == call.id).order_by(Question.position)
    return CallPage(
        call=call,
        stages=of_call,
        rubrics={stage.id: current_rubric(stage.id) for stage in of_call if is_scored(stage)},
        documents=list(db.session.scalars(documents.order_by(CallDocument.created_at, CallDocument.id))),
        changes=list(db.session.scalars(changes.order_by(CallChange.at.desc(), CallChange.id.desc()))),
        questions=list(db.session.scalars(questions)),
    )


def document(call_id: UUID, document_code: str) -> CallDocument | None:
    return db.session.scalar(select(CallDocument).where(
        CallDocument.call_id == call_id, CallDocument.code == document_code, CallDocument.state == "ready"
    ))
