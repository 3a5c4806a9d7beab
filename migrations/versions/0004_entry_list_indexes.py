"""Indexes in the order of the lists of entries, which are sorted by code: a page costs the same however long the list

``ix_entry_call_state_code`` replaces an index that ended in the id, by which no list is sorted.
"""

from __future__ import annotations

from alembic import op

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_index('ix_entry_call_code', 'entry', ['call_id', 'code'])
    op.create_index('ix_entry_call_state_code', 'entry', ['call_id', 'state', 'code'])
    op.drop_index('ix_entry_call_state', 'entry')


def downgrade() -> None:
    op.create_index('ix_entry_call_state', 'entry', ['call_id', 'state', 'id'])
    op.drop_index('ix_entry_call_state_code', 'entry')
    op.drop_index('ix_entry_call_code', 'entry')
