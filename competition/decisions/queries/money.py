"""What is awarded: sums over the selected entries of a call, a programme, a team. All money in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, select

from competition.calls.models import Call, Programme
from competition.decisions.models import Decision
from competition.entries.models import Entry
from competition.extensions import db


def awarded(programme_id: UUID, *, except_calls: tuple[UUID, ...] = ()) -> int:
    """What the programme's selected entries get together, in minor units."""
    query = (
        select(func.coalesce(func.sum(Decision.award_minor), 0)).join(Call, Call.id == Decision.call_id)
        .where(Call.programme_id == programme_id, Decision.outcome == "selected", Call.state != "cancelled")
    )
    if except_calls:
        query = query.where(Decision.call_id.not_in(except_calls))
    return int(db.session.scalar(query) or 0)


@dataclass(frozen=True, slots=True)
class Money:
    """A budget, and the awards of applied and published decisions and of pending ones."""

    budget_minor: int
    awarded_minor: int
    pending_minor: int

    @property
    def left_minor(self) -> int:
        return max(0, self.budget_minor - self.awarded_minor - self.pending_minor)


def programme_money(programme_id: UUID) -> Money:
    """The programme's budget and what its calls have awarded of it."""
    pending = case((Decision.state == "pending", Decision.award_minor), else_=0)
    total, waiting = db.session.execute(
        select(func.coalesce(func.sum(Decision.award_minor), 0), func.coalesce(func.sum(pending), 0))
        .join(Call, Call.id == Decision.call_id)
        .where(Call.programme_id == programme_id, Decision.outcome == "selected", Call.state != "cancelled")
    ).one()
    budget = db.session.scalar(select(Programme.budget_minor).where(Programme.id == programme_id)) or 0
    return Money(int(budget), int(total) - int(waiting), int(waiting))


def call_money(call: Call) -> Money:
    """The same of one call; without a budget of its own it has what the programme's other calls leave."""
    pending = case((Decision.state == "pending", Decision.award_minor), else_=0)
    total, waiting = db.session.execute(
        select(func.coalesce(func.sum(Decision.award_minor), 0), func.coalesce(func.sum(pending), 0))
        .where(Decision.call_id == call.id, Decision.outcome == "selected")
    ).one()
    budget = call.budget_minor or max(
        0, call.programme.budget_minor - awarded(call.programme_id, except_calls=(call.id,))
    )
    return Money(budget, int(total) - int(waiting), int(waiting))


def most_awards(programme_id: UUID) -> int:
    """The greatest number of selected entries that one team has in a programme."""
    return max(awards_by_team(programme_id).values(), default=0)


def awards_by_team(programme_id: UUID, *, except_calls: tuple[UUID, ...] = ()) -> dict[UUID, int]:
    """Team → how many of its entries are selected in a programme."""
    query = (
        select(Entry.team_id, func.count()).join(Decision, Decision.entry_id == Entry.id)
        .join(Call, Call.id == Decision.call_id)
        .where(Call.programme_id == programme_id, Decision.outcome == "selected", Call.state != "cancelled")
        .group_by(Entry.team_id)
    )
    if except_calls:
        query = query.where(Decision.call_id.not_in(except_calls))
    return dict(db.session.execute(query).all())  # all(): a Result has keys(), so dict() would take it for a mapping
