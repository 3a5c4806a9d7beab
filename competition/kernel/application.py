"""Flask, without the work that it repeats for every request of this site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSessionInterface
from flask.templating import Environment
from itsdangerous import URLSafeTimedSerializer
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.formparser import FormDataParser

from competition.kernel.numbers import Whole
from competition.kernel.spoken import SpokenEnvironment


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookies; the signer is made once, not twice a request."""

    def __init__(self) -> None:
        self._made: tuple[Any, URLSafeTimedSerializer | None] = (None, None)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        secrets = (app.secret_key, *(app.config["SECRET_KEY_FALLBACKS"] or ()))
        if self._made[0] != secrets:
            self._made = (secrets, super().get_signing_serializer(app))
        return self._made[1]


class Parser(FormDataParser):
    """Reads a posted form without its null characters, which nobody types and PostgreSQL cannot store."""

    def parse(self, *sent: Any, **options: Any) -> Any:
        stream, form, files = super().parse(*sent, **options)
        return stream, _without_null(form), files


def _without_null(form: MultiDict[str, str]) -> MultiDict[str, str]:
    pairs = list(form.items(multi=True))
    if not any("\x00" in value for _name, value in pairs):
        return form
    return ImmutableMultiDict((name, value.replace("\x00", "")) for name, value in pairs)


class Sent(Request):
    form_data_parser_class = Parser


class Site(Flask):
    """The web application. Its views are plain functions, its templates know their language."""

    jinja_environment: type[Environment] = SpokenEnvironment
    request_class: type[Request] = Sent

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.session_interface = Cookies()
        self.url_map.converters = {**self.url_map.converters, "int": Whole}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view is a coroutine, so none is looked at for being one."""
        return func
