"""How one entry's scores came about, for organizers and, without judges' identity, for its team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from string import ascii_uppercase
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.calls.models import Call
from competition.calls.queries import rubric
from competition.entries.models import Entry, Membership, Team
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat
from competition.kernel.data.canonical import digest
from competition.kernel.web.access import Actor
from competition.results.models import Publication, PublishedDecision, Run, RunEntry, RunJudge
from competition.results.queries.published import Version, in_force, version_of

NOTHING = 1e-9  # points; below it there is no distance to keep a share of


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One judge's sheet: ``scores`` in points in rubric order, ``total`` in points on 0-100, exact."""

    judge: str
    scores: Sequence[Fraction]
    total: Fraction
    kept: bool
    end: str  # "highest" or "lowest" when it was dropped


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """A criterion over all valid sheets: mean in points and in percent of its range."""

    key: str
    label: dict[str, str]
    weight: int
    most: Fraction
    mean: Fraction | None
    percent: Fraction | None
    gate: bool
    floor: int | None

    @property
    def below_floor(self) -> bool:
        return self.floor is not None and self.percent is not None and self.percent < self.floor


@dataclass(frozen=True, slots=True)
class FitLine:
    """One judge's part in the calibrated score; points, ``weight`` a share of 1."""

    judge: str
    total: float
    leniency: float
    scale: float
    adjusted: float
    weight: float


@dataclass(frozen=True, slots=True)
class Worked:
    """The arithmetic of one entry in one run."""

    code: str
    team: str
    line: RunEntry
    run: Run
    sheets: Sequence[SheetLine]
    partial: Sequence[str]
    criteria: Sequence[CriterionLine]
    official: Fraction | None
    ties: Sequence[tuple[str, Fraction | None]]
    equals: int
    fit: Sequence[FitLine]
    base: float
    mean_adjusted: float
    trust: float

    @property
    def kept(self) -> list[SheetLine]:
        return [sheet for sheet in self.sheets if sheet.kept]

    @property
    def gates_failed(self) -> list[CriterionLine]:
        return [line for line in self.criteria if line.gate and line.below_floor]


@dataclass(frozen=True, slots=True)
class OwnResult:
    """A team's own published result."""

    call: Call
    entry_code: str
    version: Version
    outcome: str
    award_minor: int
    reason: str
    worked: Worked
    comments: dict[str, list[str]]
    overall: list[str]


def worked(run: Run, entry_code: str) -> Worked | None:
    """The arithmetic of an entry, judges named by their seat; None when the run has no such entry."""
    row = db.session.execute(
        select(RunEntry, Entry.code, Team.name)
        .join(Entry, Entry.id == RunEntry.entry_id).join(Team, Team.id == Entry.team_id)
        .where(RunEntry.run_id == run.id, Entry.code == entry_code)
    ).one_or_none()
    if row is None:
        return None
    names = {number: str(number) for number in _seats(row.RunEntry.worked)}
    return _worked(run, row.RunEntry, row.code, row.name, names)


def own_result(actor: Actor, entry_code: str) -> OwnResult | None:
    """An entry's published result, for the members of its team. Judges have letters, by rising total."""
    newest = in_force()
    row = db.session.execute(
        select(Entry, Publication, Run, RunEntry, PublishedDecision)
        .join(Membership, Membership.team_id == Entry.team_id)
        .join(newest, newest.c.call_id == Entry.call_id)
        .join(Publication, (Publication.call_id == Entry.call_id) & (Publication.number == newest.c.number))
        .join(Run, Run.id == Publication.run_id)
        .join(RunEntry, (RunEntry.run_id == Run.id) & (RunEntry.entry_id == Entry.id))
        .join(PublishedDecision, (PublishedDecision.publication_id == Publication.id)
              & (PublishedDecision.entry_id == Entry.id))
        .where(Entry.code == entry_code, Membership.user_id == actor.user_id)
        .options(joinedload(Entry.call).joinedload(Call.programme))
    ).one_or_none()
    if row is None:
        return None
    entry, publication, run, line, decision = row
    letters = {number: _letter(at) for at, number in enumerate(_seats(line.worked))}
    comments, overall = _comments(run, entry.id, list(letters))
    return OwnResult(
        call=entry.call, entry_code=entry.code, version=version_of(publication), outcome=decision.outcome,
        award_minor=decision.award_minor, reason=decision.reason,
        worked=_worked(run, line, entry.code, decision.team, letters), comments=comments, overall=overall,
    )


def _seats(document: dict[str, Any]) -> list[int]:
    """Everybody who scored the entry: complete sheets by rising total, then incomplete ones."""
    return [*document["seats"], *document["partial"]]


def _letter(at: int) -> str:
    return ascii_uppercase[at] if at < len(ascii_uppercase) else f"{ascii_uppercase[at % 26]}{at // 26}"


