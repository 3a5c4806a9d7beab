"""What a correction would change: the decisions as they are now, compared with the version in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from competition.decisions.models import Decision, Publication, PublishedDecision
from competition.entries.models import Entry, Team
from competition.extensions import db
from competition.results.models import RunEntry

WEIGHT = {"selected": 0, "reserve": 1, "not_selected": 2, "": 3}


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that differs; money in minor units, an empty outcome where the entry is not in the result."""

    entry_id: UUID
    code: str
    team: str
    before: str
    after: str
    award_before: int
    award_after: int
    rank_before: int | None
    rank_after: int | None

    @property
    def decided(self) -> bool:
        """Whether the decision itself differs: outcome or award, not only the rank."""
        return self.before != self.after or self.award_before != self.award_after

    @property
    def kind(self) -> str:
        """``in``, ``out``, ``moved`` (between reserve list and not selected), ``award`` or ``rank``."""
        if self.before == self.after:
            return "award" if self.decided else "rank"
        return "in" if self.after == "selected" else "out" if self.before == "selected" else "moved"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every entry that differs from the version in force: decisions first, then those whose rank alone differs."""

    decided: Sequence[Change]
    ranks: Sequence[Change]


def comparison_with(publication: Publication) -> Comparison:
    """The call's decisions as they are now, compared with a version of its result."""
    old, new = aliased(RunEntry), aliased(RunEntry)
    changes = [*_changed(publication, old, new), *_added(publication, new)]
    changes.sort(key=lambda c: (WEIGHT[c.after], WEIGHT[c.before], c.rank_after or c.rank_before or 10**9, c.code))
    return Comparison([c for c in changes if c.decided], [c for c in changes if not c.decided])


def _changed(publication: Publication, old: Any, new: Any) -> list[Change]:
    """Entries of the version that differ now or have no decision any more."""
    rows = db.session.execute(
        select(
            Entry.id, Entry.code, PublishedDecision.team, PublishedDecision.outcome, Decision.outcome.label("after"),
            PublishedDecision.award_minor, Decision.award_minor.label("award_after"), old.rank,
            new.rank.label("rank_after"),
        )
        .select_from(PublishedDecision).join(Entry, Entry.id == PublishedDecision.entry_id)
        .join(old, (old.run_id == publication.run_id) & (old.entry_id == Entry.id))
        .outerjoin(Decision, (Decision.entry_id == Entry.id) & (Decision.call_id == publication.call_id))
        .outerjoin(new, (new.run_id == Decision.run_id) & (new.entry_id == Entry.id))
        .where(
            PublishedDecision.publication_id == publication.id,
            or_(Decision.outcome.is_distinct_from(PublishedDecision.outcome),
                Decision.award_minor.is_distinct_from(PublishedDecision.award_minor),
                new.rank.is_distinct_from(old.rank)),
        )
    )
    return [
        Change(entry_id, code, team, before, after or "", award, award_after or 0, rank, rank_after)
        for entry_id, code, team, before, after, award, award_after, rank, rank_after in rows
    ]


def _added(publication: Publication, new: Any) -> list[Change]:
    """Entries with a decision now that the version did not have."""
    published = select(PublishedDecision.entry_id).where(PublishedDecision.publication_id == publication.id)
    rows = db.session.execute(
        select(Entry.id, Entry.code, Team.name, Decision.outcome, Decision.award_minor, new.rank)
        .select_from(Decision).join(Entry, Entry.id == Decision.entry_id).join(Team, Team.id == Entry.team_id)
        .outerjoin(new, (new.run_id == Decision.run_id) & (new.entry_id == Entry.id))
        .where(Decision.call_id == publication.call_id, Entry.id.not_in(published))
    )
    return [Change(entry_id, code, team, "", outcome, 0, award, None, rank)
            for entry_id, code, team, outcome, award, rank in rows]
