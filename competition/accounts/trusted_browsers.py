"""Browsers that an account knows: a signed cookie lists the accounts to which its browser has signed in before.

It gives no access. It only decides under which key failed attempts are counted (OWASP, "Device cookies"), so that
strangers who guess passwords cannot lock the owner out. The cookie holds a random id and keyed hashes of addresses;
the server stores nothing of it.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from competition.kernel.data.ids import new_token

LASTS = timedelta(days=365)
ACCOUNTS_MOST = 8


def browser_of(email: str) -> str | None:
    """The random id of the requesting browser, if it has signed in to this account before."""
    browser, marks = _cookie()
    return browser if _mark(email) in marks else None


def remember(email: str) -> None:
    """Mark the requesting browser as known to this account; the present response sets the cookie."""
    browser, marks = _cookie()
    mark = _mark(email)
    newest = [mark, *(other for other in marks if other != mark)][:ACCOUNTS_MOST]
    signed = _serializer().dumps([browser or new_token(), newest])

    @after_this_request
    def give(response: Response) -> Response:
        response.set_cookie(
            cookie_name(), signed, max_age=LASTS, httponly=True, samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
        return response


def _cookie() -> tuple[str | None, list[str]]:
    """The random id of the browser and the marks of its accounts; nothing for a cookie that is not ours."""
    try:
        content: tuple[Any, Any] = _serializer().loads(
            request.cookies.get(cookie_name(), ""), max_age=int(LASTS.total_seconds())
        )
    except BadData:
        return None, []
    browser, marks = content
    return browser, marks


def cookie_name() -> str:
    """The cookie's name on this site."""
    name: str = current_app.config["SETTINGS"].cookie_name("opencall_known")
    return name


def _mark(email: str) -> str:
    return hmac.new(_secret(), b"known browser\0" + email.encode(), hashlib.sha256).hexdigest()[:32]


def _secret() -> bytes:
    secret: str = current_app.config["SECRET_KEY"]
    return secret.encode()


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        _secret(), salt="known browser", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
