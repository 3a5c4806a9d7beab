"""Announced defences become stages of their calls

Until now a date of the call announced a defence that the platform did not hold. Calls whose judging has not begun get
a defence as their last stage, due on that date, with the rubric of the stage that decided until now. Calls that are
judged already end with the stage that judged them.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0010'
down_revision = '0009'
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
RULES = ('key', 'weight', 'lo', 'hi', 'step', 'gate', 'floor_percent', 'position')


def table(name: str, ids: tuple[str, ...], *columns: Any) -> sa.TableClause:
    named = (sa.column(column) if isinstance(column, str) else column for column in columns)
    return sa.table(name, *(sa.column(key, sa.Uuid()) for key in ids), *named)


call = table('call', ('id',), 'state', sa.column('defence_at', sa.DateTime(timezone=True)))
stage = table('stage', ('id', 'call_id'), 'kind', 'position', sa.column('due_at', sa.DateTime(timezone=True)))
version = table('rubric_version', ('id', 'stage_id'), 'number', sa.column('name', DOCUMENT),
                sa.column('created_at', sa.DateTime(timezone=True)))
criterion = table('criterion', ('id', 'rubric_version_id'), *RULES, sa.column('label', DOCUMENT),
                  sa.column('guidance', DOCUMENT))


def upgrade() -> None:
    connection = op.get_bind()
    has_defence = sa.select(stage.c.id).where(stage.c.call_id == call.c.id, stage.c.kind == 'defence').exists()
    announced = connection.execute(
        sa.select(call.c.id, call.c.defence_at)
        .where(call.c.defence_at.is_not(None), call.c.state.in_(('draft', 'published')), ~has_defence)
    ).all()
    for call_id, due_at in announced:
        last = connection.execute(
            sa.select(stage).where(stage.c.call_id == call_id).order_by(stage.c.position.desc()).limit(1)).one()
        defence = uuid.uuid4()
        connection.execute(stage.insert().values(
            id=defence, call_id=call_id, kind='defence', position=last.position + 1, due_at=due_at))
        _copy_rubric(connection, last.id, defence)


def _copy_rubric(connection: sa.Connection, source: uuid.UUID, target: uuid.UUID) -> None:
    rubric = connection.execute(
        sa.select(version).where(version.c.stage_id == source).order_by(version.c.number.desc()).limit(1)).one()
    copy = uuid.uuid4()
    connection.execute(version.insert().values(
        id=copy, stage_id=target, number=1, name=rubric.name, created_at=rubric.created_at))
    of_rubric = sa.select(criterion).where(criterion.c.rubric_version_id == rubric.id)
    for row in connection.execute(of_rubric).mappings().all():
        connection.execute(criterion.insert().values(**{**row, 'id': uuid.uuid4(), 'rubric_version_id': copy}))


def downgrade() -> None:
    """Nothing to undo: a stage that was added is a stage like any other."""
