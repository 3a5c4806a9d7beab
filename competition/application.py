"""The application, put together: settings, extensions, then the slices in the order of a call's life."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from flask import Flask, abort, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from competition import extensions, sqlite_driver
from competition.config import Settings
from competition.kernel.text.languages import LANGUAGES
from competition.kernel.web.flask_app import Site
from competition.paths import ROOT

# The life of a call, in order. Data flows from left to right; imports only from right to left.
SLICES = ("accounts", "calls", "entries", "judging", "results", "decisions", "pilots", "exports")
MAX_FORM_BYTES = 1024 * 1024
LANGUAGE_RULE = f"<any({','.join(LANGUAGES)}):lang>"  # the first part of every page's address


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application.

    Raises
    ------
    pydantic.ValidationError
        When a setting is missing or unsafe; the message names it.
    """
    settings = settings or Settings()
    app = Site(__package__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.from_mapping(_flask_config(settings))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_hops:
        hops = settings.trusted_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    from competition.accounts import sessions
    from competition.kernel import logs
    from competition.kernel.data import transaction
    from competition.kernel.text import i18n
    from competition.kernel.web import assets, http, templating
    from competition.kernel.web.one_request import OneRequestAtATime

    app.wsgi_app = OneRequestAtATime(app.wsgi_app, MAX_FORM_BYTES)  # type: ignore[method-assign]

    logs.configure(settings)
    extensions.db.init_app(app)
    with app.app_context():
        transaction.configure(extensions.db.engine)
    extensions.migrate.init_app(app, extensions.db, directory=str(ROOT / "migrations"))
    extensions.babel.init_app(app, locale_selector=i18n.locale, timezone_selector=i18n.zone)
    extensions.csrf.init_app(app)
    extensions.limiter.init_app(app)
    http.init_app(app, settings)
    assets.init_app(app)
    templating.init_app(app)
    _languages(app)
    sessions.init_app(app)
    _slices(app)
    return app


def _flask_config(settings: Settings) -> dict[str, Any]:
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        **database_config(settings.database_url),
        "MAX_CONTENT_LENGTH": MAX_FORM_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_FORM_BYTES,
        "SESSION_COOKIE_NAME": settings.cookie_name("opencall"),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "PERMANENT_SESSION_LIFETIME": settings.session_days * 86400,
        "SESSION_REFRESH_EACH_REQUEST": False,  # the session's row ends when it ends, whatever the cookie says
        "WTF_CSRF_TIME_LIMIT": None,  # bound to the session; a form may stay open all evening
        "RATELIMIT_STORAGE_URI": settings.redis_url,
        "RATELIMIT_ENABLED": settings.rate_limits,
        "RATELIMIT_KEY_PREFIX": settings.redis_queue,
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "competition" / "translations"),
        "SEND_FILE_MAX_AGE_DEFAULT": 31536000,
    }


def database_config(url: str) -> dict[str, Any]:
    """What Flask-SQLAlchemy needs to know of a database."""
    return {
        "SQLALCHEMY_DATABASE_URI": url.replace("postgresql://", "postgresql+psycopg://", 1),
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(url),
    }


def _engine_options(url: str) -> dict[str, Any]:
    if not url.startswith("sqlite"):
        return {"pool_size": 10, "max_overflow": 10, "pool_pre_ping": True}
    return {
        "pool_size": 10, "max_overflow": 30, "connect_args": {"check_same_thread": False},
        "module": sqlite_driver.driver(),
    }


def _languages(app: Flask) -> None:
    """The language is the first part of every page's address."""
    from competition.kernel.text import i18n

    @app.url_value_preprocessor
    def _take(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and "lang" in values:
            g.lang = values.pop("lang")

    @app.url_defaults
    def _give(endpoint: str, values: dict[str, Any]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values["lang"] = i18n.lang()

    def _root() -> ResponseReturnValue:
        response = redirect(HOME.url(lang=i18n.lang()), 302)
        response.headers["Vary"] = "Accept-Language, Cookie"
        return response

    from competition.kernel.web.access import Permission, requires
    from competition.kernel.web.places import HOME

    app.add_url_rule("/", "root", requires(Permission.PUBLIC)(_root))

    @app.before_request
    def _no_stray_bodies() -> None:
        if request.method in {"GET", "HEAD"} and (request.content_length or 0) > 0:
            abort(400)


def _slices(app: Flask) -> None:
    """Import each slice's rules, jobs and pages; declare its words for the log; register its blueprints."""
    from competition import cli
    from competition.kernel.data import audit_labels
    from competition.kernel.web import routes as kernel_routes

    kernel_routes.init_app(app)
    for name in SLICES:
        for part in ("models", "policy", "jobs", "navigation", "for_earlier_slices"):
            if importlib.util.find_spec(f"competition.{name}.{part}") is not None:
                importlib.import_module(f"competition.{name}.{part}")
        audit_labels.declare(importlib.import_module(f"competition.{name}.audit_labels").ACTIONS)
        routes = importlib.import_module(f"competition.{name}.routes")
        for blueprint in getattr(routes, "BLUEPRINTS", ()):
            app.register_blueprint(blueprint, url_prefix=f"/{LANGUAGE_RULE}{blueprint.url_prefix or ''}")
    cli.init_app(app)

