"""XML through a filter, as a stream: names keep their prefixes, which office programs refer to by text.

Comments and processing instructions are left behind. A document type, the door to entities, is refused.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from competition.redaction.errors import Withheld

DEEPEST = 1000
PIECES = 1000
Attributes = dict[str, str]


class Unwrapped:
    """Said of an element that goes, while what it holds stays."""


UNWRAPPED = Unwrapped()
# What becomes of an element: its attributes, UNWRAPPED, or None to leave it out with all it holds.
Element = Callable[[str, Attributes], Attributes | Unwrapped | None]
# What becomes of a text in an element of this name.
Text = Callable[[str, str], str]


def local(name: str) -> str:
    """A name without its prefix, which every document chooses for itself."""
    return name.rpartition(":")[2]


def _unnoticed(_name: str) -> None:
    return None


def rewrite(
    source: IO[bytes], target: IO[bytes], *, element: Element, text: Text, closed: Callable[[str], None] = _unnoticed
) -> None:
    """Copy a document, asking ``element`` and ``text`` what to make of each.

    ``closed`` hears of the end of every element that was not left out.

    Raises
    ------
    Withheld
        When it is not well-formed, is written in an encoding that no XML has, or has a document type.
    """
    filtered = _Filter(target, element, text, closed)
    try:
        filtered.parser.ParseFile(source)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two for encodings
        raise Withheld("unreadable") from error
    filtered.flush()


def visit(source: IO[bytes], seen: Callable[[str, Attributes], None]) -> None:
    """Show every element of a document to ``seen``; refuses what :func:`rewrite` refuses."""

    def element(name: str, attributes: Attributes) -> Attributes:
        seen(name, attributes)
        return {}

    rewrite(source, io.BytesIO(), element=element, text=lambda _name, _text: "")


class _Filter:
    def __init__(self, target: IO[bytes], element: Element, text: Text, closed: Callable[[str], None]) -> None:
        self._target, self._element, self._text, self._closed = target, element, text, closed
        self._open: list[tuple[str, bool]] = []  # names, and whether they are written
        self._skipped = 0
        self._unclosed = False
        self._written: list[str] = []  # since the last flush: a packed file takes few long pieces faster
        self.parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        self._write('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n')

    def _start(self, name: str, pairs: list[str]) -> None:
        if self._skipped:
            self._skipped += 1
            return
        outcome = self._element(name, dict(zip(pairs[::2], pairs[1::2], strict=True)))
        if outcome is None:
            self._skipped = 1
            return
        if len(self._open) >= DEEPEST:
            raise Withheld("unreadable")
        self._open.append((name, not isinstance(outcome, Unwrapped)))
        if isinstance(outcome, Unwrapped):
            return
        self._close_start()
        self._write(f"<{name}" + "".join(f' {key}="{_quoted(value)}"' for key, value in outcome.items()))
        self._unclosed = True

    def _end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        _name, written = self._open.pop()
        if written:
            self._write("/>" if self._unclosed else f"</{name}>")
            self._unclosed = False
        self._closed(name)

    def _characters(self, text: str) -> None:
        if not self._skipped:
            self._close_start()
            self._write(_escaped(self._text(self._open[-1][0], text)))

    def _doctype(self, *_parts: object) -> None:
        raise Withheld("unreadable")

    def _close_start(self) -> None:
        if self._unclosed:
            self._write(">")
            self._unclosed = False

    def _write(self, text: str) -> None:
        self._written.append(text)
        if len(self._written) >= PIECES:
            self.flush()

    def flush(self) -> None:
        self._target.write("".join(self._written).encode())
        self._written.clear()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _quoted(value: str) -> str:
    return _escaped(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
