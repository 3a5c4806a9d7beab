"""Flask, without the work that it repeats for every request of this site."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask.templating import Environment
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.formparser import FormDataParser

from competition.kernel.text.numbers import Whole
from competition.kernel.web.spoken import SpokenEnvironment

MOST_COOKIES, LONGEST = 4096, 4096  # headers; bytes of one, for a browser's junk is not worth remembering
NOTHING: tuple[float, dict[str, Any]] = (0.0, {})
PLAIN = (str, int, bool)  # what can be handed out again and again; a list could be changed by whoever gets it


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookies; the signer is made once, and a cookie that a browser sends again is verified once."""

    def __init__(self) -> None:
        self._made: tuple[Any, URLSafeTimedSerializer | None] = (None, None)
        # The header that a browser sends with every request → until when it is good, and what it says.
        self._verified: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        secrets = (app.secret_key, *(app.config["SECRET_KEY_FALLBACKS"] or ()))
        if self._made[0] != secrets:
            self._made = (secrets, super().get_signing_serializer(app))
            self._verified.clear()
        return self._made[1]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        signer, sent = self.get_signing_serializer(app), request.environ.get("HTTP_COOKIE", "")
        until, contents = self._verified.get(sent, NOTHING)
        if until < time.time():
            cookie = request.cookies.get(self.get_cookie_name(app))
            if signer is None or not cookie:
                return super().open_session(app, request)
            most = int(app.permanent_session_lifetime.total_seconds())
            try:
                contents, signed_at = signer.loads(cookie, max_age=most, return_timestamp=True)
            except BadSignature:
                return self.session_class()
            if len(sent) <= LONGEST and all(type(value) in PLAIN for value in contents.values()):
                self._verified[sent] = (signed_at.timestamp() + most, contents)
                if len(self._verified) > MOST_COOKIES:
                    self._verified.popitem(last=False)
        return self.session_class(contents)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session and session.accessed and not self.should_set_cookie(app, session) and "Vary" not in response.headers:
            response.headers.add("Vary", "Cookie")  # all that is left to do, without taking the header apart
        else:
            super().save_session(app, session, response)


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
