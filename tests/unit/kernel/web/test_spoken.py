"""Templates per language, pieces of pages that are kept, addresses that are only filled in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, g
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, TemplateSyntaxError
from markupsafe import escape

from competition.kernel.text import i18n, phrases
from competition.kernel.web import spoken, urls
from competition.kernel.web.flask_app import Site

PAGES = {
    "greeting.html": "<p>{{ _('Cancel') }}</p>{% for _x in [1] %}{{ _('%(n)s & more', n=n) }}{% endfor %}",
    "percent.html": "{{ _('100%% sure') }}",
    "plain.txt": "{{ _('R&D') }}",
    "rich.html": "{{ _('R&D') }}",
    "piece.html": '{% shell key, {"who": who} %}[{{ key }}:{{ gap("who") }}:{{ made() }}]{% endshell %}',
    "broken.html": "{% shell key %}x{% endshell %}",
}


@pytest.fixture
def app() -> Flask:
    app = Site(__name__)
    Babel(app, locale_selector=i18n.locale)
    phrases.init_app(app)
    app.jinja_env.loader = DictLoader(PAGES)
    app.jinja_env.add_extension(spoken.Shell)
    app.add_url_rule("/<any(en,zh,ko):lang>/calls/<call_code>", "calls.show", lambda **_values: "")
    app.add_url_rule("/<any(en,zh,ko):lang>/runs/<int:number>", "runs.show", lambda **_values: "")

    @app.url_defaults
    def _language(_endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("lang", i18n.lang())

    return app


@pytest.fixture
def page(app: Flask) -> Iterator[Flask]:
    with app.test_request_context("/en/calls/A-1"):
        g.lang = "en"
        yield app


def render(app: Flask, name: str, **values: Any) -> str:
    return app.jinja_env.get_template(name).render(**values)


def test_a_template_is_compiled_for_each_language(page: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "translate", lambda text: f"{i18n.lang()}:{text}")
    monkeypatch.setattr(phrases, "_kept", {})
    assert render(page, "greeting.html", n="<1>") == "<p>en:Cancel</p>en:&lt;1&gt; &amp; more"
    g.lang = "zh"
    assert render(page, "greeting.html", n="<1>") == "<p>zh:Cancel</p>zh:&lt;1&gt; &amp; more"


def test_constants_are_said_as_at_run_time(page: Flask) -> None:
    assert render(page, "percent.html") == "100% sure"
    assert render(page, "plain.txt") == "R&D"
    assert render(page, "rich.html") == "R&amp;D"


def test_a_piece_is_made_once_per_key_and_its_gaps_filled_anew(page: Flask) -> None:
    made: list[int] = []

    def count() -> int:
        made.append(1)
        return len(made)

    said = [render(page, "piece.html", key=key, who=who, made=count) for key, who in (
        ("a", "<Li>"), ("a", "Kim"), ("b", "Kim"), ("a", "Ada"))]
    assert said == ["[a:&lt;Li&gt;:1]", "[a:Kim:1]", "[b:Kim:2]", "[a:Ada:1]"]


@given(st.text())
def test_a_gap_holds_any_text_as_text(name: str) -> None:
    shell = spoken.Shell(Flask(__name__).jinja_env)
    for _turn in range(2):
        filled = shell.fill(0, "k", {"who": name}, lambda: f"<b>{shell.environment.globals['gap']('who')}</b>")
        assert filled == f"<b>{escape(name)}</b>"


def test_no_more_pieces_are_kept_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken, "MOST_SHELLS", 3)
    shell = spoken.Shell(Flask(__name__).jinja_env)
    for key in "abcde":
        shell.fill(0, key, {}, lambda: "x")
    assert [key for _place, key in shell._kept] == ["c", "d", "e"]


def test_a_piece_without_gaps_named_is_refused(page: Flask) -> None:
    with pytest.raises(TemplateSyntaxError, match="dictionary of its gaps"):
        render(page, "broken.html", key="a")


@pytest.mark.parametrize(("endpoint", "values"), [
    ("calls.show", {"call_code": "A-1"}),
    ("calls.show", {"call_code": "A-1", "view": "todo", "page": 3}),
    ("calls.show", {"call_code": "a/b"}),
    ("calls.show", {"call_code": "zz0zz", "view": "zz1zz"}),
    ("calls.show", {"call_code": "한국"}),
    ("calls.show", {"call_code": "A", "q": "a b&c"}),
    ("calls.show", {"call_code": "A", "q": None}),
    ("calls.show", {"call_code": "A", "q": ""}),
    ("calls.show", {"call_code": "A", "lang": "ko"}),
    ("calls.show", {"call_code": "A", "_anchor": "top"}),
    ("runs.show", {"number": 7}),
])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_address_is_the_one_that_flask_builds(
    page: Flask, endpoint: str, values: dict[str, Any], language: str,
) -> None:
    g.lang = language
    for _turn in range(2):  # the second comes from the pattern
        assert urls.address(endpoint, **values) == page.url_for(endpoint, **values)


@given(st.text(min_size=1), st.text())
def test_any_value_gives_flasks_address(code: str, query: str) -> None:
    app = Site(__name__)
    app.add_url_rule("/calls/<path_code>", "show", lambda **_values: "")
    with app.test_request_context("/"):
        g.lang = "en"
        for _turn in range(2):
            assert urls.address("show", path_code=code, q=query) == app.url_for("show", path_code=code, q=query)
