"""An index of a call's log by action: who asks for some kinds of events need not read all of them
"""

from __future__ import annotations

from alembic import op

revision = '0017'
down_revision = '0016'


def upgrade() -> None:
    op.create_index('ix_audit_event_action', 'audit_event', ['chain', 'action', 'seq'])


def downgrade() -> None:
    op.drop_index('ix_audit_event_action', 'audit_event')
