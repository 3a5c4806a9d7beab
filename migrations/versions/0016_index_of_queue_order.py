"""An index in the order of a judge's queue, in which skipped entries come last: no page of it sorts the whole queue

``ix_assignment_order`` replaces an index by which no list is sorted since entries can be skipped.
"""

from __future__ import annotations

from alembic import op

revision = '0016'
down_revision = '0015'


def upgrade() -> None:
    op.create_index('ix_assignment_order', 'assignment', ['seat_id', 'progress', 'queue_position', 'id'])
    op.drop_index('ix_assignment_progress', 'assignment')


def downgrade() -> None:
    op.create_index('ix_assignment_progress', 'assignment', ['seat_id', 'progress', 'id'])
    op.drop_index('ix_assignment_order', 'assignment')
