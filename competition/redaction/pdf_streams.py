"""Streams of a PDF, rewritten by kind: instructions, colour profiles, PostScript, images."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from competition.redaction.errors import Withheld
from competition.redaction.images import strip_jpeg
from competition.redaction.jpeg2000 import strip_jpeg2000
from competition.redaction.pdf_content import clean
from competition.redaction.pdf_filters import decode, filter_names, filter_parameters
from competition.redaction.profiles import strip_profile

MOST_UNPACKED = 256 * 2**20  # bytes of all streams of a document that are decoded
COMMENT = re.compile(rb"%[^\r\n]*")
RANGES = re.compile(rb"(\d{1,5})\s+begin(codespacerange|bfchar|bfrange)\b|\bend(codespacerange|bfchar|bfrange)\b")
CODE = re.compile(rb"<[0-9A-Fa-f\s]*>|[\[\]]|/[A-Za-z0-9._]+")
MAPPING_HEAD = (b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Codes def\n"
                b"/CMapType 2 def\n")
MAPPING_FOOT = b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
PHOTOGRAPHS: dict[str, Callable[[bytes], bytes]] = {"/DCTDecode": strip_jpeg, "/JPXDecode": strip_jpeg2000}


def without_comments(data: bytes) -> bytes:
    """A PostScript function (7.10.5) or character map (9.7.5) without its comments."""
    return COMMENT.sub(b"", data)


def code_ranges(data: bytes) -> bytes:
    """The ranges of a font's map from codes to Unicode (9.10.3), in a neutral frame."""
    data = without_comments(data)
    ranges = [
        begin[1] + b" begin" + begin[2] + b"\n" + b" ".join(CODE.findall(data[begin.end():end.start()])) + b"\nend"
        + begin[2] + b"\n"
        for begin, end in pairwise(RANGES.finditer(data)) if begin[2] and begin[2] == end[3]
    ]
    return MAPPING_HEAD + b"".join(ranges) + MAPPING_FOOT


def numbers_of_profile(data: bytes) -> bytes:
    """A colour profile without its texts; one that cannot be read becomes empty, so its alternative counts."""
    return strip_profile(data) or b""


# By kinds of pdf_shapes.SHAPES.
REWRITERS: dict[str, Callable[[bytes], bytes]] = {
    "instructions": clean, "form": clean, "tile": clean, "calculator": without_comments, "cmap": without_comments,
    "mapping": code_ranges, "profile": numbers_of_profile,
}


class Streams:
    """Rewrites the streams of one document, as long as what they unpack to stays within :data:`MOST_UNPACKED`."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._room = MOST_UNPACKED

    def rewrite(self, stream: Stream, kind: str) -> None:
        """Write a stream without what does not belong to its kind.

        Raises
        ------
        Withheld
            When it cannot be read, is too large, or another filter follows that of a photograph.
        """
        rewriter = REWRITERS.get(kind)
        if rewriter is not None:
            stream.write(zlib.compress(rewriter(self._unpacked(stream))), filter=Name.FlateDecode)
        else:
            self._strip_photograph(stream)

    def join(self, streams: Sequence[Stream]) -> Stream:
        """A page's instructions in one stream: a page may cut them anywhere between two tokens."""
        instructions = clean(b"\n".join(self._unpacked(stream) for stream in streams))
        return self._pdf.make_stream(zlib.compress(instructions), Filter=Name.FlateDecode)

    def _unpacked(self, stream: Stream) -> bytes:
        data = decode(stream)
        self._room -= len(data)
        if self._room < 0:
            raise Withheld("large")
        return data

    def _strip_photograph(self, stream: Stream) -> None:
        """Rewrite a JPEG or JPEG 2000 image as one beside the PDF would be, whatever else it is packed in."""
        names = filter_names(stream.get("/Filter"))
        if not set(names) & PHOTOGRAPHS.keys():
            return
        if set(names[:-1]) & PHOTOGRAPHS.keys() or names[-1] not in PHOTOGRAPHS:
            raise Withheld("embedded")
        parameters, data = filter_parameters(stream), stream.read_raw_bytes()
        if len(names) > 1:
            data = self._unpacked(self._pdf.make_stream(
                data, Filter=Array([Name(name) for name in names[:-1]]), DecodeParms=Array(parameters[:-1])))
        transform = None if parameters[-1] is None else parameters[-1].get("/ColorTransform")
        stream.write(
            PHOTOGRAPHS[names[-1]](data), filter=Name(names[-1]),
            decode_parms=None if transform is None else Dictionary(ColorTransform=transform),
        )
