"""One row per pilot."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select

from competition.entries.models import Entry, Team
from competition.exports.tables.columns import Batch, Column, Row, Table, whole_money
from competition.extensions import db
from competition.pilots.models import Milestone, Pilot

COLUMNS = (
    Column("call"), Column("pilot"), Column("entry"), Column("team", width=28), Column("state"),
    Column("award", "money"), Column("currency"), Column("starts_at", "instant", 20), Column("ends_at", "instant", 20),
    Column("milestones", "integer"), Column("milestones_accepted", "integer"), Column("released_percent", "integer"),
)


def rows(batch: Batch) -> Iterator[Row]:
    currency = batch.call.programme.currency
    accepted = Milestone.state == "accepted"
    records = db.session.execute(
        select(
            Pilot.code, Entry.code, Team.name, Pilot.state, Pilot.award_minor, Pilot.starts_at, Pilot.ends_at,
            func.count(Milestone.id), func.coalesce(func.sum(case((accepted, 1), else_=0)), 0),
            func.coalesce(func.sum(case((accepted, Milestone.share_percent), else_=0)), 0),
        )
        .select_from(Pilot).join(Entry, Entry.id == Pilot.entry_id).join(Team, Team.id == Pilot.team_id)
        .outerjoin(Milestone, Milestone.pilot_id == Pilot.id)
        .where(Pilot.entry_id.in_(batch.entry_ids))
        .group_by(Pilot.code, Entry.code, Team.name, Pilot.state, Pilot.award_minor, Pilot.starts_at, Pilot.ends_at)
        .order_by(Entry.code)
    )
    for pilot, entry, team, state, award, starts_at, ends_at, count, done, released in records:
        yield (batch.call.code, pilot, entry, team, state, whole_money(award, currency), currency, starts_at, ends_at,
               count, int(done), int(released))


PILOTS = Table("pilots", COLUMNS, rows)
