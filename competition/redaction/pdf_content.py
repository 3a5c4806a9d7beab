"""Drawing instructions of a PDF (ISO 32000-2, 7.8.2) without what they say beside the drawing.

Left behind are comments and the properties of marked content (replacement texts, descriptions, names). Pictures
between the instructions keep the keys that decoding needs; a photograph among them is rewritten itself.
"""

from __future__ import annotations

import re

from pypdf.filters import ASCII85Decode, ASCIIHexDecode, FlateDecode, LZWDecode, RunLengthDecode

from competition.redaction.held import Held
from competition.redaction.images import bare_jpeg

FILTERS = {
    "/DCT": "/DCTDecode", "/Fl": "/FlateDecode", "/AHx": "/ASCIIHexDecode", "/A85": "/ASCII85Decode",
    "/LZW": "/LZWDecode", "/RL": "/RunLengthDecode", "/CCF": "/CCITTFaxDecode",
}
UNPACKERS = {
    "/FlateDecode": FlateDecode.decode, "/ASCIIHexDecode": ASCIIHexDecode.decode,
    "/ASCII85Decode": ASCII85Decode.decode, "/LZWDecode": LZWDecode.decode, "/RunLengthDecode": RunLengthDecode.decode,
}
PICTURE_KEYS = frozenset({
    b"/BPC", b"/BitsPerComponent", b"/CS", b"/ColorSpace", b"/D", b"/Decode", b"/DP", b"/DecodeParms", b"/F",
    b"/Filter", b"/H", b"/Height", b"/IM", b"/ImageMask", b"/I", b"/Interpolate", b"/Intent", b"/W", b"/Width",
})
WORD = rb"[^\s\0()<>\[\]{}/%]"
ALONE = rb"(?<![^\s\0()<>\[\]{}%])"  # neither inside a word nor a name
# What ends the run of plain words: a comment, a text, a dictionary, a picture.
NEXT = re.compile(rb"%[^\r\n]*|\(|<<|<[^<>]*>|" + ALONE + rb"BI(?!" + WORD + rb")")
NESTED = re.compile(rb"%[^\r\n]*|\(|<<|>>|<[^<>]*>")
TEXT_PIECE = re.compile(rb"[^()\\]*+(?:\\.|([()]))", re.S)
START = re.compile(rb"%[^\r\n]*|\(|<<|<[^<>]*>|" + ALONE + rb"ID(?=[\s\0])")
LITERAL = rb"\((?:[^()\\]|\\.)*+\)"
# Each way to write a value; what has no end reaches to the end, so that reading never takes longer than its length.
ITEM = re.compile(
    rb"%[^\r\n]*|/" + WORD + rb"*|\[(?:[^\]()]|" + LITERAL + rb")*+(?:[\]()]|\Z)|<<(?:[^>]|>(?!>))*+(?:>>|\Z)"
    + rb"|<[^<>]*>|" + WORD + rb"+|" + LITERAL, re.S
)
MOST_HEADER = 64 * 2**10
END = re.compile(rb"(?:(?<=>)|[\s\0])EI(?=[\s\0]|\Z)")
PHOTOGRAPH_END = re.compile(rb"(?<=\xff\xd9)[\s\0]*EI(?=[\s\0]|\Z)")
READABLE = re.compile(rb"[\t\n\f\r\0 -~]*\Z")


def clean(data: bytes) -> bytes:
    """The same instructions, without comments and properties.

    Raises
    ------
    Held
        When a text, a dictionary or a picture in them has no end.
    """
    kept, copied, at = [], 0, 0
    while found := NEXT.search(data, at):
        start, first = found.start(), found[0][:2]
        if first == b"(":
            at = _text_end(data, start)
            continue
        if first[:1] == b"<" and first != b"<<":
            at = found.end()
            continue
        kept.append(data[copied:start])
        if first == b"<<":
            at = _dictionary_end(data, start)
            kept.append(b"<<>>")
        elif first == b"BI":
            picture, at = _picture(data, found.end())
            kept.append(picture)
        else:
            at = found.end()
        copied = at
    kept.append(data[copied:])
    return b"".join(kept)


def _text_end(data: bytes, start: int) -> int:
    depth, at = 1, start + 1
    while depth:
        piece = TEXT_PIECE.match(data, at)
        if piece is None:
            raise Held("unreadable")
        at = piece.end()
        depth += {b"(": 1, b")": -1, None: 0}[piece[1]]
    return at


def _dictionary_end(data: bytes, start: int) -> int:
    depth, at = 1, start + 2
    while depth:
        found = NESTED.search(data, at)
        if found is None:
            raise Held("unreadable")
        at = _text_end(data, found.start()) if found[0] == b"(" else found.end()
        depth += {b"<<": 1, b">>": -1}.get(found[0], 0)
    return at


def _picture(data: bytes, at: int) -> tuple[bytes, int]:
    """A picture between instructions (8.9.7), written anew, and where the instructions go on."""
    begin = at
    while True:
        found = START.search(data, at)
        if found is None:
            raise Held("unreadable")
        if found[0] == b"ID":
            break
        at = _text_end(data, found.start()) if found[0] == b"(" else (
            _dictionary_end(data, found.start()) if found[0] == b"<<" else found.end())
    if found.start() - begin > MOST_HEADER:
        raise Held("unreadable")
    items: list[bytes] = [item for item in ITEM.findall(data[begin:found.start()]) if not item.startswith(b"%")]
    said = dict(zip(items[::2], items[1::2], strict=False))
    if len(items) % 2 or any(not key.startswith(b"/") for key in said):
        raise Held("unreadable")
    said = {key: value for key, value in said.items() if key in PICTURE_KEYS}
    names = re.findall(rb"/" + WORD + rb"+", said.get(b"/F", said.get(b"/Filter", b"")))
    body, after = _body(data, found.end() + 1, [FILTERS.get(name.decode("latin-1"), name.decode("latin-1"))
                                               for name in names])
    if body.startswith(b"\xff\xd8") and b"DCT" in b"".join(names):
        said = {key: value for key, value in said.items() if key not in {b"/F", b"/Filter", b"/DP", b"/DecodeParms"}}
        said[b"/F"] = b"/DCT"
    head = b" ".join(key + b" " + value for key, value in said.items())
    return b"BI " + head + b" ID " + body + b"\nEI", after


def _body(data: bytes, start: int, names: list[str]) -> tuple[bytes, int]:
    """What a picture is coded in, and where it ends: at an ``EI`` behind which words follow, not bytes."""
    if names == ["/DCTDecode"]:
        last = PHOTOGRAPH_END.search(data, start)
        if last is None:
            raise Held("unreadable")
        return bare_jpeg(data[start:last.start()]), last.end()
    for last in END.finditer(data, start):
        if READABLE.match(data[last.end():last.end() + 16]):
            break
    else:
        raise Held("unreadable")
    body = data[start:last.start()]
    if not {"/DCTDecode", "/JPXDecode"} & set(names):
        return body, last.end()
    if names[-1] != "/DCTDecode" or not set(names[:-1]) <= UNPACKERS.keys():
        raise Held("embedded")
    for name in names[:-1]:
        body = UNPACKERS[name](body)
    return bare_jpeg(body), last.end()
