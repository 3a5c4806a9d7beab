"""How templates are laid out: one element a line, at most 120 characters, indented as HTML.

Indentation is two spaces for each open element and each open Jinja block. A tag, an expression or a statement may go on
over several lines, which are indented at least as far as its first one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST = 120
STEP = 2
VOID = frozenset({"br", "circle", "hr", "img", "input", "line", "link", "meta", "path", "rect", "use"})
# Elements that stand on lines of their own. All others (a, b, code, span, time …) may stand in a line of text.
BLOCK = frozenset({
    "article", "aside", "body", "button", "caption", "circle", "dd", "defs", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header",
    "hr", "html", "input", "label", "legend", "li", "line", "link", "main", "meta", "nav", "noscript", "ol", "optgroup",
    "option", "p", "path", "pattern", "pre", "rect", "script", "section", "select", "style", "summary", "svg", "table",
    "tbody", "td", "template", "text", "textarea", "tfoot", "th", "thead", "title", "tr", "ul",
})
TYPED = frozenset({"pre", "textarea"})  # their white space is shown
ENCLOSING = frozenset({"block", "call", "filter", "for", "fragment", "if", "macro", "with"})
BETWEEN = frozenset({"elif", "else"})
JINJA = re.compile(r"(?P<comment>\{#.*?#\})|(?P<statement>\{%.*?%\})|(?P<expression>\{\{.*?\}\})", re.DOTALL)
NAME = re.compile(r"</?([a-zA-Z][\w-]*)")
MARKUP = re.compile(r"\{[#%{]|</?[a-zA-Z]")
KEYWORD = re.compile(r"\{%-?\s*(\w+)")
Fault = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a template; ``kind`` is comment, statement, expression, start, end (of an element) or text."""

    kind: str
    source: str
    line: int
    name: str = ""

    @property
    def last_line(self) -> int:
        return self.line + self.source.count("\n")

    @property
    def opens(self) -> bool:
        if self.kind == "start":
            return self.name not in VOID and not self.source.endswith("/>")
        return self.kind == "statement" and (self.name in ENCLOSING or (self.name == "set" and "=" not in self.source))

    @property
    def closes(self) -> bool:
        return self.kind == "end" or (self.kind == "statement" and self.name.startswith("end"))

    @property
    def divides(self) -> bool:
        return self.kind == "statement" and self.name in BETWEEN

    @property
    def is_block(self) -> bool:
        return self.kind in ("start", "end") and self.name in BLOCK

    def ends(self, opener: Token) -> bool:
        """Whether this token closes or divides what the other one opens."""
        if self.kind == "end":
            return opener.kind == "start" and opener.name == self.name
        return opener.kind == "statement" and (self.divides or self.name == f"end{opener.name}")

    def __str__(self) -> str:
        return self.source.split("\n", 1)[0][:40]


@dataclass(slots=True)
class Place:
    """Where a token stands: how many others are open around it, and on which lines its element or block is."""

    depth: int
    lines: tuple[int, int]
    typed: bool


def layout_faults(source: str) -> list[Fault]:
    """``(line, fault)`` of an HTML template."""
    tokens = list(_tokens(source))
    places, unbalanced = _places(tokens)
    if unbalanced:
        return unbalanced
    return sorted({*long_lines(source), *_indentation(source, tokens, places), *_crowded(tokens, places)})


def long_lines(source: str) -> Iterator[Fault]:
    """Lines that are longer than ``MOST`` characters."""
    for number, line in enumerate(source.split("\n"), 1):
        if len(line) > MOST:
            yield number, f"{len(line)} characters, at most {MOST}"


def _tokens(source: str) -> Iterator[Token]:
    """The pieces of a template; white space around text is left out."""
    position, line = 0, 1
    while position < len(source):
        jinja, tag = JINJA.match(source, position), NAME.match(source, position)
        name = ""
        if jinja:
            end, kind = jinja.end(), str(jinja.lastgroup)
            keyword = KEYWORD.match(jinja[0])
            name = keyword[1] if keyword else ""
        elif tag:
            end, kind, name = _tag_end(source, position), "end" if tag[0][1] == "/" else "start", tag[1].lower()
        else:
            following = MARKUP.search(source, position + 1)
            end, kind = following.start() if following else len(source), "text"
        piece = source[position:end]
        shown = piece.strip()
        if shown:
            yield Token(kind, shown, line + piece[: piece.index(shown)].count("\n"), name)
        position, line = end, line + piece.count("\n")


def _tag_end(source: str, position: int) -> int:
    """Where a tag ends: after the first ``>`` that is in no quotes and in no Jinja part."""
    quote = ""
    while position < len(source):
        jinja = JINJA.match(source, position)
        character = source[position]
        if jinja:
            position = jinja.end()
            continue
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == ">":
            return position + 1
        position += 1
    return position


def _places(tokens: list[Token]) -> tuple[list[Place], list[Fault]]:
    """Where each token stands; instead, what is closed but not opened, or opened and never closed."""
    places: list[Place] = []
    open_at: list[int] = []
    for at, token in enumerate(tokens):
        inside = token.closes or token.divides
        if inside and not (open_at and token.ends(tokens[open_at[-1]])):
            return [], [(token.line, f"{token} closes nothing that is open")]
        typed = any(tokens[place].name in TYPED for place in open_at)
        places.append(Place(len(open_at) - inside, (token.line, token.last_line), typed))
        if token.closes:
            opener = open_at.pop()
            lines = (tokens[opener].line, token.last_line)
            places[opener].lines = places[at].lines = lines
        elif token.divides:
            places[at].lines = (tokens[open_at[-1]].line, token.last_line)
        if token.opens:
            open_at.append(at)
    return places, [(tokens[at].line, f"{tokens[at]} is never closed") for at in open_at]


def _indentation(source: str, tokens: list[Token], places: list[Place]) -> Iterator[Fault]:
    lines = source.split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    judged = 0  # the last line that something before has begun or gone on in
    for token, place in zip(tokens, places, strict=True):
        wanted = STEP * place.depth
        if token.line > judged and not place.typed and indents[token.line - 1] != wanted:
            yield token.line, f"indented by {indents[token.line - 1]} spaces instead of {wanted}"
        least = wanted if token.kind == "text" else indents[token.line - 1]
        for number in range(token.line + 1, token.last_line + 1):
            if token.kind != "comment" and lines[number - 1] and indents[number - 1] < least and not place.typed:
                yield number, f"goes on with {indents[number - 1]} spaces, at least {least} are needed"
        judged = max(judged, token.last_line)


def _crowded(tokens: list[Token], places: list[Place]) -> Iterator[Fault]:
    """What shares a line with something else and should not."""
    for at, (token, place) in enumerate(zip(tokens, places, strict=True)):
        leads = at == 0 or tokens[at - 1].last_line < token.line
        last = at == len(tokens) - 1 or tokens[at + 1].line > token.last_line
        on_one_line = place.lines[0] == place.lines[1]
        if token.is_block:
            closing = token.closes
            if not leads and not (closing and (on_one_line or token.name in TYPED)):
                yield token.line, f"{token} does not begin its line"
            if not last and (closing or not token.opens):
                yield token.last_line, f"{token} is followed by something on its line"
        elif token.kind == "statement":
            paired = token.opens or token.closes or token.divides
            if not (paired and on_one_line) and not (leads and last):
                yield token.line, f"{token} does not stand alone on its line"
