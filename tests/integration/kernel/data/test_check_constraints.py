"""A check constraint of a table that other tables refer to is replaced, on both engines, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.check_constraints import replace_check
from tests.factories.accounts import make_user
from tests.factories.calls import make_call, make_programme
from tests.factories.entries import make_submitted, make_team

STATES = "state IN ('draft', 'published', 'a) ''day')"
SCHEMA = {
    "sqlite": "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type <> 'table' ORDER BY name",
    "postgresql": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger "
                  "WHERE NOT tgisinternal UNION SELECT tablename, indexname, indexdef FROM pg_indexes "
                  "WHERE schemaname = 'public' ORDER BY 2, 1",
}


def migrate(change: Callable[[], None]) -> None:
    """Run a change as a migration does: in one writing transaction, with Alembic's operations."""
    with transaction.mode(writing=True), db.engine.connect() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            change()
        connection.commit()


def execute(statement: str) -> int:
    with transaction.mode(writing=True), db.engine.connect() as connection:
        count = connection.execute(text(statement)).rowcount
        connection.commit()
        return count


def shape() -> dict[str, Any]:
    """Every trigger, index, key and row count of the database."""
    with transaction.mode(writing=False), db.engine.connect() as connection:
        inspector = inspect(connection)
        tables = sorted(db.metadata.tables)
        return {
            "triggers and indexes": connection.execute(text(SCHEMA[connection.dialect.name])).all(),
            "keys": [inspector.get_foreign_keys(table) for table in tables],
            "rows": [connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one() for table in tables],
        }


@pytest.fixture
def filled(app: Flask) -> str:
    """The code of a published call with one submitted entry."""
    call = make_call(make_programme())
    make_submitted(call, make_team(make_user()))
    make_user(email="second@example.test")
    db.session.remove()
    return call.code


def test_a_new_state_is_accepted_and_an_unknown_one_is_not(filled: str) -> None:
    before = shape()
    migrate(lambda: replace_check("call", "state", STATES))
    assert shape() == before
    assert execute("UPDATE call SET state = 'a) ''day'") == 1
    with pytest.raises(IntegrityError, match="ck_call_state"):
        execute("UPDATE call SET state = 'judging'")
    migrate(lambda: replace_check("call", "state", "state <> 'judging'"))
    with pytest.raises(IntegrityError, match="ck_call_state"):
        execute("UPDATE call SET state = 'judging'")
    with pytest.raises(IntegrityError, match="ck_call_slots"):
        execute("UPDATE call SET slots = -1")


def test_keys_indexes_and_triggers_still_hold(filled: str) -> None:
    before = shape()
    migrate(lambda: replace_check("entry", "state", "state <> 'void'"))
    migrate(lambda: replace_check("membership", "role", "role IN ('lead', 'member', 'guest')"))
    migrate(lambda: replace_check("score_sheet", "state", "state IN ('draft', 'submitted', 'void')"))
    assert shape() == before
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        execute("DELETE FROM team")
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        execute("INSERT INTO membership SELECT team_id, user_account.id, role, joined_at FROM membership, user_account "
                "WHERE email = 'second@example.test'")
    with pytest.raises(DBAPIError, match="an entry stays as it was received"):
        execute("DELETE FROM revision")


def test_the_change_is_in_force_within_the_same_migration(filled: str) -> None:
    def change() -> None:
        replace_check("call", "state", "state IN ('published', 'paused')")
        op.execute("UPDATE call SET state = 'paused'")

    migrate(change)
    assert execute("UPDATE call SET state = 'published' WHERE state = 'paused'") == 1


def test_rows_that_break_the_condition_refuse_it_and_stay(filled: str) -> None:
    before = shape()
    with pytest.raises(IntegrityError):
        migrate(lambda: replace_check("call", "state", "state IN ('draft', 'judging')"))
    assert shape() == before
    assert execute("UPDATE call SET state = 'cancelled'") == 1


@pytest.mark.parametrize(("name", "condition"), [
    ("no_such", "slots >= 0"), ("slots", "slots >= "), ("slots", "no_such_column >= 0"),
    ("slots", "slots >= (SELECT min(slots) FROM call)"),
])
def test_what_cannot_be_a_constraint_changes_nothing(filled: str, name: str, condition: str) -> None:
    with pytest.raises(DBAPIError):
        migrate(lambda: replace_check("call", name, condition))
    assert execute("UPDATE call SET slots = 1") == 1
    with pytest.raises(IntegrityError, match="ck_call_slots"):
        execute("UPDATE call SET slots = -1")
