"""Filters of a PDF's streams (ISO 32000-2, 7.4): their names, and decoding within bounds."""

from __future__ import annotations

from typing import Any

from pikepdf import Array, Dictionary, Name, Stream, StreamDecodeLevel
from pikepdf.settings import set_qpdf_limits

from competition.redaction.errors import Withheld

MOST_DECODED = 64 * 2**20  # bytes of one stream, object streams of the file itself included
# An LZW table of 4,096 entries grows data at most 1,366 times; qpdf has no limit of its own for LZW.
MOST_LZW = MOST_DECODED // 1366
ABBREVIATIONS = {
    "/DCT": "/DCTDecode", "/Fl": "/FlateDecode", "/AHx": "/ASCIIHexDecode", "/A85": "/ASCII85Decode",
    "/LZW": "/LZWDecode", "/RL": "/RunLengthDecode", "/CCF": "/CCITTFaxDecode",
}
TEXT = frozenset({"/ASCIIHexDecode", "/ASCII85Decode"})
LOSSLESS = TEXT | {"/FlateDecode", "/LZWDecode", "/RunLengthDecode"}  # what qpdf decodes without another program

# For the whole process: qpdf knows no limits per document.
set_qpdf_limits(
    flate_max_memory=MOST_DECODED, run_length_max_memory=MOST_DECODED, png_max_memory=MOST_DECODED,
    tiff_max_memory=MOST_DECODED,
)


def name_of(value: Any) -> str:
    """A name with its slash, bytes outside ASCII as ``#xx``; an empty text for any other value."""
    return value.unparse(resolved=True).decode("ascii") if isinstance(value, Name) else ""


def filter_names(filters: Any) -> list[str]:
    """Full names of filters in the order of decoding; table 92 lists the abbreviations.

    Parameters
    ----------
    filters
        The value of a stream's ``/Filter``: a name, a list of names or None.
    """
    if filters is None:
        return []
    names = [name_of(one) for one in (filters if isinstance(filters, Array) else [filters])]
    return [ABBREVIATIONS.get(name, name) for name in names]


def filter_parameters(stream: Stream) -> list[Any]:
    """Parameters of each filter, None for a filter without any."""
    parameters: Any = stream.get("/DecodeParms")
    each = list(parameters) if isinstance(parameters, Array) else [parameters]
    count = len(filter_names(stream.get("/Filter")))
    return [one if isinstance(one, Dictionary) else None for one in (*each, *[None] * count)[:count]]


def decode(stream: Stream) -> bytes:
    """Data of a stream behind its filters.

    Raises
    ------
    Withheld
        When a filter is none that packs without loss, or the data are too large.
    pikepdf.PdfError
        When the data are damaged.
    """
    names = filter_names(stream.get("/Filter"))
    if not set(names) <= LOSSLESS:
        raise Withheld("unreadable")
    if "/LZWDecode" in names and (len(set(names) - TEXT) > 1 or names.count("/LZWDecode") > 1
                                  or len(stream.read_raw_bytes()) > MOST_LZW):
        raise Withheld("large")
    return stream.read_bytes(StreamDecodeLevel.specialized)
