"""The migrations make exactly the tables that the models describe, and keep the data, on both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, Inspector, insert, inspect, select

from competition import create_app
from competition.calls import queries
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import OutboxJob
from tests.factories.accounts import make_user
from tests.factories.calls import NOW, make_call, make_programme
from tests.factories.entries import make_submitted, make_team
from tests.fixtures.stores import make_settings

FIRST = "0001"


def differences() -> list[Any]:
    """What a migration would have to change to make the database what the models describe."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [*compare_metadata(context, db.metadata), *differing_checks(inspect(connection))]


def differing_checks(inspector: Inspector) -> list[str]:
    """Names of the check constraints that only the database or only the models have; Alembic does not compare them."""
    names: set[str] = set()
    for table in db.metadata.sorted_tables:
        of_model = {str(part.name) for part in table.constraints if isinstance(part, CheckConstraint)}
        names |= of_model ^ {str(check["name"]) for check in inspector.get_check_constraints(table.name)}
    return sorted(names)


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in the order of their primary keys."""
    with db.engine.connect() as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in db.metadata.sorted_tables
        }


@pytest.fixture(autouse=True)
def unmigrated(
    engine_name: str, make_database: Callable[[str], str], redis_url: str, s3_settings: dict[str, str], tmp_path: Path
) -> Iterator[None]:
    """The application on an empty database, which the test migrates."""
    with create_app(make_settings(make_database(engine_name), redis_url, s3_settings, tmp_path)).app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def test_an_upgrade_makes_the_tables_of_the_models_and_keeps_the_data() -> None:
    upgrade()
    assert differences() == []
    make_submitted(make_call(make_programme()), make_team(make_user()))
    before = rows()
    assert len(before["entry"]) == len(before["revision"]) == 1
    db.session.remove()
    downgrade(revision=FIRST)
    upgrade()
    assert (rows(), differences()) == (before, [])


def test_a_check_constraint_without_its_migration_is_noticed() -> None:
    team = db.metadata.tables["team"]
    upgrade()
    check = CheckConstraint("version >= 1", name="version")
    team.append_constraint(check)
    try:
        assert differences() == ["ck_team_version"]
    finally:
        team.constraints.remove(check)


def test_a_job_that_waits_during_the_upgrade_gets_the_name_of_its_slice() -> None:
    upgrade(revision="0002")
    kinds = ("mail.send", "pilots.select", "results.tell", "results.tell_part")
    with transaction.write():
        db.session.execute(insert(OutboxJob), [
            {"id": new_id(), "kind": kind, "key": "one", "payload": {}, "state": "due", "attempt": 0,
             "created_at": NOW, "due_at": NOW, "progress_done": 0, "progress_total": 0, "progress_note": ""}
            for kind in kinds
        ])
    db.session.remove()
    upgrade()
    stored = db.session.scalars(select(OutboxJob.kind).order_by(OutboxJob.kind)).all()
    assert stored == ["decisions.announce", "decisions.announce_batch", "decisions.select", "mail.send"]


def test_an_announced_defence_becomes_a_stage_until_judging_has_begun() -> None:
    upgrade()  # the factory writes the columns of today
    due = NOW + timedelta(days=40)
    calls = [make_call(state=state, defence_at=at).id for state, at in (
        ("draft", due), ("published", due), ("published", None), ("judging", due))]
    db.session.remove()
    downgrade(revision="0009")
    upgrade()
    of_calls = [queries.stages(call_id) for call_id in calls]
    assert [[stage.kind for stage in stages] for stages in of_calls] == [
        ["desk_review", "defence"], ["desk_review", "defence"], ["desk_review"], ["desk_review"]]
    review, defence = of_calls[1]
    assert (defence.position, defence.due_at, defence.state, defence.quorum) == (2, due, "planned", None)
    assert queries.current_rubric(defence.id).criteria == queries.current_rubric(review.id).criteria
