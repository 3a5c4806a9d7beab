"""What every template may use. Templates get loaded data; nothing here runs a query."""

from __future__ import annotations

from typing import Any

from flask import Flask

from competition.kernel.text import i18n, languages, lists, markdown
from competition.kernel.web import http, navigation, template_environment
from competition.kernel.web.access import current_actor
from competition.kernel.web.fragments import FragmentTag
from competition.kernel.web.places import PLACES
from competition.kernel.web.urls import UrlPattern


def init_app(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.add_extension(FragmentTag)
    app.jinja_env.globals.update(
        csp_nonce=http.nonce,
        day=i18n.day,
        file_size=i18n.file_size,
        lang_links=i18n.lang_links,
        lang_rest=i18n.lang_rest,
                languages=languages.LANGUAGES,
        localtime=i18n.localtime,
        moment=i18n.moment,
        money=i18n.money,
        navigation=navigation,
        number=i18n.number,
        of_locale=languages.of_locale,
        places=PLACES,
        settings=app.config["SETTINGS"],
        stamp=i18n.stamp,
        tr=i18n.text_in,
        url_pattern=UrlPattern,
        zone_known=i18n.has_zone,
        yours=i18n.yours,
    )
    app.jinja_env.filters["joined"] = lists.joined
    app.jinja_env.filters["row"] = lists.row
    app.jinja_env.filters["linked"] = markdown.linked
    app.jinja_env.filters["markdown"] = markdown.markdown
    app.jinja_env.globals["markdown"] = markdown.markdown

    template_environment.init_app(app)

    @app.context_processor
    def _reader() -> dict[str, Any]:
        return {"actor": current_actor(), "lang": i18n.lang()}
