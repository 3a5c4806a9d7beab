"""Past the triggers that keep rows as they were written: for a test that needs another past."""

from __future__ import annotations

from sqlalchemy import Delete, Update, text

from competition.decisions.models import APPEND_ONLY as PUBLICATIONS
from competition.entries.models import APPEND_ONLY as REVISIONS
from competition.extensions import db
from competition.judging.models import APPEND_ONLY as VERSIONS
from competition.judging.models import KEEP_SUBMITTED
from competition.kernel.data import transaction
from competition.kernel.data.models import APPEND_ONLY as AUDIT


def rewrite(statement: Update | Delete) -> None:
    """Run an update or a deletion on a table that takes none, and close the table again."""
    name = statement.table.name  # type: ignore[attr-defined]
    with transaction.write():
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
            db.session.execute(statement)
            db.session.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
            return
        triggers = [
            sql for statements in (REVISIONS, PUBLICATIONS, VERSIONS, KEEP_SUBMITTED, AUDIT)
            for sql in statements["sqlite"]
            if f" ON {name} " in sql
        ]
        for sql in triggers:
            db.session.execute(text(f"DROP TRIGGER {sql.split()[2]}"))
        db.session.execute(statement)
        for sql in triggers:
            db.session.execute(text(sql))
