"""The schedule of a defence: sessions, the draw of the order, a slot for each entry; calendar files in mail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from competition.kernel.data.columns import Instant

revision = '0014'
down_revision = '0013'


def upgrade() -> None:
    op.create_table(
        'defence_session',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('stage_id', sa.Uuid(), nullable=False),
        sa.Column('code', sa.String(length=32), nullable=False),
        sa.Column('starts_at', Instant(timezone=True), nullable=False),
        sa.Column('places', sa.Integer(), nullable=False),
        sa.Column('place', sa.String(length=500), nullable=False),
        sa.Column('presentation_minutes', sa.Integer(), nullable=False),
        sa.Column('question_minutes', sa.Integer(), nullable=False),
        sa.Column('pause_minutes', sa.Integer(), nullable=False),
        sa.CheckConstraint('places >= 1 AND places <= 200', name='places'),
        sa.CheckConstraint(
            'presentation_minutes >= 1 AND question_minutes >= 0 AND pause_minutes >= 0', name='minutes'
        ),
        sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('code'),
    )
    op.create_index('ix_defence_session_stage_id', 'defence_session', ['stage_id'])
    op.create_table(
        'defence_draw',
        sa.Column('stage_id', sa.Uuid(), nullable=False),
        sa.Column('seed', sa.String(length=64), nullable=False),
        sa.Column('drawn_at', Instant(timezone=True), nullable=False),
        sa.Column('drawn_by', sa.Uuid(), nullable=True),
        sa.Column('announced_at', Instant(timezone=True), nullable=True),
        sa.Column('sequence', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('stage_id'),
    )
    op.create_table(
        'defence_slot',
        sa.Column('stage_id', sa.Uuid(), nullable=False),
        sa.Column('entry_id', sa.Uuid(), nullable=False),
        sa.Column('session_id', sa.Uuid(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('attendance', sa.String(length=10), nullable=False),
        sa.CheckConstraint("attendance IN ('', 'present', 'late', 'absent')", name='attendance'),
        sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['session_id'], ['defence_session.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('stage_id', 'entry_id'),
        sa.UniqueConstraint('session_id', 'position'),
    )
    op.create_index('ix_defence_slot_entry_id', 'defence_slot', ['entry_id'])
    op.add_column('mail_message', sa.Column('calendar', sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column('mail_message', 'calendar')
    op.drop_table('defence_slot')
    op.drop_table('defence_draw')
    op.drop_table('defence_session')
