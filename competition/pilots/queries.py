"""Reads of pilots: the organizer's board, a team's own, the public's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import joinedload, selectinload

from competition.calls.models import Call, Organizer, Programme
from competition.decisions.queries.published import current_publication
from competition.entries.models import Membership, Team
from competition.extensions import db
from competition.kernel.web.access import Actor
from competition.pilots.models import Milestone, Pilot

PUBLIC_STATES = ("proposed", "agreed", "running", "accepted", "failed")
OPEN_STATES = frozenset({"proposed", "agreed", "running"})
BOUND_STATES = frozenset({"agreed", "running", "accepted"})


@dataclass(frozen=True, slots=True)
class PilotLine:
    """A pilot in a list."""

    code: str
    state: str
    call_code: str
    call_title: dict[str, str]
    team: str
    award_minor: int
    currency: str
    zone: str
    starts_at: datetime | None
    ends_at: datetime | None
    milestones: int
    reported: int
    accepted: int
    released_percent: int


@dataclass(frozen=True, slots=True)
class PilotView:
    """One pilot with everything that its pages show; loaded, no lazy relations left to fetch."""

    pilot: Pilot
    call: Call
    programme: Programme
    team: Team
    milestones: list[Milestone]
    notice_until: datetime | None

    @property
    def released_minor(self) -> int:
        """What accepted milestones released of the award, rounded down to the minor unit."""
        share = sum(m.share_percent for m in self.milestones if m.state == "accepted")
        return self.pilot.award_minor * share // 100


def organizer_pilot(actor: Actor, pilot_code: str) -> Pilot | None:
    """A pilot, for those who organize its programme."""
    query = _loaded().join(Organizer, Organizer.programme_id == Call.programme_id)
    return db.session.scalar(query.where(Pilot.code == pilot_code, Organizer.user_id == actor.user_id))


def team_pilot(actor: Actor, pilot_code: str) -> Pilot | None:
    """A pilot, for the members of its team."""
    query = _loaded().join(Membership, Membership.team_id == Pilot.team_id)
    return db.session.scalar(query.where(Pilot.code == pilot_code, Membership.user_id == actor.user_id))


def public_pilot(pilot_code: str) -> Pilot | None:
    """A pilot that is public: everything since the notice, but for cancelled ones."""
    return db.session.scalar(_loaded().where(Pilot.code == pilot_code, Pilot.state.in_(PUBLIC_STATES)))


def _loaded() -> Select[*tuple[Any, ...]]:
    return select(Pilot).join(Call, Call.id == Pilot.call_id).options(
        joinedload(Pilot.call).joinedload(Call.programme), joinedload(Pilot.team), selectinload(Pilot.milestones)
    )


def view(pilot: Pilot) -> PilotView:
    """A pilot that a loader fetched, shaped for its page."""
    publication = current_publication(pilot.call_id)
    return PilotView(pilot, pilot.call, pilot.call.programme, pilot.team, list(pilot.milestones),
                     None if publication is None else publication.notice_until)


def bound(state: str) -> bool:
    """Whether an agreement was signed for a pilot, so that a correction of the result cannot change it any more."""
    return state in BOUND_STATES


def pilots_of(call_id: UUID) -> dict[UUID, Pilot]:
    """The pilots of a call by entry."""
    query = select(Pilot).where(Pilot.call_id == call_id).options(joinedload(Pilot.call))
    return {pilot.entry_id: pilot for pilot in db.session.scalars(query)}


def board(programme_id: UUID) -> list[PilotLine]:
    """All pilots of a programme, by call."""
    return _lines(_listing().where(Call.programme_id == programme_id).order_by(Call.code, Pilot.code))


def team_pilots(actor: Actor) -> list[PilotLine]:
    """The pilots of this person's teams."""
    listing = _listing().join(Membership, Membership.team_id == Pilot.team_id)
    return _lines(listing.where(Membership.user_id == actor.user_id).order_by(Call.code))


def public_pilots() -> list[PilotLine]:
    """Every public pilot, running ones first."""
    order = case({"running": 0, "agreed": 1, "accepted": 2, "proposed": 3}, value=Pilot.state, else_=4)
    return _lines(_listing().where(Pilot.state.in_(PUBLIC_STATES)).order_by(order, Call.code, Pilot.code).limit(500))


def _listing() -> Select[*tuple[Any, ...]]:
    per_pilot = (
        select(
            Milestone.pilot_id, func.count().label("milestones"),
            func.sum(case((Milestone.state == "reported", 1), else_=0)).label("reported"),
            func.sum(case((Milestone.state == "accepted", 1), else_=0)).label("accepted"),
            func.sum(case((Milestone.state == "accepted", Milestone.share_percent), else_=0)).label("released"),
        ).group_by(Milestone.pilot_id).subquery()
    )
    return (
        select(
            Pilot.code, Pilot.state, Call.code.label("call_code"), Call.title, Team.name,
            Pilot.award_minor, Programme.currency, Programme.zone, Pilot.starts_at, Pilot.ends_at,
            func.coalesce(per_pilot.c.milestones, 0), func.coalesce(per_pilot.c.reported, 0),
            func.coalesce(per_pilot.c.accepted, 0), func.coalesce(per_pilot.c.released, 0),
        )
        .select_from(Pilot).join(Call, Call.id == Pilot.call_id).join(Programme, Programme.id == Call.programme_id)
        .join(Team, Team.id == Pilot.team_id).outerjoin(per_pilot, per_pilot.c.pilot_id == Pilot.id)
    )


def _lines(query: Select[*tuple[Any, ...]]) -> list[PilotLine]:
    return [PilotLine(*row[:-4], *(int(n) for n in row[-4:])) for row in db.session.execute(query)]
