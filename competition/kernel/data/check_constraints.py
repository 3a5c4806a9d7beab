"""Change a check constraint of a table that exists, in a migration, on SQLite and PostgreSQL.

Both have the statement for it: SQLite since 3.53, which ``sqlite_driver`` requires. Alembic does not write it there.
The table is not made anew: that would drop it, and with it the rows of other tables that refer to it.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from competition.extensions import NAMES


def replace_check(table: str, name: str, condition: str) -> None:
    """Let the check constraint ``ck_<table>_<name>`` demand another condition from now on.

    Rows, indexes, triggers and foreign keys stay as they are. Both statements belong to the migration's transaction.

    Parameters
    ----------
    table, name
        As in the model; the constraint has to exist.
    condition
        SQL that both databases understand, such as ``"state IN ('draft', 'published')"``.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        No such constraint, a condition that is no SQL, or (``IntegrityError``) rows that do not meet it.
    """
    constraint = NAMES["ck"] % {"table_name": table, "constraint_name": name}
    quoted = op.get_bind().dialect.identifier_preparer.quote(table)
    op.execute(f"ALTER TABLE {quoted} DROP CONSTRAINT {constraint}")
    op.execute(text(f"ALTER TABLE {quoted} ADD CONSTRAINT {constraint} CHECK ({condition})".replace(":", r"\:")))
