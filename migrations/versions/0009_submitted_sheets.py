"""Submitted scores that the database itself keeps, and that two organizers can void"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from competition.judging.models import KEEP_SUBMITTED
from competition.kernel.data.columns import Instant

revision = '0009'
down_revision = '0008'


def upgrade() -> None:
    op.add_column('score_sheet', sa.Column('voided_at', Instant(timezone=True), nullable=True))
    op.add_column('score_sheet', sa.Column('voided_by', sa.Uuid(), nullable=True))
    op.add_column('score_sheet', sa.Column('void_reason', sa.Text(), server_default='', nullable=False))
    for statement in KEEP_SUBMITTED[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    table = ' ON score_sheet' if op.get_bind().dialect.name == 'postgresql' else ''
    for name in ('score_sheet_kept', 'score_sheet_not_deleted'):
        op.execute(f'DROP TRIGGER {name}{table}')
    if table:
        op.execute('DROP FUNCTION score_sheet_refuse()')
    for name in ('void_reason', 'voided_by', 'voided_at'):
        op.drop_column('score_sheet', name)
