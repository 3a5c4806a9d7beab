"""The arithmetic of one entry's scores in one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from competition.entries.models import Entry, Team
from competition.extensions import db
from competition.judging.models import Seat
from competition.results.carry_weights import weights
from competition.results.models import Run, RunEntry, RunJudge

LIKE_THE_PANEL = 2.0  # points
PANEL_TO_HIDE_IN = 5  # judges; in a smaller panel habits would tell a team who is who
EPSILON = 1e-9  # points; a smaller distance counts as none


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One judge's sheet: ``scores`` in points in rubric order, ``total`` in points on 0-100, exact."""

    judge: str
    scores: Sequence[Fraction]
    total: Fraction
    counts: bool
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

    @property
    def habit(self) -> str:
        """``strict``, ``mild``, or empty within :data:`LIKE_THE_PANEL` points: as much as a team may know."""
        return "" if abs(self.leniency) < LIKE_THE_PANEL else "mild" if self.leniency > 0 else "strict"


@dataclass(frozen=True, slots=True)
class CarriedScore:
    """How the score of the stage before counts: ``share`` of the own score and ``weight`` of the earlier one, exact.

    The calibrated parts are points, None where a stage was not calibrated.
    """

    own: Fraction | None
    earlier: Fraction | None
    share: Fraction
    weight: Fraction
    own_calibrated: float | None
    own_error: float | None
    earlier_calibrated: float | None
    earlier_error: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
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
    carried: CarriedScore | None = None

    @property
    def own(self) -> Fraction | None:
        """The official score of this stage alone."""
        return self.official if self.carried is None else self.carried.own

    @property
    def own_calibrated(self) -> float | None:
        """The calibrated score of this stage alone."""
        return self.line.calibrated if self.carried is None else self.carried.own_calibrated

    @property
    def own_error(self) -> float | None:
        """The standard error of the calibrated score of this stage alone."""
        return self.line.standard_error if self.carried is None else self.carried.own_error

    @property
    def pass_mark(self) -> Fraction | None:
        """The official score that passes: the mark is a percentage of the highest score."""
        mark = self.run.method["pass_mark"]
        return None if mark is None else Fraction(mark) * self.run.method.get("carry", {}).get("most", 100) / 100

    @property
    def counted(self) -> list[SheetLine]:
        """The sheets whose totals make the official score."""
        return [sheet for sheet in self.sheets if sheet.counts]

    @property
    def grouped(self) -> bool:
        """Whether the calibration moves the entry toward the mean of its group rather than that of all."""
        return self.line.arithmetic.get("base") is not None

    @property
    def habits_shown(self) -> bool:
        """Whether a team may read of its judges' habits."""
        return self.run.n_judges >= PANEL_TO_HIDE_IN

    @property
    def hardly_distinguished(self) -> bool:
        """Whether chance alone could have made the differences between the entries of the run."""
        return bool((self.run.summary["calibration"] or {}).get("hardly_distinguished"))

    @property
    def not_comparable(self) -> bool:
        """Whether others were calibrated but this entry, though scored, is not linked with them by any judge."""
        return bool(self.run.summary["calibration"]) and bool(self.sheets) and self.line.calibrated is None

    @property
    def gates_failed(self) -> list[CriterionLine]:
        return [line for line in self.criteria if line.gate and line.below_floor]


def explanation_of(run: Run, entry_code: str) -> Explanation | None:
    """The arithmetic of an entry, judges named by their seat; None when the run has no such entry."""
    row = db.session.execute(
        select(RunEntry, Entry.code, Team.name)
        .join(Entry, Entry.id == RunEntry.entry_id).join(Team, Team.id == Entry.team_id)
        .where(RunEntry.run_id == run.id, Entry.code == entry_code)
    ).one_or_none()
    if row is None:
        return None
    names = {number: str(number) for number in seats_of(row.RunEntry)}
    return explanation(run, row.RunEntry, code=row.code, team=row.name, names=names)


def seats_of(line: RunEntry) -> list[int]:
    """Seat numbers of all who scored the entry: complete sheets by rising total, then incomplete ones."""
    return [*line.arithmetic["seats"], *line.arithmetic["partial"]]


def explanation(run: Run, line: RunEntry, *, code: str, team: str, names: Mapping[int, str]) -> Explanation:
    """The arithmetic of a line of a run; ``names``: seat number → how the judge is called on the page."""
    document = line.arithmetic
    scale = int(run.summary["total_scale"])
    hundredths = document["scores"]
    sheets = _sheets(document, scale, names)
    base = float(document.get("base") or (run.summary["calibration"] or {}).get("base") or 0)
    carried = _carried(run, document)
    own = line.calibrated if carried is None else carried.own_calibrated
    fit = [] if own is None else _fit(line, base, scale, names)
    mean = sum(part.weight * part.adjusted for part in fit)
    return Explanation(
        code=code, team=team, line=line, run=run, sheets=sheets,
        partial=[names.get(number, str(number)) for number in document["partial"]],
        criteria=[_criterion(c, [row[at] for row in hundredths]) for at, c in enumerate(run.summary["rubric"])],
        official=None if line.official is None else Fraction(line.official),
        ties=[(name, None if value is None else Fraction(value)) for name, value in document.get("ties", [])],
        equals=document.get("equals", 1), fit=fit, base=base, mean_adjusted=mean,
        trust=((own or base) - base) / (mean - base) if abs(mean - base) > EPSILON else 1.0, carried=carried,
    )


def _carried(run: Run, document: dict[str, Any]) -> CarriedScore | None:
    parts = document.get("carried")
    if parts is None:
        return None
    share, weight = weights(run.method["carry"])
    exact = {name: None if parts[name] is None else Fraction(parts[name]) for name in ("own", "earlier")}
    points = {
        name: None if parts[name] is None else float(parts[name])
        for name in ("own_calibrated", "own_se", "earlier_calibrated", "earlier_se")
    }
    return CarriedScore(
        own=exact["own"], earlier=exact["earlier"], share=share, weight=weight,
        own_calibrated=points["own_calibrated"], own_error=points["own_se"],
        earlier_calibrated=points["earlier_calibrated"], earlier_error=points["earlier_se"],
    )


def _sheets(document: dict[str, Any], scale: int, names: Mapping[int, str]) -> list[SheetLine]:
    """Valid sheets, lowest total first, as they were stored with the run."""
    counted = document["kept"]
    half = len(counted) / 2
    return [
        SheetLine(
            judge=names[seat], scores=[Fraction(score, 100) for score in scores], total=Fraction(total, scale),
            counts=keep, end="" if keep else "lowest" if at < half else "highest",
        )
        for at, (seat, total, keep, scores) in enumerate(
            zip(document["seats"], document["totals"], counted, document["scores"], strict=True)
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


def _fit(line: RunEntry, base: float, scale: int, names: Mapping[int, str]) -> list[FitLine]:
    """What each judge adds to the calibrated score, as :func:`scoring.explain` has it: the total without the
    judge's habit, weighted by scale squared over noise. A judge whose scores never vary has no weight."""
    document = line.arithmetic
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
    all_shares = sum(shares.values()) or 1.0
    lines = []
    for seat, total in totals:
        habit, stretch, _noise = judges[seat]
        adjusted = base + (float(total) - base - habit) / stretch
        lines.append(FitLine(names[seat], float(total), habit, stretch, adjusted, shares[seat] / all_shares))
    return sorted(lines, key=lambda part: (part.total, part.judge))
