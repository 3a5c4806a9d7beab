"""What the organizers read beside a run: how firm the result is, and what in the judging deserves a look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from competition.entries.models import Entry, Team
from competition.extensions import db
from competition.judging.models import ScoreSheet, Seat
from competition.kernel.data.batches import batches
from competition.results.models import LotteryDraw, Run, RunAnalysis

IN_MOST = 900  # ids in one list of a statement
JUDGES_MOST = 30  # judges of whom a page says what changes without them


@dataclass(frozen=True, slots=True)
class EntryName:
    code: str
    team: str


@dataclass(frozen=True)
class Firmness:
    """How firm a run's result is: see :mod:`competition.results.jobs.sensitivity` for ``document``.

    ``names``: entry id → code and team; ``judges``: those without whom something changes, the most decisive first, and
    ``steady``: how many others there are; ``people``: seat number → name.
    """

    document: dict[str, Any]
    judges: list[dict[str, Any]]
    steady: int
    names: dict[str, EntryName]
    people: dict[int, str]
    draw: LotteryDraw | None


@dataclass(frozen=True)
class Fairness:
    """What deserves a look: see :mod:`competition.results.jobs.fairness` for ``document``; ``texts``: sheet id → its
    overall comment."""

    document: dict[str, Any]
    names: dict[str, EntryName]
    people: dict[int, str]
    texts: dict[str, str]

    def findings(self, kind: str) -> list[dict[str, Any]]:
        return [finding for finding in self.document["findings"] if finding["kind"] == kind]

    def of_judge(self, seat: int) -> dict[str, Any]:
        """Times and the interval of the noise of one judge; empty for one who is not in the run."""
        return next((row for row in self.document["judges"] if row["seat"] == seat), {})


def firmness_of(run: Run) -> Firmness | None:
    """How firm a run's result is; None for runs from before it was computed."""
    document = _part(run, "sensitivity")
    if document is None:
        return None
    moving = [row for row in document["judges"] if row["changes"]]
    moving.sort(key=lambda row: (-row["changes"], row["seat"]))
    moving = moving[:JUDGES_MOST]
    grades = (document["grades"] or {}).get("listed", [])
    moved = [row[side] for row in (*document["methods"], *moving, *grades) for side in ("enters", "leaves")]
    ids = {entry for entries in moved for entry in entries} | {grade["entry"] for grade in grades}
    draw = draw_of(run)
    ids.update(entry for entry, _chance in uncertain(document["chances"]))
    return Firmness(document, moving, len(document["judges"]) - len(moving), _names(ids), _people(run), draw)


def draw_of(run: Run) -> LotteryDraw | None:
    """The draw that was made for the scores of this run, which another run may have read before."""
    return db.session.scalars(
        select(LotteryDraw).join(Run, Run.id == LotteryDraw.run_id)
        .where(Run.stage_id == run.stage_id, Run.inputs_digest == run.inputs_digest).order_by(Run.number).limit(1)
    ).first()


def named_draw(run: Run) -> list[tuple[EntryName, float, bool]]:
    """The entries between which lots were drawn: name, chance, whether drawn; empty without a draw."""
    draw = draw_of(run)
    between = [(entry, float(chance), bool(hit)) for entry, chance, hit in (draw.chances if draw else ())]
    names = _names(entry for entry, _chance, _hit in between)
    return [(names[entry], chance, hit) for entry, chance, hit in between]


def uncertain(chances: list[list[str]] | None) -> list[tuple[str, float]]:
    """The entries whose lot decides, with their chances: neither 0 nor 1."""
    return [(entry, float(chance)) for entry, chance, *_drawn in chances or () if 0 < float(chance) < 1]


def fairness_of(run: Run) -> Fairness | None:
    """What in the judging behind a run deserves a look; None for runs from before it was computed."""
    document = _part(run, "fairness")
    if document is None:
        return None
    findings = document["findings"]
    return Fairness(
        document, _names({finding["entry"] for finding in findings if "entry" in finding}), _people(run),
        _texts({finding["sheet"] for finding in findings if "sheet" in finding}),
    )


def _part(run: Run, name: str) -> dict[str, Any] | None:
    document = db.session.scalar(select(RunAnalysis.document).where(RunAnalysis.run_id == run.id))
    part: dict[str, Any] | None = None if document is None else document[name]
    return part


def _names(ids: Iterable[str]) -> dict[str, EntryName]:
    query = select(Entry.id, Entry.code, Team.name).join(Team, Team.id == Entry.team_id)
    return {
        str(entry): EntryName(code, team)
        for batch in batches(sorted(ids), IN_MOST)
        for entry, code, team in db.session.execute(query.where(Entry.id.in_([UUID(name) for name in batch])))
    }


def _people(run: Run) -> dict[int, str]:
    rows = db.session.execute(select(Seat.number, Seat.name).where(Seat.call_id == run.call_id))
    return {row.number: row.name for row in rows}


def _texts(sheets: set[str]) -> dict[str, str]:
    query = select(ScoreSheet.id, ScoreSheet.overall, ScoreSheet.comments)
    return {
        str(sheet): overall or " ".join(comment for comment in comments if comment)
        for batch in batches(sorted(sheets), IN_MOST)
        for sheet, overall, comments in db.session.execute(
            query.where(ScoreSheet.id.in_([UUID(name) for name in batch]))
        )
    }
