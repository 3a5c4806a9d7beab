"""Who gets mail about a publication, and what it says about their own entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from competition.accounts.models import User
from competition.decisions.models import Publication, PublishedDecision
from competition.entries.models import Entry, Membership, Team
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet, Seat


@dataclass(frozen=True, slots=True)
class OwnOutcome:
    """What became of one entry; ``before`` is its outcome in the version before, empty outcomes mean none."""

    code: str
    team: str
    outcome: str
    award_minor: int
    before: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A person to write to: their address, language, name, and their entries or the sheets they gave."""

    email: str
    locale: str
    name: str
    entries: list[OwnOutcome] = field(default_factory=list)
    sheets: int = 0


def replaced_version(publication: Publication) -> Publication | None:
    """The version that a publication replaced."""
    return db.session.scalar(select(Publication).where(
        Publication.call_id == publication.call_id, Publication.number == publication.number - 1
    ))


def members(publication: Publication) -> list[UUID]:
    """Everybody in a team whose entry is in this version or was in the one before; each once."""
    versions = select(Publication.id).where(
        Publication.call_id == publication.call_id,
        Publication.number.in_((publication.number, publication.number - 1)),
    )
    teams = (
        select(Entry.team_id).join(PublishedDecision, PublishedDecision.entry_id == Entry.id)
        .where(PublishedDecision.publication_id.in_(versions))
    )
    query = select(Membership.user_id).where(Membership.team_id.in_(teams)).distinct()
    return list(db.session.scalars(query.order_by(Membership.user_id)))


def panel(publication: Publication) -> list[UUID]:
    """The judges of the call who gave at least one score sheet."""
    query = (
        select(Seat.user_id).join(Assignment, Assignment.seat_id == Seat.id)
        .join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .where(Seat.call_id == publication.call_id, Seat.state == "accepted", Seat.user_id.is_not(None),
               ScoreSheet.state == "submitted")
        .distinct().order_by(Seat.user_id)
    )
    return [user_id for user_id in db.session.scalars(query) if user_id is not None]


def member_letters(publication: Publication, people: Sequence[UUID]) -> list[Letter]:
    """The letters of some members, each with all entries of their teams, by person and entry code."""
    before = replaced_version(publication)
    now, then = aliased(PublishedDecision), aliased(PublishedDecision)
    rows: Any = db.session.execute(
        select(User.id, User.email, User.locale, User.name, Entry.code, Team.name, now.outcome, now.award_minor,
               then.outcome)
        .select_from(Membership).join(User, User.id == Membership.user_id)
        .join(Entry, (Entry.team_id == Membership.team_id) & (Entry.call_id == publication.call_id))
        .join(Team, Team.id == Entry.team_id)
        .outerjoin(now, (now.entry_id == Entry.id) & (now.publication_id == publication.id))
        .outerjoin(then, (then.entry_id == Entry.id) & (then.publication_id == (before.id if before else None)))
        .where(Membership.user_id.in_(people), now.entry_id.is_not(None) | then.entry_id.is_not(None))
        .order_by(User.id, Entry.code)
    )
    letters: dict[UUID, Letter] = {}
    for user_id, email, locale, name, code, team, outcome, award, was in rows:
        letter = letters.setdefault(user_id, Letter(email, locale, name))
        letter.entries.append(OwnOutcome(code, team, outcome or "", award or 0, was or ""))
    return list(letters.values())


def judge_letters(publication: Publication, people: Sequence[UUID]) -> list[Letter]:
    """The letters of some judges, with how many score sheets each gave."""
    rows = db.session.execute(
        select(User.email, User.locale, User.name, func.count())
        .select_from(Seat).join(User, User.id == Seat.user_id).join(Assignment, Assignment.seat_id == Seat.id)
        .join(ScoreSheet, ScoreSheet.assignment_id == Assignment.id)
        .where(Seat.call_id == publication.call_id, Seat.user_id.in_(people), ScoreSheet.state == "submitted")
        .group_by(User.id, User.email, User.locale, User.name).order_by(User.id)
    )
    return [Letter(email, locale, name, sheets=count) for email, locale, name, count in rows]