def _worked(run: Run, line: RunEntry, code: str, team: str, names: dict[int, str]) -> Worked:
    document = line.worked
    scale = int(run.summary["total_scale"])
    hundredths = document["scores"]
    sheets = _sheets(document, scale, names)
    base = float((run.summary["calibration"] or {}).get("base") or 0)
    fit = [] if line.calibrated is None else _fit(run, line, document, scale, names)
    mean = sum(part.weight * part.adjusted for part in fit)
    return Worked(
        code=code, team=team, line=line, run=run, sheets=sheets,
        partial=[names.get(number, str(number)) for number in document["partial"]],
        criteria=[_criterion(c, [row[at] for row in hundredths]) for at, c in enumerate(run.summary["rubric"])],
        official=None if line.official is None else Fraction(line.official),
        ties=[(name, None if value is None else Fraction(value)) for name, value in document.get("ties", [])],
        equals=document.get("equals", 1), fit=fit, base=base, mean_adjusted=mean,
        trust=((line.calibrated or base) - base) / (mean - base) if abs(mean - base) > NOTHING else 1.0,
    )


def _sheets(document: dict[str, Any], scale: int, names: dict[int, str]) -> list[SheetLine]:
    """Valid sheets, lowest total first, as they were kept with the run."""
    kept = document["kept"]
    half = len(kept) / 2
    return [
        SheetLine(
            judge=names[seat], scores=[Fraction(score, 100) for score in scores], total=Fraction(total, scale),
            kept=keep, end="" if keep else "lowest" if at < half else "highest",
        )
        for at, (seat, total, keep, scores) in enumerate(
            zip(document["seats"], document["totals"], kept, document["scores"], strict=True)
        )
    ]


def _criterion(criterion: dict[str, Any], scores: list[int]) -> CriterionLine:
    mean = Fraction(sum(scores), 100 * len(scores)) if scores else None
    lo, hi = Fraction(criterion["lo"], 100), Fraction(criterion["hi"], 100)
    return CriterionLine(
        key=criterion["key"], label=criterion["label"], weight=criterion["weight"], most=hi, mean=mean,
        percent=None if mean is None else 100 * (mean - lo) / (hi - lo), gate=criterion["gate"],
        floor=criterion["floor"],
    )


def _fit(run: Run, line: RunEntry, document: dict[str, Any], scale: int, names: dict[int, str]) -> list[FitLine]:
    """What each judge adds to the calibrated score, as :func:`scoring.explain` has it: the total without the
    judge's habit, weighted by scale squared over noise. A judge whose scores never vary has no weight."""
    totals = document.get("totals_fit") or [
        [seat, total / scale] for seat, total in zip(document["seats"], document["totals"], strict=True)
    ]
    rows = db.session.execute(
        select(Seat.number, RunJudge.leniency, RunJudge.scale, RunJudge.reliability)
        .join(Seat, Seat.id == RunJudge.seat_id)
        .where(RunJudge.run_id == line.run_id, Seat.number.in_([seat for seat, _total in totals]))
    )
    judges = {number: (habit or 0.0, stretch or 1.0, noise) for number, habit, stretch, noise in rows}
    shares = {number: stretch**2 / noise if noise else 0.0 for number, (_h, stretch, noise) in judges.items()}
    whole, base = sum(shares.values()) or 1.0, float(run.summary["calibration"]["base"])
    found = []
    for seat, total in totals:
        habit, stretch, _noise = judges[seat]
        adjusted = base + (float(total) - base - habit) / stretch
        found.append(FitLine(names[seat], float(total), habit, stretch, adjusted, shares[seat] / whole))
    return sorted(found, key=lambda part: (part.total, part.judge))


def _comments(run: Run, entry_id: UUID, seats: list[int]) -> tuple[dict[str, list[str]], list[str]]:
    """Comments by criterion and on the whole, each list in an order that follows no judge.

    ``seats`` are those that the run counted: a conflict found since changes nothing in the version in force.
    """
    sheets = db.session.execute(
        select(ScoreSheet.comments, ScoreSheet.overall, ScoreSheet.rubric_version_id)
        .join(Assignment, Assignment.id == ScoreSheet.assignment_id).join(Seat, Seat.id == Assignment.seat_id)
        .where(Assignment.stage_id == run.stage_id, Assignment.entry_id == entry_id, Seat.number.in_(seats),
               ScoreSheet.state == "submitted")
    ).all()
    rubrics = {version: rubric(version) for version in {row.rubric_version_id for row in sheets}}
    found: dict[str, list[str]] = {}
    for row in sheets:
        for criterion, comment in zip(rubrics[row.rubric_version_id].criteria, row.comments, strict=False):
            if comment:
                found.setdefault(criterion.key, []).append(comment)
    overall = [row.overall for row in sheets if row.overall]
    return {key: _mixed(texts) for key, texts in found.items()}, _mixed(overall)


def _mixed(texts: list[str]) -> list[str]:
    return sorted(texts, key=lambda text: digest("mix/1", text))
