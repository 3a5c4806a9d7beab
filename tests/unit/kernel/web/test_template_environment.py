"""Templates are compiled per language; sentences and values are escaped in HTML and plain in mail."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, g
from flask_babel import Babel
from jinja2 import DictLoader

from competition.kernel.text import i18n
from competition.kernel.web import template_environment
from competition.kernel.web.flask_app import Site
from competition.paths import ROOT

PAGES = {
    "greeting.html": "<p>{{ _('Cancel') }}</p>{{ _('%(n)s & more', n=n) }}",
    "percent.html": "{{ _('100%% sure') }} / {{ _('100%% of %(n)s', n=n) }}",
    "entry.html": "{{ _('Entry of %(team)s', team=team) }}",
    "entry.txt": "{{ _('Entry of %(team)s', team=team) }}",
    "constant.html": "{{ _('R&D') }}",
    "constant.txt": "{{ _('R&D') }}",
    "count.html": "{{ ngettext('%(num)s entry of <i> %(team)s', '%(num)s entries of %(team)s', n, team=team) }}",
    "trans.html": "{% trans team=team %}Entry of {{ team }}{% endtrans %}",
    "judges.html": "{{ _('Judges') }}{% include 'inner.html' %}",
    "inner.html": "|{{ _('Judges') }}",
}


@pytest.fixture
def page() -> Flask:
    app = Site(__name__)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "competition" / "translations")
    Babel(app, locale_selector=i18n.locale)
    template_environment.init_app(app)
    app.jinja_env.loader = DictLoader(PAGES)
    return app


def render(app: Flask, name: str, lang: str = "en", **values: Any) -> str:
    with app.test_request_context(f"/{lang}/"):
        g.lang = lang
        return app.jinja_env.get_template(name).render(**values)


def test_a_template_is_compiled_for_each_language(page: Flask) -> None:
    languages = ("en", "zh", "ko", "en")
    texts = [render(page, "judges.html", lang) for lang in languages]
    assert texts == ["Judges|Judges", "评审专家|评审专家", "평가위원|평가위원", "Judges|Judges"]


def test_sentences_and_values_are_escaped_in_html(page: Flask) -> None:
    assert render(page, "greeting.html", n="<1>") == "<p>Cancel</p>&lt;1&gt; &amp; more"
    assert render(page, "entry.html", team="<b>R&D</b>") == "Entry of &lt;b&gt;R&amp;D&lt;/b&gt;"
    assert render(page, "trans.html", team="<i>") == "Entry of &lt;i&gt;"
    assert render(page, "constant.html") == "R&amp;D"


def test_they_stay_as_they_are_in_a_text_mail(page: Flask) -> None:
    assert render(page, "entry.txt", team="R&D") == "Entry of R&D"
    assert render(page, "constant.txt") == "R&D"


def test_a_doubled_percent_sign_is_one(page: Flask) -> None:
    assert render(page, "percent.html", n=3) == "100% sure / 100% of 3"


@pytest.mark.parametrize(("count", "text"), [
    (0, "0 entries of &lt;b&gt;"), (1, "1 entry of &lt;i&gt; &lt;b&gt;"), (2, "2 entries of &lt;b&gt;"),
])
def test_counts_choose_their_form(page: Flask, count: int, text: str) -> None:
    assert render(page, "count.html", n=count, team="<b>") == text
