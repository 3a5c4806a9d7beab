"""A judge's own submitted scores of one seat: ranked, and how they spread. Nothing of other judges is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from uuid import UUID

from sqlalchemy import select

from competition.calls.queries import CriterionView
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet
from competition.judging.scores import unpack

MOST = 500  # sheets of one seat on the page


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """A submitted sheet; ``total`` and ``scores`` in hundredths. Equal totals share a rank."""

    rank: int
    code: str
    entry_code: str
    revision_id: UUID
    rubric_id: UUID
    total: int
    scores: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How the scores of one criterion lie: hundredths, and how many sheets are in each fifth of the scale."""

    criterion: CriterionView
    mean: Decimal
    median: Decimal
    lowest: int
    highest: int
    fifths: tuple[int, ...]


def ranking(seat_id: UUID) -> list[OwnSheet]:
    """The submitted sheets that count, best total first."""
    rows = db.session.execute(
        select(Assignment.code, Entry.code.label("entry_code"), ScoreSheet.revision_id,
               ScoreSheet.rubric_version_id, ScoreSheet.total, ScoreSheet.scores)
        .join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id).join(Entry, Entry.id == Assignment.entry_id)
        .where(Assignment.seat_id == seat_id, Assignment.progress == "submitted", ScoreSheet.total.is_not(None))
        .order_by(ScoreSheet.total.desc(), Entry.code).limit(MOST)
    ).all()
    totals = [row.total for row in rows]
    return [
        OwnSheet(totals.index(row.total) + 1, row.code, row.entry_code, row.revision_id, row.rubric_version_id,
                 row.total, tuple(unpack(row.scores)))
        for row in rows
    ]


def spreads(sheets: Sequence[OwnSheet], criteria: Sequence[CriterionView]) -> list[Spread]:
    """One line per criterion, of sheets that were all scored under these criteria."""
    lines = []
    for at, criterion in enumerate(criteria):
        values = [value for sheet in sheets if (value := sheet.scores[at]) is not None]
        if not values:
            continue
        fifths = [0] * 5
        for value in values:
            fifths[min(4, (value - criterion.lo) * 5 // (criterion.hi - criterion.lo))] += 1
        lines.append(Spread(
            criterion, Decimal(sum(values)) / len(values), Decimal(median(values)), min(values), max(values),
            tuple(fifths),
        ))
    return lines
