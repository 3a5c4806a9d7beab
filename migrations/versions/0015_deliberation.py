"""A panel may discuss the entries between the closing of its scores and the end of a stage"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from competition.kernel.data.check_constraints import replace_check
from competition.kernel.data.columns import Instant

revision = '0015'
down_revision = '0014'


def upgrade() -> None:
    replace_check('stage', 'state', "state IN ('planned', 'open', 'discussing', 'closed')")
    op.create_table(
        'deliberation_note',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('stage_id', sa.Uuid(), nullable=False),
        sa.Column('entry_id', sa.Uuid(), nullable=False),
        sa.Column('seat_id', sa.Uuid(), nullable=False),
        sa.Column('at', Instant(timezone=True), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['seat_id'], ['seat.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_deliberation_note', 'deliberation_note', ['stage_id', 'entry_id', 'at'])


def downgrade() -> None:
    op.drop_table('deliberation_note')
    replace_check('stage', 'state', "state IN ('planned', 'open', 'closed')")
