"""What people publish: Markdown in, sanitized HTML out, at the moment of showing it."""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

_parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
_TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "h3", "h4", "h5", "a",
    "table", "thead", "tbody", "tr", "th", "td", "hr",
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


@lru_cache(maxsize=512)
def markdown(text: str) -> Markup:
    """HTML of a Markdown text: no raw HTML, no images, links only to http(s) and mail addresses.

    Headings are moved two levels down, since the page has its own first and second level.
    """
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 2, 5)}"
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704 - the line above is the sanitizer


_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


def linked(text: str) -> Markup:
    """Plain text, escaped, with its web addresses as links; a full stop after an address is not part of it."""
    html, end = Markup(""), 0
    for match in _ADDRESS.finditer(text):
        address = match.group().rstrip(".,;:!?)")
        html += escape(text[end : match.start()])
        html += Markup('<a href="{0}" rel="noopener">{0}</a>').format(address)
        end = match.start() + len(address)
    return html + escape(text[end:])
