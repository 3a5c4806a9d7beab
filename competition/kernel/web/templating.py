"""What every template may use. Templates get loaded data; nothing here runs a query."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from flask import Flask, current_app, g, session, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.routing import BuildError

from competition.kernel.text import i18n, lists, markdown, phrases
from competition.kernel.web import http, spoken, urls
from competition.kernel.web.access import ANONYMOUS, current_actor

MOST_TOKENS = 4096


def init_app(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.add_extension(spoken.Shell)
    app.jinja_env.globals.update(
        csp_nonce=http.nonce,
        day=i18n.day,
        endpoint_exists=endpoint_exists,
        file_size=i18n.file_size,
        lang_links=i18n.lang_links,
        lang_rest=i18n.lang_rest,
        lang_url=i18n.lang_url,
        languages=list(i18n.LANGUAGES.items()),
        localtime=i18n.localtime,
        moment=i18n.moment,
        money=i18n.money,
        number=i18n.number,
        page_url=page_url,
        settings=app.config["SETTINGS"],
        stamp=i18n.stamp,
        tr=i18n.text_in,
        url_for=urls.address,
        zone_known=i18n.has_zone,
        yours=i18n.yours,
    )
    app.jinja_env.filters["joined"] = lists.joined
    app.jinja_env.filters["row"] = lists.row
    app.jinja_env.filters["linked"] = markdown.linked
    app.jinja_env.filters["markdown"] = markdown.markdown
    app.jinja_env.globals["markdown"] = markdown.markdown

    phrases.init_app(app)

    @app.context_processor
    def _reader() -> dict[str, Any]:
        return {"actor": current_actor() or ANONYMOUS, "lang": i18n.lang(), "csrf_token": _csrf_token}


def _csrf_token() -> str:
    """Flask-WTF's token, signed once for the session it belongs to: what is signed there never changes."""
    here = g._get_current_object()
    made: str | None = here.get("csrf_token")
    if made is None:
        raw, tokens = session.get("csrf_token"), current_app.extensions.setdefault("opencall_csrf", OrderedDict())
        made = here.csrf_token = tokens.get(raw) or generate_csrf()
        tokens[raw or session["csrf_token"]] = made
        if len(tokens) > MOST_TOKENS:
            tokens.popitem(last=False)
    return made


def endpoint_exists(endpoint: str) -> bool:
    """Whether a page can be linked without values: navigation hides what is not installed."""
    return bool(page_url(endpoint))


def page_url(endpoint: str) -> str:
    """The address of a page that needs no values, in the reader's language; ``""`` when it is not installed."""
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault("opencall_pages", {})
    key = (i18n.lang(), endpoint)
    if key not in known:
        try:
            known[key] = url_for(endpoint) if endpoint in current_app.view_functions else ""
        except BuildError:  # it needs values
            known[key] = ""
    return known[key]
