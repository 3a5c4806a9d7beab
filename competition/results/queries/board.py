"""Reads behind the organizer's results page: lines, the cut line, judges' diagnostics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from competition.entries.models import Entry, Team
from competition.extensions import db
from competition.judging.models import Seat
from competition.kernel.data.paging import Key, PagedQuery
from competition.kernel.data.query import Query
from competition.results.decision_source import source
from competition.results.models import Run, RunEntry, RunJudge

PAGE_SIZE = 50
CHART_MOST = 300
CHART_AROUND = 60
ORDERS = {
    "rank": RunEntry.by_rank, "official": RunEntry.by_official, "calibrated": RunEntry.by_calibrated,
    "spread": RunEntry.by_spread,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry on the results page: scores in points on 0-100, and its place in each order of the table."""

    code: str
    team: str
    rank: int | None
    tied: bool
    raw: float | None
    official: float | None
    calibrated: float | None
    standard_error: float | None
    rank_lo: int | None
    rank_hi: int | None
    p_select: float | None
    spread: float | None
    n_judges: int
    quorum_met: bool
    gate_failed: bool
    passed: bool
    close_call: bool
    outcome: str
    by_rank: int
    by_official: int
    by_calibrated: int
    by_spread: int


@dataclass(frozen=True, slots=True)
class Board:
    """A page of lines, and where the neighbours are."""

    lines: tuple[Line, ...]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Dot:
    """An entry on the cut-line chart."""

    code: str
    team: str
    score: float
    se: float
    rank: int
    lo: int
    hi: int
    close: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class JudgeLine:
    """A judge's diagnostics, for organizers only. ``mean_total`` in points, ``leniency`` beside the panel."""

    number: int
    name: str
    n_entries: int
    mean_total: float | None
    leniency: float | None
    standard_error: float | None
    reliability: float | None
    scale: float | None
    flags: list[str]


def _lines() -> Select[*tuple[Any, ...]]:
    decisions = source()
    return (
        select(
            Entry.code, Team.name.label("team"), RunEntry.rank, RunEntry.tied, RunEntry.raw,
            RunEntry.official_value.label("official"), RunEntry.calibrated, RunEntry.standard_error, RunEntry.rank_lo,
            RunEntry.rank_hi, RunEntry.p_select, RunEntry.spread, RunEntry.n_judges, RunEntry.quorum_met,
            RunEntry.gate_failed, RunEntry.passed, RunEntry.close_call,
            func.coalesce(decisions.table.outcome, "").label("outcome"), *ORDERS.values(),
        )
        .select_from(RunEntry).join(Entry, Entry.id == RunEntry.entry_id).join(Team, Team.id == Entry.team_id)
        .outerjoin(decisions.table, decisions.of_line())
        .where(RunEntry.run_id == bindparam("run"))
    )


def _sorted(sort: str) -> PagedQuery[Line]:
    column = ORDERS[sort.removeprefix("-")]
    return PagedQuery(_lines, [Key(column, column.key, descending=sort.startswith("-"))], Line)


_BOARDS = {sort: _sorted(sort) for name in ORDERS for sort in (name, f"-{name}")}


def board(run_id: UUID, *, sort: str, cursor: str | None, size: int = PAGE_SIZE) -> Board:
    """A page of a run's lines.

    Parameters
    ----------
    sort
        A key of :data:`ORDERS`; with a minus sign in front, from the other end. Anything else means rank.
    """
    page = _BOARDS.get(sort, _BOARDS["rank"]).page(cursor, size, run=run_id)
    return Board(tuple(page.rows), page.next, page.previous)


def _dots() -> Select[*tuple[Any, ...]]:
    decisions, place = source(), RunEntry.by_calibrated
    return (
        select(
            Entry.code, Team.name.label("team"), RunEntry.calibrated.label("score"),
            func.coalesce(RunEntry.standard_error, 0.0).label("se"), place.label("rank"),
            func.coalesce(RunEntry.rank_lo, place).label("lo"), func.coalesce(RunEntry.rank_hi, place).label("hi"),
            RunEntry.close_call.label("close"), func.coalesce(decisions.table.outcome, "").label("outcome"),
        )
        .select_from(RunEntry).join(Entry, Entry.id == RunEntry.entry_id).join(Team, Team.id == Entry.team_id)
        .outerjoin(decisions.table, decisions.of_line())
        .where(
            RunEntry.run_id == bindparam("run"), RunEntry.calibrated.is_not(None),
            place.between(bindparam("first"), bindparam("last")),
        )
        .order_by(place)
    )


_DOTS = Query(_dots, Dot)
_LAST_SCORED = (
    select(RunEntry.by_calibrated).where(RunEntry.run_id == bindparam("run"), RunEntry.calibrated.is_not(None))
    .order_by(RunEntry.by_calibrated.desc()).limit(1)
)


def _judges() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Seat.number, Seat.name, RunJudge.n_entries, RunJudge.mean_total, RunJudge.leniency,
            RunJudge.standard_error, RunJudge.reliability, RunJudge.scale, RunJudge.flags,
        )
        .join(Seat, Seat.id == RunJudge.seat_id).where(RunJudge.run_id == bindparam("run"))
    )


_ALL_JUDGES = Query(lambda: _judges().order_by(Seat.number), JudgeLine)
_APART = Query(lambda: (
    _judges().order_by(func.abs(func.coalesce(RunJudge.leniency, 0)).desc(), Seat.number).limit(bindparam("most"))
), JudgeLine)


def dots_around_cutoff(run: Run) -> tuple[Dot, ...]:
    """Entries for the chart, best first: all of a small run, those around the cut of a large one."""
    first, last = 0, run.n_entries
    if run.n_entries > CHART_MOST:
        scored = db.session.connection().scalar(_LAST_SCORED, {"run": run.id}) or 0
        cut = min(int(run.parameters.get("slots", 1)), scored)  # a call may have more slots than scored entries
        first, last = cut - CHART_AROUND, cut + CHART_AROUND
    return tuple(_DOTS.all(run=run.id, first=first, last=last))


def outcome_of(run_id: UUID, entry_id: UUID) -> str:
    """What is decided on an entry of a run; empty while nothing is."""
    decisions = source().table
    query = select(decisions.outcome).where(decisions.run_id == run_id, decisions.entry_id == entry_id)
    return db.session.scalar(query) or ""


def judges(run_id: UUID, *, most: int | None = None) -> tuple[JudgeLine, ...]:
    """Diagnostics of every judge of a run by seat number, or of the ``most`` who stand out furthest."""
    return tuple(_ALL_JUDGES.all(run=run_id) if most is None else _APART.all(run=run_id, most=most))
