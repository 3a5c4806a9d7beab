"""Acts that one person proposes and another signs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from competition.kernel.data.columns import Instant, Json

revision = '0006'
down_revision = '0005'
OPEN = sa.text("state = 'proposed'")


def upgrade() -> None:
    op.create_table(
        'signature',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('code', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=60), nullable=False),
        sa.Column('programme_id', sa.Uuid(), nullable=False),
        sa.Column('chain', sa.String(length=60), nullable=False),
        sa.Column('subject', sa.String(length=80), nullable=False),
        sa.Column('payload', Json, nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('proposed_by', sa.Uuid(), nullable=False),
        sa.Column('proposed_at', Instant(timezone=True), nullable=False),
        sa.Column('expires_at', Instant(timezone=True), nullable=False),
        sa.Column('decided_by', sa.Uuid(), nullable=True),
        sa.Column('decided_at', Instant(timezone=True), nullable=True),
        sa.Column('note', sa.Text(), server_default='', nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'signed', 'withdrawn', 'expired', 'void')", name=op.f('ck_signature_state')
        ),
        sa.CheckConstraint(
            "state <> 'signed' OR decided_by <> proposed_by", name=op.f('ck_signature_second_person')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_signature')),
        sa.UniqueConstraint('code', name=op.f('uq_signature_code')),
    )
    op.create_index(
        'uq_signature_open', 'signature', ['kind', 'subject'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index('ix_signature_programme', 'signature', ['programme_id', 'state', 'proposed_at'])


def downgrade() -> None:
    op.drop_table('signature')
