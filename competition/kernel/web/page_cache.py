"""Public pages, cached as bytes for a moment: before a deadline thousands read the same page.

Only for visitors without a session and without messages, so a page holds nothing personal. It is stale for at most
``public_cache_seconds``; the nonce of each response is put in when it is sent. Without it a visitor's page costs four
to six times the processor time.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from cachetools import TLRUCache
from flask import Response, current_app, g, make_response, request, session
from flask.typing import ResponseReturnValue

from competition.kernel.web.access import current_actor
from competition.kernel.web.http import nonce

MAX_PAGES, MAX_ADDRESS = 512, 512  # pages; characters of an address, which the page repeats in its links
NONCE_SLOT = f"nonce-{secrets.token_urlsafe(24)}".encode()  # drawn by chance: no visitor can write it into a page


@dataclass(frozen=True, slots=True)
class CachedPage:
    """The bytes of a page with :data:`NONCE_SLOT` for its nonce, for so many seconds."""

    body: bytes
    mimetype: str
    seconds: float


_pages: TLRUCache[str, CachedPage] = TLRUCache(MAX_PAGES, ttu=lambda _address, page, now: now + page.seconds)
_lock = Lock()


def cached(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Cache a public GET page for visitors. The view must not depend on anything but the URL."""

    @functools.wraps(view)
    def wrapped(**values: object) -> ResponseReturnValue:
        seconds = current_app.config["SETTINGS"].public_cache_seconds
        address = request.full_path
        personal = bool(session) or not current_actor().anonymous
        if not seconds or personal or request.method != "GET" or len(address) > MAX_ADDRESS:
            return view(**values)
        with _lock:
            page = _pages.get(address)
        if page is None:
            g.nonce = NONCE_SLOT.decode()
            try:
                response = make_response(view(**values))
            except BaseException:
                g.pop("nonce")  # an error page must not carry a nonce that everybody knows
                raise
            if response.status_code != 200 or session:
                g.pop("nonce")
                return view(**values)
            page = CachedPage(response.get_data(), response.mimetype or "text/html", seconds)
            with _lock:
                _pages[address] = page
        g.pop("nonce", None)
        response = Response(page.body.replace(NONCE_SLOT, nonce().encode()), mimetype=page.mimetype)
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    return wrapped


def clear() -> None:
    """Drop every cached page of this process."""
    with _lock:
        _pages.clear()


def addresses() -> list[str]:
    """The addresses of the cached pages."""
    with _lock:
        return list(_pages)
