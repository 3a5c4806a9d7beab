"""The two PostgreSQL roles of the operator's guide: the application works, and can rewrite nothing that is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from competition.calls.models import Call
from competition.extensions import db
from competition.judging.models import ScoreSheet, SheetVersion
from competition.kernel import clock
from competition.kernel.data import evidence, transaction
from competition.kernel.data.models import OutboxJob
from competition.results.models import Run
from competition.results.service.runs import request_run
from tests.factories.accounts import actor_of, client_of, make_user
from tests.factories.entries import make_submitted, make_team
from tests.factories.judging import close_stage, make_assignment, make_panel, sheet_form
from tests.fixtures.stores import Cluster, make_settings, migrate

GUIDE = Path(__file__).parents[2] / "docs" / "operators-guide.md"
pytestmark = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


def rights() -> str:
    """The statements of the guide that the owner runs after every migration."""
    [block] = re.findall(r"```sql\n(GRANT USAGE.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return str(block)


@pytest.fixture
def database_url(
    cluster: Cluster, redis_url: str, s3_settings: dict[str, str], tmp_path: Path, worker_number: int,
    engine_name: str,
) -> Iterator[str]:
    """A database that one role owns and has migrated; its URL for the other role."""
    url = make_url(cluster.create())
    owner, role = f"owner_gw{worker_number}", f"app_gw{worker_number}"
    admin = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        for name in (owner, role):
            connection.execute(f"DROP ROLE IF EXISTS {name}")  # type: ignore[call-overload]
            connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'word'")  # type: ignore[call-overload]
        connection.execute(f"ALTER DATABASE {url.database} OWNER TO {owner}")  # type: ignore[call-overload]
    owned = url.set(username=owner, password="word").render_as_string(hide_password=False)
    migrate(make_settings(owned, redis_url, s3_settings, tmp_path))
    dsn = make_url(owned).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(re.sub(r"\bopencall\b", role, rights()))  # type: ignore[call-overload]
    yield url.set(username=role, password="word").render_as_string(hide_password=False)
    cluster.drop(owned)
    server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        for name in (owner, role):
            connection.execute(f"DROP ROLE {name}")  # type: ignore[call-overload]


def refusal(sql: str) -> str:
    """What the database answers; empty when it obeys."""
    try:
        with transaction.write():
            db.session.execute(text(sql))
    except DBAPIError as error:
        db.session.rollback()
        return str(error.orig).splitlines()[0]
    return ""


def test_the_application_works_and_rewrites_nothing(app: Flask, run_jobs) -> None:
    panel = make_panel(judges=3, entries=2)
    make_submitted(panel.call, make_team(make_user()))
    for seat, judge in zip(panel.seats, panel.judges, strict=True):
        for entry in panel.entries:
            task = make_assignment(panel, seat, entry)
            answer = client_of(app, judge).post(f"/en/judge/{task.code}/submit", data=sheet_form(panel))
            assert answer.status_code == 303
    close_stage(panel)
    with transaction.write():
        request_run(call=db.session.get_one(Call, panel.call.id), actor=actor_of(panel.organizer), now=clock.now())
    assert "results.aggregate: done" in run_jobs(), db.session.scalars(select(OutboxJob.error)).all()
    assert db.session.scalars(select(Run.state)).all() == ["done"]
    assert db.session.scalars(select(ScoreSheet.state)).all() == ["submitted"] * 6
    assert len(db.session.scalars(select(SheetVersion)).all()) == 6
    made_up = ("an assignment of which", "revision 1: the log does not tell")  # by the factories, which log nothing
    assert [fault for fault in evidence.faults_of(panel.call.id) if not any(part in fault for part in made_up)] == []
    db.session.rollback()
    append_only = ("audit_event", "revision", "sheet_version", "publication", "published_decision", "lottery_draw")
    for table in append_only:
        column = next(iter(db.metadata.tables[table].columns)).name
        for sql in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            assert "permission denied" in refusal(sql), sql
        for sql in (f"ALTER TABLE {table} DISABLE TRIGGER USER", f"DROP TRIGGER {table}_refuse ON {table}",
                    f"DROP TABLE {table} CASCADE"):
            assert "must be owner" in refusal(sql), sql
    assert "must be owner" in refusal("DROP TRIGGER score_sheet_kept ON score_sheet")
    assert "permission denied" in refusal("TRUNCATE score_sheet CASCADE")
    assert "submitted scores stay as they are" in refusal("UPDATE score_sheet SET overall = 'Better.'")
    assert "permission denied" in refusal("UPDATE alembic_version SET version_num = '0001'")
    assert "permission denied" in refusal("SET session_replication_role = replica")
    assert "permission denied" in refusal("CREATE TABLE mine (id int)")
    assert "permission denied" in refusal(
        "CREATE OR REPLACE FUNCTION score_sheet_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    )
