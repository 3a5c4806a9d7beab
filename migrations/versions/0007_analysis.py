"""Rules of the calibration, when a score sheet was begun, what organizers read beside a run, and public draws
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from alembic import op

revision = '0007'
down_revision = '0006'
FIXED = 'run_id, seed, source, chances, drawn_at, drawn_by'
REFUSED = 'a draw stands as it was made'
APPEND_ONLY = {
    'sqlite': (
        f"CREATE TRIGGER lottery_draw_no_update BEFORE UPDATE OF {FIXED} ON lottery_draw "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
        f"CREATE TRIGGER lottery_draw_no_delete BEFORE DELETE ON lottery_draw "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
    ),
    'postgresql': (
        "CREATE FUNCTION lottery_draw_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$",
        f"CREATE TRIGGER lottery_draw_refuse BEFORE UPDATE OF {FIXED} OR DELETE OR TRUNCATE ON lottery_draw "
        "FOR EACH STATEMENT EXECUTE FUNCTION lottery_draw_refuse()",
    ),
}


def json() -> sa.types.TypeEngine[object]:
    return sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    op.add_column('call', sa.Column('group_by', sa.String(40), server_default='', nullable=False))
    op.add_column('call', sa.Column('band_percent', sa.Integer(), sa.CheckConstraint(
        'band_percent >= 1 AND band_percent <= 99', name='band'), server_default='90', nullable=False))
    op.add_column('call', sa.Column('lottery', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('score_sheet', sa.Column('begun_at', sa.DateTime(timezone=True)))
    op.create_table(
        'run_analysis',
        sa.Column('run_id', sa.Uuid(), nullable=False),
        sa.Column('document', json(), nullable=False),
        sa.ForeignKeyConstraint(['run_id'], ['run.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('run_id'),
    )
    op.create_table(
        'lottery_draw',
        sa.Column('run_id', sa.Uuid(), nullable=False),
        sa.Column('seed', sa.String(200), nullable=False),
        sa.Column('source', sa.Text(), nullable=False),
        sa.Column('chances', json(), nullable=False),
        sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('drawn_by', sa.Uuid()),
        sa.ForeignKeyConstraint(['run_id'], ['run.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('run_id'),
    )
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('lottery_draw')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION lottery_draw_refuse()')
    op.drop_table('run_analysis')
    op.drop_column('score_sheet', 'begun_at')
    for name in ('lottery', 'band_percent', 'group_by'):
        op.drop_column('call', name)
