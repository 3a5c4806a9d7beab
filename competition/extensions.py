"""The Flask extensions, made here and bound to an application in :func:`competition.create_app`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from flask import Flask
from flask.cli import ScriptInfo
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every constraint has a name, so that an error can say which rule was broken."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)
if TYPE_CHECKING:

    class Model(Base):
        __abstract__ = True

        def __init__(self, **columns: Any) -> None: ...
else:
    Model = db.Model


class Migrations:
    """Flask-Migrate in ``app.extensions``, loaded when first asked: Alembic takes longer to import than Flask."""

    def __init__(self, app: Flask, database: SQLAlchemy, directory: str) -> None:
        self._of = app, database, directory
        app.extensions["migrate"] = self
        app.cli.add_command(_commands)

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        Migrate(*self._of)  # takes our place, and that of our command
        return getattr(self._of[0].extensions["migrate"], name)


@click.command("db", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def _commands(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Perform database migrations."""
    app = context.ensure_object(ScriptInfo).load_app()
    if app.extensions["migrate"].db is not None:
        app.cli.commands["db"].main(
            list(arguments), prog_name=context.command_path, obj=context.obj, standalone_mode=False
        )


class _Migrate:
    init_app = Migrations


migrate = _Migrate()

babel = Babel()
csrf = CSRFProtect()
# Seconds to wait for the store of counters. While a request waits, no other is computed in this process.
REDIS_TIMEOUTS: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1}


def make_limiter() -> Limiter:
    """While the store does not answer, each process counts by itself, so that guesses stay bounded.

    The store is asked again after a while.
    """
    return Limiter(
        get_remote_address, storage_options=REDIS_TIMEOUTS, swallow_errors=True, in_memory_fallback_enabled=True
    )


limiter = make_limiter()
