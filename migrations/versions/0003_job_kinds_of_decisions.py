"""Jobs that moved to the decisions slice get its name, so that those which wait during an upgrade still run"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
KINDS = {
    'pilots.select': 'decisions.select', 'results.tell': 'decisions.announce',
    'results.tell_part': 'decisions.announce_batch',
}
job = sa.table('outbox_job', sa.column('kind', sa.String))


def rename(kinds: dict[str, str]) -> None:
    for before, after in kinds.items():
        op.execute(job.update().where(job.c.kind == before).values(kind=after))


def upgrade() -> None:
    rename(KINDS)


def downgrade() -> None:
    rename({after: before for before, after in KINDS.items()})
