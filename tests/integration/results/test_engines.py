"""The same data on SQLite and on PostgreSQL gives the same digests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from competition.calls.models import Call
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.jobs import outbox
from competition.results.queries.runs import latest_run
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, make_user
from tests.factories.calls import make_programme
from tests.factories.results import make_many


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of the database, tables in the order in which they refer to each other."""
    return {
        table.name: [dict(row._mapping) for row in db.session.execute(select(table))]
        for table in db.metadata.sorted_tables
    }


def store(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Put the rows into an empty database; an entry points at a revision that comes after it."""
    with transaction.write():
        without_revision = [{**row, "revision_id": None} for row in rows["entry"]]
        for table in db.metadata.sorted_tables:
            if rows[table.name]:
                db.session.execute(insert(table), without_revision if table.name == "entry" else rows[table.name])
        entry = db.metadata.tables["entry"]
        for row in rows["entry"]:
            db.session.execute(entry.update().where(entry.c.id == row["id"]).values(revision_id=row["revision_id"]))


def aggregated(call_id: Any, user: Any) -> tuple[str | None, str | None]:
    with transaction.write():
        run = request_run(call=db.session.get_one(Call, call_id), actor=actor_of(user), now=clock.now())
        job_id = run.job_id
    assert outbox.run(job_id) == "done"
    run = latest_run(call_id)
    assert run is not None
    return run.inputs_digest, run.result_digest


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_digests_do_not_depend_on_the_database(
    make_app: Callable[..., Flask], cluster: Any, postgres_template: str
) -> None:
    first = make_app()
    with first.app_context():
        user = make_user()
        call = make_many(make_programme(user), 120, 9, 3, tie_break=["problem_fit", "untrimmed_mean", "lower_quote"])
        rows = everything()
        db.session.rollback()
        on_sqlite = aggregated(call.id, user)
    url = cluster.create(postgres_template)
    second = make_app(database_url=url)
    try:
        with second.app_context():
            store(rows)
            on_postgresql = aggregated(call.id, user)
            db.session.remove()
            db.engine.dispose()
    finally:
        cluster.drop(url)
    assert on_sqlite == on_postgresql
    assert all(on_sqlite)
