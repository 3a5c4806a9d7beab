"""The template rules find what they forbid, and let through what they must."""

from __future__ import annotations

import pytest

from devtools.check_templates import source_faults


@pytest.mark.parametrize(("source", "fault"), [
    ("<p>Send entry</p>", "text outside gettext: 'Send entry'"),
    ("{% block title %}Open calls{% endblock %}", "text outside gettext: 'Open calls'"),
    ('<input placeholder="Your name">', "attribute placeholder outside gettext: 'Your name'"),
    ('<p style="color: red"></p>', "style= is forbidden by the content policy"),
    ('<a onclick="x()"></a>', "onclick= is forbidden by the content policy"),
    ("<script>alert(1)</script>", "inline <script>"),
    ("{{ text|safe }}", "'|safe'"),
    ("{{ text | safe }}", "'| safe'"),
])
def test_faults_are_found(source: str, fault: str) -> None:
    assert source_faults(f"\n{source}") == [(2, fault)]


@pytest.mark.parametrize("source", [
    "<p>{{ _('Send entry') }}</p>",
    "<p>{% trans %}Send entry{% endtrans %}</p>",
    "{# Send entry #}<p>PDF · 3 MB</p>",
    "{% block body_class %}narrow{% endblock %}",
    '{% set common %}id="{{ id }}" name="x"{% endset %}<input {{ common }}>',
    "{% if long %}textarea{% else %}input{% endif %}",
    '<script type="application/json">{"a": 1}</script>',
    '<script src="x.js" nonce="{{ csp_nonce() }}"></script>',
    "<kbd>Enter</kbd>",
])
def test_what_is_allowed_passes(source: str) -> None:
    assert source_faults(source) == []
