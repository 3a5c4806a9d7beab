"""Which entries go on from a closed stage: its official result, what the call's rule proposes, what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select

from competition.calls import queries as calls
from competition.calls.models import Call, Stage
from competition.calls.rules import advance_sentence
from competition.calls.stages import stage_name
from competition.entries.models import Entry, Team
from competition.extensions import db
from competition.judging.models import StageOutcome
from competition.judging.queries.participants import takes_part
from competition.results.models import Run, RunEntry
from competition.results.queries.runs import latest_run_of

CLOSE = 1.645  # standard errors from the mark: the chance of being above it is between 5 and 95 percent


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry of a closed stage. Scores in points.

    ``by_rule``: whether the call's rule lets it go on; None where people choose. ``close``: too close to call.
    ``outcome`` and ``reason`` are stored ones, empty while there are none.
    """

    id: UUID
    code: str
    team: str
    rank: int | None
    official: float | None
    calibrated: float | None
    standard_error: float | None
    quorum_met: bool
    gate_failed: bool
    close: bool
    by_rule: bool | None
    outcome: str
    reason: str

    @property
    def proposed(self) -> bool:
        """What the form begins with: what is stored, else what the rule says."""
        return self.outcome == "advanced" if self.outcome else bool(self.by_rule)


@dataclass(frozen=True, slots=True)
class Proposal:
    """All entries of a closed stage by official rank; ``run`` is its latest one, None before the first."""

    stage: Stage
    following: Stage
    name: str
    next_name: str
    rule: str
    run: Run | None
    candidates: tuple[Candidate, ...]

    @property
    def tied_at_the_line(self) -> int:
        """How many more go on than the rule has places, because they share the last rank."""
        if self.stage.advance != "top" or self.stage.advance_top is None:
            return 0
        return max(0, sum(bool(candidate.by_rule) for candidate in self.candidates) - self.stage.advance_top)


def proposal(call: Call, position: int) -> Proposal | None:
    """The stage at a position with its entries; None for a stage that is not scored, or the last one."""
    stages = calls.stages(call.id)
    stage = calls.scored_stage(call.id, position)
    following = next((later for later in stages if later.position > position), None)
    if stage is None or following is None:
        return None
    run, next_name = latest_run_of(stage.id), stage_name(following, stages)
    return Proposal(
        stage=stage, following=following, name=stage_name(stage, stages), next_name=next_name,
        rule=advance_sentence(stage, next_name), run=run, candidates=() if run is None else _candidates(stage, run),
    )


def _candidates(stage: Stage, run: Run) -> tuple[Candidate, ...]:
    rows = db.session.execute(
        select(RunEntry, Entry.code, Team.name.label("team"), StageOutcome.outcome, StageOutcome.reason)
        .join(Entry, Entry.id == RunEntry.entry_id).join(Team, Team.id == Entry.team_id)
        .outerjoin(StageOutcome, (StageOutcome.entry_id == Entry.id) & (StageOutcome.stage_id == stage.id))
        .where(RunEntry.run_id == run.id, takes_part(stage.id)).order_by(RunEntry.by_rank)
    ).all()
    lines: Sequence[RunEntry] = [row.RunEntry for row in rows]
    last = _last_rank(stage, lines)
    return tuple(
        Candidate(
            id=row.RunEntry.entry_id, code=row.code, team=row.team, rank=row.RunEntry.rank,
            official=row.RunEntry.official_value, calibrated=row.RunEntry.calibrated,
            standard_error=row.RunEntry.standard_error, quorum_met=row.RunEntry.quorum_met,
            gate_failed=row.RunEntry.gate_failed, close=_close(stage, row.RunEntry),
            by_rule=_by_rule(stage, row.RunEntry, last), outcome=row.outcome or "", reason=row.reason or "",
        )
        for row in rows
    )


def _last_rank(stage: Stage, lines: Sequence[RunEntry]) -> int:
    """The rank that takes the last place; all that share it go on. 0 where nobody is ranked."""
    ranks = sorted(line.rank for line in lines if line.rank is not None)
    places = min(stage.advance_top or 0, len(ranks))
    return ranks[places - 1] if places else 0


def _by_rule(stage: Stage, line: RunEntry, last_rank: int) -> bool | None:
    if stage.advance == "top":
        return line.rank is not None and line.rank <= last_rank
    if stage.advance == "mark":
        return line.rank is not None and line.official is not None and _reaches(stage, line.official)
    return None


def _reaches(stage: Stage, official: str) -> bool:
    """Whether an exact score reaches the mark, which is of 100 also where scores of two stages are added."""
    most = 2 if stage.carry == "sum" else 1
    return Fraction(official) >= Fraction(stage.advance_mark or 0) * most


def _close(stage: Stage, line: RunEntry) -> bool:
    if stage.advance == "top":
        return line.close_call
    if stage.advance != "mark" or line.calibrated is None or line.standard_error is None or line.rank is None:
        return False
    most = 2 if stage.carry == "sum" else 1
    return abs(line.calibrated - (stage.advance_mark or 0) * most) < CLOSE * line.standard_error
