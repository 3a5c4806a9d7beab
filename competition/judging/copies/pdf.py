"""A PDF rewritten for judges: the pages, without anything that tells who wrote them outside the pages.

Dropped are the document information, XMP (of the document, its pages, images and forms), attachments,
scripts, form fields, annotations with their links, outlines, and editors' private data. What the pages
themselves show cannot be judged by a program; the call tells teams not to name themselves there.
"""

from __future__ import annotations

from typing import IO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.filters import FlateDecode
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from competition.judging.copies.held import Held
from competition.judging.copies.images import bare_jpeg, bare_jpeg2000

PAGE_KEYS = frozenset({
    "/Type", "/Parent", "/Resources", "/Contents", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox",
    "/Rotate", "/Group", "/UserUnit",
})
OBJECT_KEYS = ("/Metadata", "/PieceInfo", "/LastModified", "/AF", "/OPI")


def rewrite(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy the pages of ``source`` into a new document.

    Raises
    ------
    Held
        When it is locked with a password, or broken.
    """
    try:
        reader = PdfReader(source, strict=False)
        if reader.is_encrypted:
            raise Held("locked")
        writer = PdfWriter()
        for page in reader.pages:
            for key in [key for key in page if key not in PAGE_KEYS]:
                del page[key]
            writer.add_page(page)
        if not writer.pages:
            raise Held("unreadable")
        _strip(writer)
        writer.metadata = None
        writer.write(target)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise Held("unreadable") from error


def _strip(writer: PdfWriter) -> None:
    for one in writer._objects:
        if isinstance(one, DictionaryObject):
            for key in OBJECT_KEYS:
                if key in one:
                    del one[NameObject(key)]
        if isinstance(one, StreamObject) and one.get("/Subtype") == "/Image":
            _bare(one)
    # What nothing points to any more would otherwise still be written.
    writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)


def _bare(image: StreamObject) -> None:
    """A picture inside the PDF loses what a picture beside it would."""
    filters = _filters(image)
    if filters[-1:] not in (["/DCTDecode"], ["/JPXDecode"]):
        return
    data = image._data
    if filters[:-1] == ["/FlateDecode"]:
        data = FlateDecode.decode(data)
        image[NameObject("/Filter")] = NameObject(filters[-1])
        image.pop("/DecodeParms", None)
    elif len(filters) > 1:
        raise Held("embedded")
    image._data = bare_jpeg(data) if filters[-1] == "/DCTDecode" else bare_jpeg2000(data)


def _filters(stream: StreamObject) -> list[str]:
    named = stream.get("/Filter", [])
    return [str(name) for name in named] if isinstance(named, list) else [str(named)]
