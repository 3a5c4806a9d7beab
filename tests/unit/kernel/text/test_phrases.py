"""What templates say: the same words as Flask-Babel's, values escaped, plain in text mails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, g
from flask_babel import Babel
from jinja2 import Environment

from competition.kernel.text import i18n, phrases


@pytest.fixture
def page() -> Iterator[Environment]:
    app = Flask(__name__)
    Babel(app, locale_selector=i18n.locale)
    phrases.init_app(app)
    with app.app_context():
        g.lang = "en"
        yield app.jinja_env


def said(page: Environment, source: str, *, html: bool = True, **values: object) -> str:
    return page.overlay(autoescape=html).from_string(source).render(**values)


def test_values_are_escaped_in_html(page: Environment) -> None:
    source = "{{ _('Entry of %(team)s', team=team) }}"
    assert said(page, source, team="<b>R&D</b>") == "Entry of &lt;b&gt;R&amp;D&lt;/b&gt;"


def test_values_stay_as_typed_in_a_text_mail(page: Environment) -> None:
    assert said(page, "{{ _('Entry of %(team)s', team=team) }}", html=False, team="R&D") == "Entry of R&D"


def test_a_safe_value_is_kept(page: Environment) -> None:
    assert said(page, "{{ _('Closes %(when)s', when='<time>6 pm</time>'|safe) }}") == "Closes <time>6 pm</time>"


def test_the_same_sentence_is_said_twice_alike(page: Environment) -> None:
    source = "{{ _('100%% of %(n)s', n=n) }} / {{ _('100%% of %(n)s', n=n) }}"
    assert said(page, source, n=3) == "100% of 3 / 100% of 3"


@pytest.mark.parametrize(("count", "text"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries")])
def test_counts_choose_their_form(page: Environment, count: int, text: str) -> None:
    assert said(page, "{{ ngettext('%(num)s entry', '%(num)s entries', n) }}", n=count) == text


def test_trans_blocks_use_them_too(page: Environment) -> None:
    assert said(page, "{% trans team=team %}Entry of {{ team }}{% endtrans %}", team="<i>") == "Entry of &lt;i&gt;"


def test_python_speaks_outside_of_the_application_too() -> None:
    assert phrases.gettext("Entry of %(team)s", team="R&D") == "Entry of R&D"
