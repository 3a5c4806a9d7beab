"""A PDF rewritten for judges: the pages, without anything that tells who wrote them outside the pages.

Dropped are the document information, XMP (of the document, its pages, images and forms), attachments,
scripts, form fields, annotations with their links, outlines, and editors' private data. What the pages
themselves show cannot be judged by a program; the call tells teams not to name themselves there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from pypdf import PdfReader, PdfWriter
from pypdf.filters import FlateDecode
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

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
        When it is locked with a password, has layers that can be switched (a reader would show to judges what
        the team switched off), or is broken.
    """
    try:
        reader = PdfReader(source, strict=False)
        if reader.is_encrypted:
            raise Held("locked")
        if "/OCProperties" in reader.root_object:
            raise Held("layers")
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
    except Held:
        raise
    except Exception as error:  # pypdf stumbles over broken files in any way
        raise Held("unreadable") from error


def _strip(writer: PdfWriter) -> None:
    for one in writer._objects:
        for part in _dictionaries(one):
            for key in OBJECT_KEYS:
                if key in part:
                    del part[NameObject(key)]
        if isinstance(one, StreamObject) and _value(one, "/Subtype") == "/Image":
            _bare(one)
    # What nothing points to any more would otherwise still be written.
    writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)


def _dictionaries(one: Any) -> Iterator[DictionaryObject]:
    """An object's dictionaries, those written inside others too; what it refers to is an object of its own."""
    waiting = [one]
    while waiting:
        part = waiting.pop()
        if isinstance(part, DictionaryObject):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, ArrayObject):
            waiting.extend(part)


def _value(part: DictionaryObject, key: str) -> Any:
    """What a dictionary says, also where it only refers to it."""
    found = part.get(key)
    return None if found is None else found.get_object()


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
    named = _value(stream, "/Filter") or []
    return [str(name.get_object()) for name in named] if isinstance(named, list) else [str(named)]
