"""One row per entry of each call's published run or, before that, its latest, best rank first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from competition.decisions.models import Decision, PublishedDecision
from competition.decisions.queries.published import current_publication
from competition.entries.models import Entry, Team
from competition.exports.tables.columns import Batch, Column, Row, Table
from competition.extensions import db
from competition.results.models import RunEntry
from competition.results.queries.runs import latest_run

COLUMNS = (
    Column("call"), Column("rank", "integer"), Column("entry"), Column("team", width=28),
    Column("official_score", "number"), Column("calibrated_score", "number"), Column("standard_error", "number"),
    Column("judges", "integer"), Column("quorum_met", "boolean"), Column("gate_failed", "boolean"),
    Column("decision"), Column("decision_reason", width=40),
)


# Entries without a rank come last; entries that share a rank are ordered by code.
BY_RANK = (RunEntry.rank.is_(None), RunEntry.rank, Entry.code)


def ranked(call_id: UUID) -> list[UUID]:
    """The entries of the call's shown run, best first."""
    query = (
        select(RunEntry.entry_id).join(Entry, Entry.id == RunEntry.entry_id)
        .where(RunEntry.run_id == shown_run(call_id)).order_by(*BY_RANK)
    )
    return list(db.session.scalars(query))


def rows(batch: Batch) -> Iterator[Row]:
    run_id = shown_run(batch.call.id)
    if run_id is None:
        return
    decided, mine = _decided(batch.call.id)
    records = db.session.execute(
        select(
            RunEntry.rank, Entry.code, Team.name, RunEntry.official_value, RunEntry.calibrated,
            RunEntry.standard_error, RunEntry.n_judges, RunEntry.quorum_met, RunEntry.gate_failed,
            decided.outcome, decided.reason,
        )
        .select_from(RunEntry).join(Entry, Entry.id == RunEntry.entry_id).join(Team, Team.id == Entry.team_id)
        .outerjoin(decided, mine)
        .where(RunEntry.run_id == run_id, RunEntry.entry_id.in_(batch.entry_ids)).order_by(*BY_RANK)
    )
    for rank, code, *rest in records:
        yield (batch.call.code, rank, code, *rest)


def _decided(call_id: UUID) -> tuple[Any, ColumnElement[bool]]:
    """Where the decisions stand and how an entry's is found: in the version in force, before that as they are."""
    publication = current_publication(call_id)
    if publication is None:
        return Decision, (Decision.entry_id == Entry.id) & (Decision.run_id == RunEntry.run_id)
    return PublishedDecision, (
        (PublishedDecision.entry_id == Entry.id) & (PublishedDecision.publication_id == publication.id)
    )


def shown_run(call_id: UUID) -> UUID | None:
    publication = current_publication(call_id)
    if publication is not None:
        return publication.run_id
    run = latest_run(call_id)
    return None if run is None else run.id


RESULTS = Table("results", COLUMNS, rows, entries=ranked)
