"""A PDF rewritten for judges: the pages, without anything that tells who wrote them outside the pages.

Dropped are the document information, XMP (of the document, its pages, images and forms), attachments,
scripts, form fields, annotations with their links, outlines, and editors' private data. What the pages
themselves show cannot be judged by a program; the call tells teams not to name themselves there.
"""

from __future__ import annotations

from typing import IO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, NameObject, StreamObject

PAGE_KEYS = frozenset({
    "/Type", "/Parent", "/Resources", "/Contents", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox",
    "/Rotate", "/Group", "/UserUnit",
})
START_OF_SCAN = 0xDA
TELLING = frozenset({*range(0xE1, 0xF0), 0xFE} - {0xEE})  # APP1 to APP15 and comments
OBJECT_KEYS = ("/Metadata", "/PieceInfo", "/LastModified", "/AF", "/OPI")


class Unreadable(Exception):
    """Not a PDF that can be rewritten; ``reason`` is ``locked`` or ``unreadable``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def rewrite(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy the pages of ``source`` into a new document.

    Raises
    ------
    Unreadable
        When it is locked with a password, or broken.
    """
    try:
        reader = PdfReader(source, strict=False)
        if reader.is_encrypted:
            raise Unreadable("locked")
        writer = PdfWriter()
        for page in reader.pages:
            for key in [key for key in page if key not in PAGE_KEYS]:
                del page[key]
            writer.add_page(page)
        if not writer.pages:
            raise Unreadable("unreadable")
        _strip(writer)
        writer.metadata = None
        writer.write(target)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise Unreadable("unreadable") from error


def _strip(writer: PdfWriter) -> None:
    for one in writer._objects:
        if isinstance(one, DictionaryObject):
            for key in OBJECT_KEYS:
                if key in one:
                    del one[NameObject(key)]
        if isinstance(one, StreamObject) and one.get("/Subtype") == "/Image" and _filters(one) == ["/DCTDecode"]:
            one._data = bare_jpeg(one._data)
    # What nothing points to any more would otherwise still be written.
    writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)


def _filters(stream: StreamObject) -> list[str]:
    named = stream.get("/Filter", [])
    return [str(name) for name in named] if isinstance(named, list) else [str(named)]


def bare_jpeg(data: bytes) -> bytes:
    """A photograph without its Exif, XMP, colour profile and comments; ``APP14`` tells how colours are stored.

    Segments are marker, length, content (ITU T.81, B.1); from the start of scan on, all is picture.
    """
    kept, at = bytearray(data[:2]), 2
    if data[:2] != b"\xff\xd8":
        return data
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != START_OF_SCAN:
        marker, length = data[at + 1], int.from_bytes(data[at + 2:at + 4])
        if marker not in TELLING:
            kept += data[at:at + 2 + length]
        at += 2 + length
    return bytes(kept + data[at:])
