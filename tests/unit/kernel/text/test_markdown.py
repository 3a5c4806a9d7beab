from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.kernel.text.markdown import markdown


def test_headings_move_two_levels_down() -> None:
    html = str(markdown("# One\n\nText with **weight**."))
    assert html == "<h3>One</h3>\n<p>Text with <strong>weight</strong>.</p>\n"


@pytest.mark.parametrize("hostile", [
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](https://example.test/p.png)",
    "<img src=x onerror=alert(1)>", "[x](data:text/html,<script>1</script>)", '<a href="x" onclick="y">z</a>',
])
def test_nothing_runs(hostile: str) -> None:
    html = str(markdown(hostile))
    for sign in ("<script", "<img", 'href="javascript:', 'href="data:', "<a href=\"x\""):
        assert sign not in html


def test_links_are_marked() -> None:
    assert str(markdown("[a](https://example.test/b)")) == (
        '<p><a href="https://example.test/b" rel="noopener noreferrer nofollow">a</a></p>\n'
    )


@given(st.text(max_size=200))
def test_any_text_gives_no_script(text: str) -> None:
    assert "<script" not in str(markdown(text)).lower()
