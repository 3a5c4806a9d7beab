"""Streams of a PDF: pictures, colour profiles and drawing instructions, each as plain as a file beside it would be."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pypdf import PdfWriter
from pypdf.filters import decode_stream_data
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    EncodedStreamObject,
    NameObject,
    StreamObject,
)

from competition.redaction.held import Held
from competition.redaction.images import bare_jpeg
from competition.redaction.jpeg2000 import bare_jpeg2000
from competition.redaction.pdf_content import FILTERS, clean
from competition.redaction.profiles import bare_profile

MOST_UNPACKED = 256 * 2**20  # of drawing instructions and profiles, read piece by piece
REMARK = re.compile(rb"%[^\r\n]*")
RANGES = re.compile(rb"(\d{1,5})\s+begin(codespacerange|bfchar|bfrange)\b|\bend(codespacerange|bfchar|bfrange)\b")
CODE = re.compile(rb"<[0-9A-Fa-f\s]*>|[\[\]]|/[A-Za-z0-9._]+")
MAPPING_HEAD = (b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Codes def\n"
                b"/CMapType 2 def\n")
MAPPING_FOOT = b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
PICTURES = {"/DCTDecode": bare_jpeg, "/JPXDecode": bare_jpeg2000}


@dataclass
class Work:
    """What is done already, by object, and how many bytes may still be unpacked."""

    done: set[int] = field(default_factory=set)
    room: int = field(default_factory=lambda: MOST_UNPACKED)

    def first(self, stream: StreamObject) -> bool:
        if id(stream) in self.done:
            return False
        self.done.add(id(stream))
        return True

    def unpack(self, stream: StreamObject) -> bytes:
        """
        Raises
        ------
        Held
            When there is no room left, or the stream is a picture.
        """
        names = filters(stream)
        if set(names) & PICTURES.keys():
            raise Held("unreadable")
        return self.decoded(stream._data, names, _parameters(stream))

    def decoded(self, data: bytes, names: list[str], parameters: list[Any]) -> bytes:
        """Data behind filters, as long as there is room."""
        unpacked = _decoded(data, names, parameters)
        self.room -= len(unpacked)
        if self.room < 0:
            raise Held("large")
        return unpacked


def filters(stream: StreamObject) -> list[str]:
    """Names of a stream's filters in full, whichever way they are written (ISO 32000-2, table 92)."""
    found = stream.get("/Filter")
    named: Any = [] if found is None else found.get_object()
    listed = named if isinstance(named, list) else [named]
    return [FILTERS.get(str(name.get_object()), str(name.get_object())) for name in listed]


def _parameters(stream: StreamObject) -> list[Any]:
    found = stream.get("/DecodeParms")
    given: Any = None if found is None else found.get_object()
    return [one.get_object() for one in given] if isinstance(given, list) else [given]


def _decoded(data: bytes, names: list[str], parameters: list[Any]) -> bytes:
    """Data behind filters, within the reader's own bounds on what one stream may unpack to."""
    if not names:
        return data
    packed = EncodedStreamObject()
    packed._data = data
    packed[NameObject("/Filter")] = ArrayObject([NameObject(name) for name in names])
    padded = [*parameters, *[None] * len(names)][:len(names)]
    packed[NameObject("/DecodeParms")] = ArrayObject([
        one if isinstance(one, DictionaryObject) else DictionaryObject() for one in padded
    ])
    return decode_stream_data(packed)


def _write(stream: StreamObject, data: bytes) -> None:
    stream._data, stream.decoded_self = zlib.compress(data), None
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    stream.pop("/DecodeParms", None)


def page_content(writer: PdfWriter, page: DictionaryObject, work: Work) -> None:
    """A page's drawing instructions as one stream: a page may cut them anywhere between two words."""
    found = page.get("/Contents")
    given: Any = None if found is None else found.get_object()
    if isinstance(given, StreamObject):
        content(given, work)
    elif isinstance(given, ArrayObject):
        pieces = [piece for piece in (one.get_object() for one in given) if isinstance(piece, StreamObject)]
        joined = DecodedStreamObject()
        _write(joined, clean(b"\n".join(work.unpack(piece) for piece in pieces)))
        page[NameObject("/Contents")] = writer._add_object(joined)


def content(stream: Any, work: Work) -> None:
    """Drawing instructions without comments and hidden words; their pictures rewritten."""
    if isinstance(stream, StreamObject) and work.first(stream):
        _write(stream, clean(work.unpack(stream)))


def profile(stream: Any, work: Work) -> None:
    """A colour profile without its texts; one that cannot be read is emptied, so the plain colours count."""
    if isinstance(stream, StreamObject) and work.first(stream):
        _write(stream, bare_profile(work.unpack(stream)) or b"")


def program(stream: StreamObject, work: Work) -> None:
    """A function (7.10.5) or a list of characters (9.7.5) in PostScript, without its comments."""
    if work.first(stream):
        _write(stream, REMARK.sub(b"", work.unpack(stream)))


def mapping(stream: StreamObject, work: Work) -> None:
    """What a font's codes say in Unicode (9.10.3): the ranges alone, in a frame of our own."""
    if not work.first(stream):
        return
    data = REMARK.sub(b"", work.unpack(stream))
    ranges = [
        begin[1] + b" begin" + begin[2] + b"\n" + b" ".join(CODE.findall(data[begin.end():end.start()])) + b"\nend"
        + begin[2] + b"\n"
        for begin, end in pairwise(RANGES.finditer(data)) if begin[2] and begin[2] == end[3]
    ]
    _write(stream, MAPPING_HEAD + b"".join(ranges) + MAPPING_FOOT)


def picture(stream: StreamObject, work: Work) -> None:
    """A picture inside the PDF loses what a picture beside it would, whatever it is packed in besides."""
    names = filters(stream)
    if not set(names) & PICTURES.keys():
        return
    if set(names[:-1]) & PICTURES.keys():
        raise Held("embedded")
    parameters = _parameters(stream)
    data = work.decoded(stream._data, names[:-1], parameters) if names[:-1] else stream._data
    stream._data = PICTURES[names[-1]](data)
    stream[NameObject("/Filter")] = NameObject(names[-1])
    own = parameters[len(names) - 1] if len(parameters) == len(names) else None
    stream.pop("/DecodeParms", None)
    if isinstance(own, DictionaryObject):
        transform = own.get("/ColorTransform")
        if transform is not None:
            stream[NameObject("/DecodeParms")] = DictionaryObject({NameObject("/ColorTransform"): transform})
