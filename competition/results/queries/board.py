"""Reads behind the organizer's results page: lines, the cut line, judges' diagnostics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from competition.entries.models import Entry, Team
from competition.judging.models import Seat
from competition.kernel.data.paging import First, Key, Page, page
from competition.kernel.data.prepared import Prepared
from competition.results.models import Decision, Run, RunEntry, RunJudge

PAGE_SIZE = 50
CHART_MOST = 300
CHART_AROUND = 60
ORDERS = {
    "rank": RunEntry.by_rank, "official": RunEntry.by_official, "calibrated": RunEntry.by_calibrated,
    "spread": RunEntry.by_spread,
}


class Line(NamedTuple):
    """One entry on the results page, in the order of the query's columns.

    Scores in points on 0-100, ``place`` in the order of ranks. A tuple, for the page names its parts once for all rows.
    """

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
    place: int


@dataclass(frozen=True, slots=True)
class Board:
    """A page of lines, and where the neighbours are."""

    lines: tuple[Line, ...]
    next: str | None
    previous: str | None


class Dot(NamedTuple):
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


class JudgeLine(NamedTuple):
    """A judge's diagnostics, for organizers only. ``mean_total`` in points, ``leniency`` beside the panel."""

    number: int
    name: str
    n_entries: int
    mean_total: float | None
    leniency: float | None
    standard_error: float | None
    reliability: float | None
    scale: float | None
    flags: tuple[str, ...]


_COLUMNS = (
    Entry.code, Team.name.label("team"), RunEntry.rank, RunEntry.tied, RunEntry.raw,
    RunEntry.official_value.label("official"), RunEntry.calibrated, RunEntry.standard_error, RunEntry.rank_lo,
    RunEntry.rank_hi, RunEntry.p_select, RunEntry.spread, RunEntry.n_judges, RunEntry.quorum_met,
    RunEntry.gate_failed, RunEntry.passed, RunEntry.close_call, func.coalesce(Decision.outcome, "").label("outcome"),
    RunEntry.by_rank.label("place"),
)


def lines(*where: Any) -> Any:
    """A select of every column of :class:`Line`, with the four orders, filtered by ``where``."""
    return (
        select(*_COLUMNS, *ORDERS.values())
        .select_from(RunEntry).join(Entry, Entry.id == RunEntry.entry_id).join(Team, Team.id == Entry.team_id)
        .outerjoin(Decision, (Decision.entry_id == RunEntry.entry_id) & (Decision.run_id == RunEntry.run_id))
        .where(*where)
    )


_OF_RUN = lines(RunEntry.run_id == bindparam("run"))


class Placed(NamedTuple):
    """A line, and its place in each order."""

    line: Line
    by_rank: int
    by_official: int
    by_calibrated: int
    by_spread: int


def _placed(*columns: Any) -> Placed:
    return Placed(Line._make(columns[:len(_COLUMNS)]), *columns[len(_COLUMNS):])


def _keys(sort: str) -> list[Key]:
    column = ORDERS.get(sort.lstrip("-"), RunEntry.by_rank)
    return [Key(column, column.key, descending=sort.startswith("-"))]


_FIRST = {sort: First(_OF_RUN, _keys(sort), _placed) for name in ORDERS for sort in (name, f"-{name}")}


def board(run_id: UUID, *, sort: str, cursor: str | None, size: int = PAGE_SIZE) -> Board:
    """A page of a run's lines.

    Parameters
    ----------
    sort
        A key of :data:`ORDERS`; with a minus sign in front, from the other end. Anything else means rank.
    """
    if cursor is None and sort in _FIRST:
        first = _FIRST[sort].page(size, run=run_id)
        return Board(tuple(row.line for row in first.rows), first.next, first.previous)
    found: Page[Any] = page(_OF_RUN, _keys(sort), cursor, size, {"run": run_id})
    return Board(tuple(Line._make(row[:len(_COLUMNS)]) for row in found.rows), found.next, found.previous)


def _dot(
    code: str, team: str, score: float, error: float | None, place: int, low: int | None, high: int | None, close: bool,
    outcome: str | None,
) -> Dot:
    return Dot(code, team, score, error or 0.0, place, low or place, high or place, close, outcome or "")


_DOTS = Prepared(lambda: (
    select(Entry.code, Team.name, RunEntry.calibrated, RunEntry.standard_error, RunEntry.by_calibrated,
           RunEntry.rank_lo, RunEntry.rank_hi, RunEntry.close_call, Decision.outcome)
    .select_from(RunEntry).join(Entry, Entry.id == RunEntry.entry_id).join(Team, Team.id == Entry.team_id)
    .outerjoin(Decision, (Decision.entry_id == RunEntry.entry_id) & (Decision.run_id == RunEntry.run_id))
    .where(
        RunEntry.run_id == bindparam("run"), RunEntry.calibrated.is_not(None),
        RunEntry.by_calibrated.between(bindparam("first"), bindparam("last")),
    )
    .order_by(RunEntry.by_calibrated)
), _dot)
_LAST_SCORED = Prepared(lambda: (
    select(RunEntry.by_calibrated).where(RunEntry.run_id == bindparam("run"), RunEntry.calibrated.is_not(None))
    .order_by(RunEntry.by_calibrated.desc()).limit(1)
), int)


def _judges() -> Select[*tuple[Any, ...]]:
    return (
        select(Seat.number, Seat.name, RunJudge.n_entries, RunJudge.mean_total, RunJudge.leniency,
               RunJudge.standard_error, RunJudge.reliability, RunJudge.scale, RunJudge.flags)
        .join(Seat, Seat.id == RunJudge.seat_id).where(RunJudge.run_id == bindparam("run"))
    )


def _judge(*columns: Any) -> JudgeLine:
    return JudgeLine._make((*columns[:-1], tuple(columns[-1])))


_ALL_JUDGES = Prepared(lambda: _judges().order_by(Seat.number), _judge)
_APART = Prepared(lambda: (
    _judges().order_by(func.abs(func.coalesce(RunJudge.leniency, 0)).desc(), Seat.number).limit(bindparam("most"))
), _judge)


def cut_dots(run: Run) -> tuple[Dot, ...]:
    """Entries for the chart, best first: all of a small run, those around the cut of a large one."""
    first, last = 0, run.n_entries
    if run.n_entries > CHART_MOST:
        scored = _LAST_SCORED.first(run=run.id) or 0
        cut = min(int(run.parameters.get("slots", 1)), scored)  # a call may have more slots than scored entries
        first, last = cut - CHART_AROUND, cut + CHART_AROUND
    return tuple(_DOTS.all(run=run.id, first=first, last=last))


def judges(run_id: UUID, *, most: int | None = None) -> tuple[JudgeLine, ...]:
    """Diagnostics of every judge of a run by seat number, or of the ``most`` who stand out furthest."""
    return tuple(_ALL_JUDGES.all(run=run_id) if most is None else _APART.all(run=run_id, most=most))
