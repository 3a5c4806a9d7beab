"""The layout of templates: each fault is found where it is, and what is laid out well passes."""

from __future__ import annotations

import pytest

from devtools.template_layout import layout_faults, long_lines


@pytest.mark.parametrize(("source", "faults"), [
    ("<p>" + "x" * 114 + "</p>", [(1, "121 characters, at most 120")]),
    ("<div>\n  <p>{{ a }}</p><p>{{ b }}</p>\n</div>", [
        (2, "</p> is followed by something on its line"), (2, "<p> does not begin its line"),
    ]),
    ("<p>{{ a }}</p> {{ b }}", [(1, "</p> is followed by something on its line")]),
    ("{{ a }} <p>{{ b }}</p>", [(1, "<p> does not begin its line")]),
    ("<p>\n  {{ a }}</p>", [(2, "</p> does not begin its line")]),
    ('<input name="a"><input name="b">', [
        (1, '<input name="a"> is followed by something on its line'), (1, '<input name="b"> does not begin its line'),
    ]),
    ("<div><p>\n  {{ a }}\n</p></div>", [
        (1, "<p> does not begin its line"),
        (2, "indented by 2 spaces instead of 4"),
        (3, "</div> does not begin its line"),
        (3, "</p> is followed by something on its line"),
        (3, "indented by 0 spaces instead of 2"),
    ]),
    ("{% if a %}<p>{{ a }}</p>{% endif %}", [
        (1, "</p> is followed by something on its line"), (1, "<p> does not begin its line"),
    ]),
    ("{% if a %}{{ a }}\n{% endif %}", [(1, "{% if a %} does not stand alone on its line")]),
    ("{% if a %}\n  {{ a }}{% else %}\n  {{ b }}\n{% endif %}", [(2, "{% else %} does not stand alone on its line")]),
    ("{% set a = 1 %}{% set b = 2 %}", [
        (1, "{% set a = 1 %} does not stand alone on its line"),
        (1, "{% set b = 2 %} does not stand alone on its line"),
    ]),
    ("<div>\n<p>{{ a }}</p>\n</div>", [(2, "indented by 0 spaces instead of 2")]),
    ("<div>\n  {% if a %}\n  <p>{{ a }}</p>\n  {% endif %}\n</div>", [(3, "indented by 2 spaces instead of 4")]),
    ("{% block main %}\n    {{ a }}\n{% endblock %}", [(2, "indented by 4 spaces instead of 2")]),
    ("<p>\n  {{ a }} ·\n · {{ b }}\n</p>", [(3, "goes on with 1 spaces, at least 2 are needed")]),
    ("<p>\n  –\n–\n</p>", [(3, "goes on with 0 spaces, at least 2 are needed")]),
    ('<p>\n  <a href="{{ a }}"\n class="b">{{ a }}</a>\n</p>', [(3, "goes on with 1 spaces, at least 2 are needed")]),
    ("  {{ f(\n1) }}", [
        (1, "indented by 2 spaces instead of 0"), (2, "goes on with 0 spaces, at least 2 are needed"),
    ]),
    ("<div>\n</p>\n</div>", [(2, "</p> closes nothing that is open")]),
    ("{% if a %}\n  <div>\n{% endif %}", [(3, "{% endif %} closes nothing that is open")]),
    ("{% for a in b %}", [(1, "{% for a in b %} is never closed")]),
])
def test_each_fault_is_found_on_its_line(source: str, faults: list[tuple[int, str]]) -> None:
    assert layout_faults(source) == faults


@pytest.mark.parametrize("source", [
    "<p>{{ a }} <strong>{{ b }}</strong>, <a href=\"{{ c }}\">{{ c }}</a>.</p>",
    "<p>\n  {{ a }} <b>{{ b }}</b>\n  {%- if c %} · {{ c }}{% endif %}\n</p>",
    '<ul>\n  {% for a in b %}\n    <li{% if a.bad %} class="bad"{% endif %}>{{ a }}</li>\n  {% endfor %}\n</ul>',
    '<form method="post" action="{{ a > b }}"\n    novalidate>\n  <input type="hidden" name="c">\n</form>',
    "{% set a %}\n  <p>{{ b }}</p>\n{% endset %}",
    "{% block title %}{{ a }}{% endblock %}\n{% set b = 1 %}",
    "{% block main %}\n  {{ f(\n    a,\n  ) }}\n{% endblock %}",
    "{#\nA <div> in a comment,\n    indented as it likes.\n#}\n<br>",
    '<textarea name="a">\n{{ b }}</textarea>',
    "<h{{ level }}>{{ a }}</h{{ level }}>",
    "<p>1 < 2</p>",
])
def test_what_is_laid_out_well_passes(source: str) -> None:
    assert layout_faults(source) == []


def test_of_a_mail_only_the_length_of_lines_counts() -> None:
    assert list(long_lines("{% if a %}{{ a }}{% endif %}\n" + "x" * 120 + "\n" + "x" * 121)) == [
        (3, "121 characters, at most 120")
    ]
