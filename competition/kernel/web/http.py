"""What every answer has: a request id, security headers, an error page in the reader's language."""

from __future__ import annotations

import secrets
import time
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, abort, g, make_response, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from competition.config import Settings
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.errors import Busy, DomainError
from competition.kernel.text import i18n
from competition.kernel.web import access, rate_limits
from competition.kernel.web.one_request import RECEIVED

log = structlog.get_logger()


def nonce() -> str:
    """The nonce of this response, made when a page first asks for it."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    value: str = g.nonce
    return value


def init_app(app: Flask, settings: Settings) -> None:
    """Check the address of every request, note when it came, and send the security headers with every answer."""
    headers, content_policy = _headers(settings), _content_policy(settings)

    @app.before_request
    def _begin() -> ResponseReturnValue | None:
        g.started = time.perf_counter()
        g.received_at = request.environ.get(RECEIVED) or clock.now()
        g.request_id = new_id().hex
        if not settings.serves(request.host) and request.path not in {"/healthz", "/readyz"}:
            return Response("This host name is not the one in PUBLIC_URL.\n", 400, mimetype="text/plain")
        if "\x00" in request.path:
            abort(404)  # PostgreSQL cannot even look for a text with a null character
        if b"%00" in request.query_string or b"\x00" in request.query_string:
            abort(400)
        return None

    @app.after_request
    def _finish(response: Response) -> Response:
        response.headers.add("X-Request-Id", g.get("request_id", ""))
        if request.endpoint == "static":
            response.headers["X-Content-Type-Options"] = "nosniff"
            return response
        for name, value in headers.items():
            response.headers.setdefault(name, value)  # a page may be stricter or looser than the rest
        response.headers.add("Content-Security-Policy", content_policy % nonce())
        elapsed = time.perf_counter() - g.get("started", time.perf_counter())
        log.info(
            "request", id=g.get("request_id"), method=request.method, route=str(request.url_rule or "-"),
            status=response.status_code, ms=round(elapsed * 1000, 1),
        )
        return response

    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crash)


def _headers(settings: Settings) -> dict[str, str]:
    headers = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        "Cache-Control": "no-store",
    }
    if settings.secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def _content_policy(settings: Settings) -> str:
    """The Content-Security-Policy, with ``%s`` for the nonce."""
    files = urlsplit(settings.s3_browser_url)
    files_origin = f"{files.scheme}://{files.netloc}"
    return (
        f"default-src 'self'; connect-src 'self' {files_origin}; img-src 'self' data: blob: {files_origin}; "
        f"media-src 'self' {files_origin}; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'; style-src 'self'; script-src 'self' 'nonce-%s'"
    )


def _script() -> bool:
    """Whether a script asks, and wants JSON."""
    return request.accept_mimetypes.best == "application/json" or request.is_json


def page(status: int, title: str, text: str, reason: str = "") -> Response:
    """An error page; JSON for scripts, which say so in ``Accept`` and go by ``reason``."""
    if _script():
        response = make_response({"error": text, "title": title, "reason": reason}, status)
    else:
        body = render_template("errors/error.html", status=status, title=title, text=text, next=access.asked_for())
        response = make_response(body, status)
    if status == 503:
        response.headers["Retry-After"] = "2"
    return response


def _domain_error(error: DomainError) -> ResponseReturnValue:
    if error.status == 404:
        return _missing()
    title = _("The server is busy") if isinstance(error, Busy) else _("This is not possible now")
    return page(error.status, title, str(error.message))


def _missing() -> Response:
    return page(404, _("Page not found"), _("There is nothing at this address, or it is not open to you. "
                                            "Check the address, or sign in with another account."))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    if code == 404:
        return _missing()
    if isinstance(error, CSRFError):
        return _expired()
    if code == 429:
        return _too_many()
    titles = {
        405: (_("This address cannot be used like that"), _("Open it as a page instead.")),
        413: (_("This is too large"), _("Files go through the upload box; texts have a limit beside the field.")),
    }
    title, text = titles.get(code, (_("This request could not be understood"), _("Go back and try again.")))
    response = page(code, title, text)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _too_many() -> Response:
    """A limit on tries, with when it opens again: a quarter of an hour, or a day."""
    opens = rate_limits.opens_at()
    if opens is None:
        return page(429, _("Too many attempts"), _("Please wait a few minutes, then try again."))
    response = page(429, _("Too many attempts"), _("You can try again from %(when)s.", when=i18n.moment(opens)))
    response.headers["Retry-After"] = str(int((opens - clock.real()).total_seconds()) + 1)
    return response


def _expired() -> Response:
    """A token that is not this session's: over, or begun anew since the page was made."""
    if _script() and "csrf_token" not in session:
        return page(401, _("Your session has ended"), _("Sign in again, then repeat this."), "session")
    return page(400, _("This form has expired"), _("Go back, reload the page and send it again. "
                                                   "What you typed is kept by your browser."), "csrf")


def _crash(error: Exception) -> ResponseReturnValue:
    if transaction.is_transient(error):
        return page(503, _("The server is busy"), _("Nothing was changed; please send it again."))
    log.exception("request.failed", id=g.get("request_id"), route=str(request.url_rule or "-"))
    return page(500, _("Something went wrong on our side"),
                _("It has been logged under number %(id)s. Nothing you sent was saved by this step.",
                  id=g.get("request_id", "")))
