"""A team's own published result: scores, arithmetic and comments, without the identity of judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.calls.models import Call
from competition.calls.queries import rubric
from competition.decisions.models import Publication, PublishedDecision
from competition.decisions.queries.published import Version, in_force, version_of
from competition.entries.models import Entry, Membership
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat
from competition.kernel.data.canonical import digest
from competition.kernel.web.access import Actor
from competition.results.models import Run, RunEntry
from competition.results.queries.explanation import Explanation, explanation, seats_of


@dataclass(frozen=True, slots=True)
class OwnResult:
    """A team's own published result.

    ``comments``: criterion → comments on it; ``overall``: comments on the whole entry.
    """

    call: Call
    entry_code: str
    version: Version
    outcome: str
    award_minor: int
    reason: str
    explanation: Explanation
    comments: dict[str, list[str]]
    overall: list[str]


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
    letters = {number: _letter(index) for index, number in enumerate(seats_of(line))}
    comments, overall = _comments(run, entry.id, list(letters))
    return OwnResult(
        call=entry.call, entry_code=entry.code, version=version_of(publication), outcome=decision.outcome,
        award_minor=decision.award_minor, reason=decision.reason,
        explanation=explanation(run, line, code=entry.code, team=decision.team, names=letters), comments=comments,
        overall=overall,
    )


def _letter(index: int) -> str:
    """A, B … Z, then A1, B1 …"""
    letters = len(ascii_uppercase)
    return ascii_uppercase[index] if index < letters else f"{ascii_uppercase[index % letters]}{index // letters}"


def _comments(run: Run, entry_id: UUID, seats: Sequence[int]) -> tuple[dict[str, list[str]], list[str]]:
    """Comments by criterion and on the whole entry, each list in an order that does not follow the judges.

    ``seats`` are those that the run counted: a conflict declared afterwards changes nothing in the version in force.
    """
    sheets = db.session.execute(
        select(ScoreSheet.comments, ScoreSheet.overall, ScoreSheet.rubric_version_id)
        .join(Assignment, Assignment.id == ScoreSheet.assignment_id).join(Seat, Seat.id == Assignment.seat_id)
        .where(Assignment.stage_id == run.stage_id, Assignment.entry_id == entry_id, Seat.number.in_(seats),
               ScoreSheet.state == "submitted")
    ).all()
    rubrics = {version: rubric(version) for version in {sheet.rubric_version_id for sheet in sheets}}
    by_criterion: dict[str, list[str]] = {}
    for sheet in sheets:
        for criterion, comment in zip(rubrics[sheet.rubric_version_id].criteria, sheet.comments, strict=False):
            if comment:
                by_criterion.setdefault(criterion.key, []).append(comment)
    overall = [sheet.overall for sheet in sheets if sheet.overall]
    return {key: _shuffled(comments) for key, comments in by_criterion.items()}, _shuffled(overall)


def _shuffled(comments: list[str]) -> list[str]:
    """The comments in the order of their digests, which is the same at every request."""
    return sorted(comments, key=lambda comment: digest("mix/1", comment))
