"""Entries are sealed until somebody opens them, and who reads them is logged

The entries of calls that are judged, or were, have been read: they count as opened at the deadline.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from competition.kernel.data.columns import Instant

revision = '0012'
down_revision = '0011'


def upgrade() -> None:
    op.add_column('call', sa.Column('entries_opened_at', Instant(timezone=True), nullable=True))
    op.add_column('call', sa.Column('entries_opened_by', sa.Uuid(), nullable=True))
    op.create_table(
        'entry_reading',
        sa.Column('subject', sa.String(length=32), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('subject', 'user_id', 'day'),
    )
    call = sa.table('call', sa.column('state'), sa.column('deadline_at'), sa.column('entries_opened_at'))
    judged = ('judging', 'notice', 'piloting', 'archived')
    op.execute(call.update().where(call.c.state.in_(judged)).values(entries_opened_at=call.c.deadline_at))


def downgrade() -> None:
    op.drop_table('entry_reading')
    op.drop_column('call', 'entries_opened_by')
    op.drop_column('call', 'entries_opened_at')
