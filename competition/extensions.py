"""The Flask extensions, made here and bound to an application in :func:`competition.create_app`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import click
from babel import Locale
from flask import Flask, g
from flask.cli import ScriptInfo
from flask.globals import request_ctx
from flask_babel import Babel, Domain, get_locale
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

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NOTHING_SAID = (None, None)


class Catalogue(Domain):
    """Flask-Babel's translations, found by the reader's locale without asking for the context three times."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._loaded: dict[Locale, Any] = {}

    def get_translations(self) -> Any:
        here = g._get_current_object().__dict__.get("_flask_babel")
        known = getattr(here, "babel_locale", None)
        said, found = getattr(here, "opencall_catalogue", NOTHING_SAID)
        if known is None or said is not known:  # another language, for a while, in the same context
            found = self._loaded.get(known) if known is not None else None
            if found is None:
                found = super().get_translations()
                locale = get_locale()
                if locale is not None:
                    self._loaded[locale] = found
            elif here is not None:
                here.opencall_catalogue = (known, found)
        return found


class Tongues(Babel):
    """Flask-Babel with a :class:`Catalogue`."""

    @cached_property
    def domain_instance(self) -> Catalogue:
        return Catalogue(domain=self.domain)


babel = Tongues()


class Protection(CSRFProtect):
    """Flask-WTF's protection of every form. Nothing is exempt, so no request is looked up among exemptions."""

    def protect(self, apply_exemptions: bool = False) -> None:
        asked = request_ctx.request
        if asked.method in CHANGES and asked.endpoint:  # an address that is not there is missing, whatever was sent
            super().protect()

    def exempt(self, view: Any) -> Any:
        raise TypeError("every form is protected")


csrf = Protection()
PATIENT: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1}  # seconds: who asks holds the turnstile
limiter = Limiter(get_remote_address, storage_options=PATIENT, swallow_errors=True)
