"""What every template may use. Templates get loaded data; nothing here runs a query."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, url_for
from werkzeug.routing import BuildError

from competition.kernel import http, i18n, text
from competition.kernel.access import ANONYMOUS, current_actor


def init_app(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.globals.update(
        csp_nonce=http.nonce,
        day=i18n.day,
        endpoint_exists=endpoint_exists,
        file_size=i18n.file_size,
        lang_url=i18n.lang_url,
        languages=list(i18n.LANGUAGES.items()),
        localtime=i18n.localtime,
        moment=i18n.moment,
        money=i18n.money,
        number=i18n.number,
        settings=app.config["SETTINGS"],
        tr=i18n.text_in,
    )
    app.jinja_env.filters["markdown"] = text.markdown
    app.jinja_env.globals["markdown"] = text.markdown

    @app.context_processor
    def _reader() -> dict[str, Any]:
        return {"actor": current_actor() or ANONYMOUS, "lang": i18n.lang()}


def endpoint_exists(endpoint: str) -> bool:
    """Whether a page can be linked without values: navigation hides what is not installed."""
    known: dict[str, bool] = current_app.extensions.setdefault("opencall_endpoints", {})
    if endpoint not in known:
        try:
            known[endpoint] = bool(url_for(endpoint))
        except (BuildError, KeyError):  # KeyError: no endpoint of that name
            known[endpoint] = False
    return known[endpoint]
