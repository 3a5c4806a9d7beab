"""One row per submitted entry."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from competition.entries.models import Entry, Revision, Team
from competition.exports.tables.columns import Batch, Column, Row, Table, whole_money
from competition.extensions import db

COLUMNS = (
    Column("call"), Column("entry"), Column("team", width=28), Column("native_name", width=24), Column("country"),
    Column("org_type"), Column("registration_number", width=20), Column("state"), Column("revision", "integer"),
    Column("received_at", "instant", 20), Column("quote", "money"), Column("currency"), Column("trl", "integer"),
    Column("summary", width=60), Column("digest", width=66),
)


def rows(batch: Batch) -> Iterator[Row]:
    currency = batch.call.programme.currency
    answers = Revision.answers
    records = db.session.execute(
        select(
            Entry.code, Team.name, Team.native_name, Team.country, Team.org_type, Team.registration_number,
            Entry.state, Revision.number, Revision.received_at, Revision.quote_minor,
            answers["maturity"]["trl"].as_integer(), answers["summary"].as_string(), Revision.digest,
        )
        .join(Team, Team.id == Entry.team_id).join(Revision, Revision.id == Entry.revision_id)
        .where(Entry.id.in_(batch.entry_ids)).order_by(Entry.code)
    )
    for *leading_cells, quote, trl, summary, digest in records:
        yield (batch.call.code, *leading_cells, whole_money(quote, currency), currency, trl, summary, digest)


ENTRIES = Table("entries", COLUMNS, rows)
