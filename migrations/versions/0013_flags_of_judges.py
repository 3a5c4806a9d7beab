"""Judges flag entries, keep notes of their own, skip and abstain
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from competition.kernel.data.columns import Instant

revision = '0013'
down_revision = '0012'


def upgrade() -> None:
    op.add_column('assignment', sa.Column('queue_position', sa.Integer(), server_default='0', nullable=False))
    op.add_column('assignment', sa.Column('abstained', sa.Text(), server_default='', nullable=False))
    op.create_table(
        'judge_flag',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('assignment_id', sa.Uuid(), nullable=False),
        sa.Column('code', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=12), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('raised_at', Instant(timezone=True), nullable=False),
        sa.Column('answer', sa.Text(), server_default='', nullable=False),
        sa.Column('answered_at', Instant(timezone=True), nullable=True),
        sa.Column('answered_by', sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('cannot_open', 'identity', 'scope', 'suspicious', 'reopen')", name=op.f('ck_judge_flag_kind')
        ),
        sa.ForeignKeyConstraint(
            ['assignment_id'], ['assignment.id'], name=op.f('fk_judge_flag_assignment_id_assignment'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_judge_flag')),
        sa.UniqueConstraint('code', name=op.f('uq_judge_flag_code')),
    )
    op.create_index(op.f('ix_judge_flag_assignment_id'), 'judge_flag', ['assignment_id'])
    op.create_table(
        'private_note',
        sa.Column('assignment_id', sa.Uuid(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('saved_at', Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['assignment_id'], ['assignment.id'], name=op.f('fk_private_note_assignment_id_assignment'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('assignment_id', name=op.f('pk_private_note')),
    )


def downgrade() -> None:
    op.drop_table('private_note')
    op.drop_table('judge_flag')
    op.drop_column('assignment', 'abstained')
    op.drop_column('assignment', 'queue_position')
