"""Alembic's environment: the application's engine and metadata, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from alembic import context
from flask import current_app

from competition.kernel.data import transaction

target = current_app.extensions["migrate"].db
config = context.config


def run() -> None:
    with transaction.mode(writing=True), target.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
