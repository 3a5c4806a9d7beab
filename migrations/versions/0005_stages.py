"""Stages with their own dates, state and rules, and which entries each of them lets go on

Until now a call had one stage, which opened with judging and had no end of its own: it is open while the call is judged
and closed once the result is public. Its announced end is the call's former date "shortlist".
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from alembic import op

revision = '0005'
down_revision = '0004'
STATES = ('planned', 'open', 'closed')


def columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column('state', sa.String(10), sa.CheckConstraint(f'state IN {STATES}', name='state'),
                  server_default='planned', nullable=False),
        sa.Column('opens_at', sa.DateTime(timezone=True)),
        sa.Column('opened_at', sa.DateTime(timezone=True)),
        sa.Column('closed_at', sa.DateTime(timezone=True)),
        sa.Column('closed_by', sa.Uuid()),
        sa.Column('closing_reason', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')),
        sa.Column('quorum', sa.Integer(), sa.CheckConstraint('quorum IS NULL OR quorum >= 1', name='quorum')),
        sa.Column('reviews', sa.Integer(), sa.CheckConstraint('reviews IS NULL OR reviews >= 1', name='reviews')),
        sa.Column('panel_min', sa.Integer()),
        sa.Column('carry', sa.String(10), sa.CheckConstraint("carry IN ('nothing', 'sum', 'weighted')", name='carry'),
                  server_default='nothing', nullable=False),
        sa.Column('carry_percent', sa.Integer(), sa.CheckConstraint(
            'carry_percent IS NULL OR (carry_percent >= 1 AND carry_percent <= 99)', name='carry_percent')),
        sa.Column('advance', sa.String(10), sa.CheckConstraint("advance IN ('top', 'mark', 'decision')", name='advance'),
                  server_default='decision', nullable=False),
        sa.Column('advance_top', sa.Integer(),
                  sa.CheckConstraint('advance_top IS NULL OR advance_top >= 1', name='advance_top')),
        sa.Column('advance_mark', sa.Integer(), sa.CheckConstraint(
            'advance_mark IS NULL OR (advance_mark >= 0 AND advance_mark <= 100)', name='advance_mark')),
        sa.Column('deliberation', sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def upgrade() -> None:
    for column in columns():
        op.add_column('stage', column)
    op.create_table(
        'stage_outcome',
        sa.Column('stage_id', sa.Uuid(), nullable=False),
        sa.Column('entry_id', sa.Uuid(), nullable=False),
        sa.Column('outcome', sa.String(10), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_by', sa.Uuid()),
        sa.CheckConstraint("outcome IN ('advanced', 'stopped')", name='outcome'),
        sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('stage_id', 'entry_id'),
    )
    op.create_index('ix_stage_outcome_entry', 'stage_outcome', ['entry_id'])
    op.create_table(
        'stage_seat',
        sa.Column('stage_id', sa.Uuid(), nullable=False),
        sa.Column('seat_id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['stage_id'], ['stage.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['seat_id'], ['seat.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('stage_id', 'seat_id'),
    )
    op.create_index('ix_stage_seat_seat_id', 'stage_seat', ['seat_id'])
    _fill()


def _fill() -> None:
    """Give the stages that are there the state and the end that their calls imply."""
    stage = sa.table('stage', *(sa.column(name) for name in ('call_id', 'state', 'due_at', 'opened_at', 'closed_at')))
    call = sa.table('call', *(sa.column(name) for name in ('id', 'state', 'shortlist_at', 'deadline_at', 'notice_at')))

    def of_call(column: sa.ColumnClause[object]) -> sa.ScalarSelect[object]:
        return sa.select(column).where(call.c.id == stage.c.call_id).scalar_subquery()

    op.execute(stage.update().where(stage.c.due_at.is_(None)).values(due_at=of_call(call.c.shortlist_at)))
    judged = sa.select(call.c.id).where(call.c.state.in_(('judging', 'notice', 'piloting', 'archived')))
    op.execute(stage.update().where(stage.c.call_id.in_(judged)).values(
        state='open', opened_at=of_call(call.c.deadline_at)))
    decided = sa.select(call.c.id).where(call.c.state.in_(('notice', 'piloting', 'archived')))
    op.execute(stage.update().where(stage.c.call_id.in_(decided)).values(
        state='closed', closed_at=sa.func.coalesce(of_call(call.c.notice_at), stage.c.due_at)))


def downgrade() -> None:
    op.drop_table('stage_seat')
    op.drop_table('stage_outcome')
    op.execute('ALTER TABLE stage DROP CONSTRAINT ck_stage_state')  # 0015 makes it one of the table, not of the column
    for column in reversed(columns()):
        op.drop_column('stage', column.name)
