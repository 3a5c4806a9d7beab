"""Public pages, kept as bytes for a moment: on deadline day thousands read the same page.

Only for visitors without a session and without messages; what they get holds nothing personal. A
page is stale for at most ``public_cache_seconds``; the nonce of each response is put in when sent.
"""

from __future__ import annotations

import functools
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from flask import Response, current_app, g, make_response, request, session
from flask.typing import ResponseReturnValue

from competition.kernel.web.access import current_actor
from competition.kernel.web.http import nonce

SIZE, LONGEST = 512, 512  # pages; characters of an address, which the page repeats in its links
NONCE_SLOT = f"nonce-{secrets.token_urlsafe(24)}".encode()  # drawn by chance: no visitor can write it into a page
_pages: OrderedDict[str, tuple[float, bytes, str]] = OrderedDict()
_lock = Lock()


def cached(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Keep a public GET page for visitors. The view must not depend on anything but the URL."""

    @functools.wraps(view)
    def wrapped(**values: object) -> ResponseReturnValue:
        lifetime = current_app.config["SETTINGS"].public_cache_seconds
        key = request.full_path
        if not lifetime or session or not current_actor().anonymous or request.method != "GET" or len(key) > LONGEST:
            return view(**values)
        now = time.monotonic()
        kept = _pages.get(key)
        if kept is None or kept[0] <= now:
            g.nonce = NONCE_SLOT.decode()
            try:
                response = make_response(view(**values))
            except BaseException:
                g.pop("nonce")  # an error page must not carry a nonce that everybody knows
                raise
            if response.status_code != 200 or session:
                g.pop("nonce")
                return view(**values)
            kept = (now + lifetime, response.get_data(), response.mimetype or "text/html")
            with _lock:
                _pages[key] = kept
                _pages.move_to_end(key)
                if len(_pages) > SIZE:
                    _pages.popitem(last=False)
        g.pop("nonce", None)
        response = Response(kept[1].replace(NONCE_SLOT, nonce().encode()),
                            mimetype=kept[2])
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    return wrapped


def forget() -> None:
    """Drop every kept page of this process."""
    with _lock:
        _pages.clear()
