"""The eligibility check: a checklist per call, a verdict per entry, and files that a team adds because it was asked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from competition.kernel.data.columns import Instant, Json

revision = '0008'
down_revision = '0007'
STATES = ('open', 'asked', 'answered', 'passed', 'objected', 'rejected', 'upheld')


def upgrade() -> None:
    op.add_column('call', sa.Column('checklist', Json, server_default='[]', nullable=False))
    op.add_column('call', sa.Column(
        'answer_days', sa.Integer(), sa.CheckConstraint('answer_days >= 1', name='answer_days'), server_default='5',
        nullable=False,
    ))
    op.add_column('attachment', sa.Column('late', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        'eligibility_check',
        sa.Column('stage_id', sa.Uuid(), nullable=False),
        sa.Column('entry_id', sa.Uuid(), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('marks', Json, nullable=False),
        sa.Column('note', sa.Text(), nullable=False),
        sa.Column('question', sa.Text(), nullable=False),
        sa.Column('asked_at', Instant(timezone=True), nullable=True),
        sa.Column('answer', sa.Text(), nullable=False),
        sa.Column('answered_at', Instant(timezone=True), nullable=True),
        sa.Column('answer_until', Instant(timezone=True), nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('decided_at', Instant(timezone=True), nullable=True),
        sa.Column('objection', sa.Text(), nullable=False),
        sa.Column('objected_at', Instant(timezone=True), nullable=True),
        sa.Column('reply', sa.Text(), nullable=False),
        sa.CheckConstraint(f'state IN {STATES}', name='state'),
        sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('stage_id', 'entry_id'),
    )
    op.create_index('ix_eligibility_check_entry', 'eligibility_check', ['entry_id'])


def downgrade() -> None:
    op.drop_table('eligibility_check')
    op.drop_column('attachment', 'late')
    op.drop_column('call', 'answer_days')
    op.drop_column('call', 'checklist')
