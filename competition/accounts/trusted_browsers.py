"""Browsers that an account knows: a signed cookie says to which accounts its browser has signed in before.

It opens nothing and only chooses whose tries are counted (OWASP, "Device cookies"): strangers who guess can't
refuse the owner. It holds a random id and keyed hashes of addresses, and nothing of it is stored here.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from competition.kernel.data.ids import new_token

COOKIE = "opencall_known"
LASTS = timedelta(days=365)
ACCOUNTS_MOST = 8


def browser_of(email: str) -> str | None:
    """The random id of the browser that asks, when it has signed in to this account before."""
    browser, marks = _said()
    return browser if _mark(email) in marks else None


def remember(email: str) -> None:
    """Let the browser that asks be known to this account from the present answer on."""
    browser, marks = _said()
    mark = _mark(email)
    kept = [mark, *(one for one in marks if one != mark)][:ACCOUNTS_MOST]
    signed = _serializer().dumps([browser or new_token(), kept])

    @after_this_request
    def give(response: Response) -> Response:
        response.set_cookie(
            COOKIE, signed, max_age=LASTS, httponly=True, samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
        return response


def _said() -> tuple[str | None, list[str]]:
    try:
        said: tuple[Any, Any] = _serializer().loads(
            request.cookies.get(COOKIE, ""), max_age=int(LASTS.total_seconds())
        )
    except BadData:
        return None, []
    browser, marks = said
    return browser, marks


def _mark(email: str) -> str:
    return hmac.new(_secret(), b"known browser\0" + email.encode(), hashlib.sha256).hexdigest()[:32]


def _secret() -> bytes:
    secret: str = current_app.config["SECRET_KEY"]
    return secret.encode()


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        _secret(), salt="known browser", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
