"""A PDF rewritten for judges: the pages, without anything that tells who wrote them outside the pages.

Dropped are the document information, XMP (of the document, its pages, images and forms), attachments,
scripts, form fields, annotations with their links, outlines, and editors' private data. What the pages
themselves show cannot be judged by a program; the call tells teams not to name themselves there.
"""

from __future__ import annotations

from typing import IO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, NameObject

PAGE_KEYS = ("/Annots", "/AA", "/B", "/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/StructParents", "/AF")
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
            for key in PAGE_KEYS:
                if key in page:
                    del page[NameObject(key)]
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
    # What nothing points to any more would otherwise still be written.
    writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)
