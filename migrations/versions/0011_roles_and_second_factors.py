"""Roles in a programme, second factors, and accounts that are locked

Everybody who organized a programme until now could do everything in it, so they are its leads.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'


def upgrade() -> None:
    op.add_column('organizer', sa.Column(
        'role', sa.String(10), sa.CheckConstraint("role IN ('lead', 'organizer', 'desk', 'observer')", name='role'),
        server_default='lead', nullable=False,
    ))
    op.add_column('user_account', sa.Column('locked_at', sa.DateTime(timezone=True)))
    op.add_column('user_session', sa.Column('proved_twice', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        'second_factor',
        sa.Column('user_id', sa.Uuid(), nullable=False),
        sa.Column('nonce', sa.String(64), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('confirmed_at', sa.DateTime(timezone=True)),
        sa.Column('last_step', sa.BigInteger()),
        sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id'),
    )
    op.create_table(
        'recovery_code',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=False),
        sa.Column('code_hash', sa.String(64), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('code_hash'),
    )
    op.create_index('ix_recovery_code_user_id', 'recovery_code', ['user_id'])


def downgrade() -> None:
    op.drop_table('recovery_code')
    op.drop_table('second_factor')
    op.drop_column('user_session', 'proved_twice')
    op.drop_column('user_account', 'locked_at')
    op.drop_column('organizer', 'role')
