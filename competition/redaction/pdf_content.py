"""Content streams of a PDF (ISO 32000-2, 7.8.2) without what they say beside the drawing.

Left out are comments and the property lists of marked content (replacement texts, descriptions, names). Inline images
keep the keys that decoding needs; a JPEG among them is rewritten itself. All else keeps its bytes.
"""

from __future__ import annotations

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, PdfError, Token, TokenFilter, TokenType

from competition.redaction.errors import Withheld
from competition.redaction.images import strip_jpeg
from competition.redaction.pdf_filters import LOSSLESS, decode, filter_names

IMAGE_KEYS = frozenset({
    b"/BPC", b"/BitsPerComponent", b"/CS", b"/ColorSpace", b"/D", b"/Decode", b"/DP", b"/DecodeParms", b"/F",
    b"/Filter", b"/H", b"/Height", b"/IM", b"/ImageMask", b"/I", b"/Interpolate", b"/Intent", b"/W", b"/Width",
})
FILTER_KEYS = frozenset({b"/F", b"/Filter", b"/DP", b"/DecodeParms"})
# By names of their own: a look-up among the members of an enumeration costs more than the rest of a token.
BAD, END, WORD, COMMENT, IMAGE = (
    TokenType.bad, TokenType.eof, TokenType.word, TokenType.comment, TokenType.inline_image,
)
ORDINARY = (TokenType.space, TokenType.integer, TokenType.real, TokenType.name_, TokenType.string)
NESTING = {TokenType.array_open: 1, TokenType.dict_open: 1, TokenType.array_close: -1, TokenType.dict_close: -1}


def clean(data: bytes) -> bytes:
    """The same instructions, without comments and property lists.

    Raises
    ------
    Withheld
        When a string, a dictionary or an inline image has no end, or an image cannot be rewritten.
    """
    pdf, collector = Pdf.new(), Collector()
    content = pdf.make_stream(data)
    Page(pdf.make_indirect(Dictionary(Type=Name.Page, Contents=content))).get_filtered_contents(collector)
    return collector.cleaned()


class Collector(TokenFilter):
    """Collects what stays of a content stream. Images are rewritten last: qpdf is locked while it reads tokens."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._images: dict[int, InlineImage] = {}  # by their place among the parts
        self._image: InlineImage | None = None  # that the tokens belong to
        self._depth = 0  # of dictionaries around the token

    def handle_token(self, token: Token) -> None:
        kind = token.type_
        if self._image is not None:
            if kind is BAD or kind is END:
                raise Withheld("unreadable")
            if self._image.add(kind, token.raw_value):
                self._image = None
        elif kind in ORDINARY:
            if not self._depth:
                self._parts.append(token.raw_value)
        elif kind is WORD:
            self._word(token.raw_value)
        elif kind is TokenType.dict_open:
            self._depth += 1
        elif kind is TokenType.dict_close and self._depth:
            self._depth -= 1
            if not self._depth:
                self._parts.append(b"<<>>")
        elif kind is BAD or kind is IMAGE or (kind is END and self._depth):
            raise Withheld("unreadable")
        elif kind is not COMMENT and not self._depth:
            self._parts.append(token.raw_value)

    def _word(self, word: bytes) -> None:
        if self._depth:
            return
        if word == b"BI":
            self._image = self._images[len(self._parts)] = InlineImage()
            word = b""
        self._parts.append(word)

    def cleaned(self) -> bytes:
        for place, image in self._images.items():
            self._parts[place] = image.rewritten()
        return b"".join(self._parts)


class InlineImage:
    """An image between instructions (8.9.7), from BI to EI."""

    def __init__(self) -> None:
        self._items: list[bytearray] = []  # keys and values by turns
        self._depth = 0  # of lists and dictionaries in a value
        self._data: bytes | None = None

    def add(self, kind: TokenType, raw: bytes) -> bool:
        """Take the next token; returns whether the image is complete with it."""
        if kind is IMAGE:
            self._data = raw
        elif self._data is not None:
            return True  # EI, which ends the data
        elif kind is COMMENT or (kind is WORD and raw == b"ID"):
            return False
        elif self._depth:
            self._items[-1] += raw
        elif kind is not TokenType.space:
            self._items.append(bytearray(raw))
        self._depth += NESTING.get(kind, 0)
        return False

    def rewritten(self) -> bytes:
        """The image with the keys that decoding needs.

        Raises
        ------
        Withheld
            When the keys cannot be read, or a JPEG is packed in a way that cannot be undone.
        """
        items = [bytes(item) for item in self._items]
        keys = dict(zip(items[::2], items[1::2], strict=False))
        if self._depth or len(items) % 2 or not all(key.startswith(b"/") for key in keys):
            raise Withheld("unreadable")
        keys = {key: value for key, value in keys.items() if key in IMAGE_KEYS}
        data = self._data or b""
        filters = _filters(keys.get(b"/F", keys.get(b"/Filter", b"null")))
        if {"/DCTDecode", "/JPXDecode"} & set(filters):
            data = _jpeg(data, filters) + b"\n"
            keys = {key: value for key, value in keys.items() if key not in FILTER_KEYS} | {b"/F": b"/DCT"}
        header = b" ".join(key + b" " + value for key, value in keys.items())
        # Nothing is put before EI: where image data hold these letters, what follows belongs to them.
        return b"BI " + header + b" ID " + data + b"EI"


def _filters(value: bytes) -> list[str]:
    try:
        return filter_names(Object.parse(value))
    except PdfError as error:
        raise Withheld("unreadable") from error


def _jpeg(data: bytes, filters: list[str]) -> bytes:
    """A JPEG without its metadata, also when it is packed once more."""
    if filters[-1] != "/DCTDecode" or not set(filters[:-1]) <= LOSSLESS:
        raise Withheld("embedded")
    if len(filters) > 1:
        pdf = Pdf.new()
        data = decode(pdf.make_stream(data, Filter=Array([Name(name) for name in filters[:-1]])))
    return strip_jpeg(data)
