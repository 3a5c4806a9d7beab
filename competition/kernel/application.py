"""Flask, without the work that it repeats for every request of this site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.templating import Environment
from itsdangerous import URLSafeTimedSerializer

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


class Site(Flask):
    """The web application. Its views are plain functions, its templates know their language."""

    jinja_environment: type[Environment] = SpokenEnvironment

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.session_interface = Cookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view is a coroutine, so none is looked at for being one."""
        return func
