"""The foreign key from an entry to its latest revision, which 0001 leaves out on PostgreSQL

Entries and revisions refer to each other, so 0001 marks this key ``use_alter``: SQLite gets it with the table, and
PostgreSQL does not get it, because nothing emits the ALTER TABLE.
"""

from __future__ import annotations

from alembic import op

revision = '0002'
down_revision = '0001'
NAME = 'fk_entry_revision_id'


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.create_foreign_key(NAME, 'entry', 'revision', ['revision_id'], ['id'])


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.drop_constraint(NAME, 'entry', type_='foreignkey')
