"""A PDF rewritten for judges: the pages, without anything that tells who wrote them outside the pages.

Dropped are the document information, XMP (of the document, its pages, images and forms), attachments,
scripts, form fields, annotations with their links, outlines, names of layers, earlier versions of the document,
comments and hidden words between drawing instructions, and editors' private data: fonts, patterns, functions and all
else that pages draw with keep the keys that drawing needs (:mod:`.pdf_shapes`). Names of fonts stay, which a reader
falls back on. What the pages themselves show cannot be judged by a program; the call tells teams not to name
themselves there.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
)

from competition.redaction import pdf_shapes, pdf_streams
from competition.redaction.held import Held

MOST_BYTES = 512 * 2**20  # of a whole document, whose streams are in memory while it is written anew
PAGE_KEYS = frozenset({
    "/Type", "/Parent", "/Resources", "/Contents", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox",
    "/Rotate", "/Group", "/UserUnit",
})
RESOURCE_KEYS = frozenset({
    "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/XObject", "/Font", "/ProcSet", "/Properties",
})
CODED = frozenset({"/Filter", "/DecodeParms", "/Length"})
IMAGE_KEYS = CODED | {
    "/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/Intent", "/ImageMask", "/Mask",
    "/Decode", "/Interpolate", "/SMask", "/SMaskInData", "/Matte",
}
FORM_KEYS = CODED | {"/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Group"}
# Of everything else: XMP, editors' data, attached files; a stream whose bytes lie in another file names that.
OBJECT_KEYS = ("/Metadata", "/PieceInfo", "/LastModified", "/AF", "/OPI")
ELSEWHERE = ("/F", "/FFilter", "/FDecodeParms")


def rewrite(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy the pages of ``source`` into a new document.

    Raises
    ------
    Held
        When it is locked with a password, has layers that can be switched (a reader would show to judges what
        the team switched off), is too large, or is broken.
    """
    if source.seek(0, io.SEEK_END) > MOST_BYTES:
        raise Held("large")
    source.seek(0)
    try:
        reader = PdfReader(source, strict=False)
        if reader.is_encrypted:
            raise Held("locked")
        if "/OCProperties" in reader.root_object:
            raise Held("layers")
        writer = PdfWriter()
        for page in reader.pages:
            _keep(page, PAGE_KEYS)
            writer.add_page(page)
        if not writer.pages:
            raise Held("unreadable")
        writer.metadata = None
        _strip(writer)
        writer.write(target)
    except Held:
        raise
    except Exception as error:  # pypdf stumbles over broken files in any way
        raise Held("unreadable") from error


def _strip(writer: PdfWriter) -> None:
    work = pdf_streams.Work()
    shaper = pdf_shapes.Shaper(work)
    for page in writer.pages:
        shaper.page(page)
        pdf_streams.page_content(writer, page, work)
    # Twice: what only dropped keys led to must neither be worked on nor be written.
    _sweep(writer)
    for one in writer._objects:
        for part in _parts(one):
            if isinstance(part, DictionaryObject):
                _plain(part, work)
            elif part and _is(part[0], "/ICCBased"):
                pdf_streams.profile(part[1].get_object(), work)
    _sweep(writer)


def _sweep(writer: PdfWriter) -> None:
    """Forget every object to which no path leads from the catalogue."""
    _keep(writer.root_object, frozenset({"/Type", "/Pages"}))
    reached: set[int] = set()
    waiting: list[Any] = [writer.root_object.indirect_reference]
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if one.idnum not in reached:
                reached.add(one.idnum)
                waiting.append(one.get_object())
        elif isinstance(one, DictionaryObject):
            waiting.extend(dict.values(one))
        elif isinstance(one, ArrayObject):
            waiting.extend(list.__iter__(one))
    for at in range(len(writer._objects)):
        if at + 1 not in reached:
            writer._objects[at] = None


def _parts(one: Any) -> Iterator[DictionaryObject | ArrayObject]:
    """An object's dictionaries and lists, those inside others too; what it refers to is an object of its own."""
    waiting = [one]
    while waiting:
        part = waiting.pop()
        if isinstance(part, DictionaryObject):
            yield part
            waiting.extend(dict.values(part))
        elif isinstance(part, ArrayObject):
            yield part
            waiting.extend(list.__iter__(part))


def _plain(part: DictionaryObject, work: pdf_streams.Work) -> None:
    """One dictionary or stream loses what no page shows."""
    for key in (*OBJECT_KEYS, *ELSEWHERE) if isinstance(part, StreamObject) else OBJECT_KEYS:
        if key in part:
            del part[NameObject(key)]
    resources = _value(part, "/Resources")
    if isinstance(resources, DictionaryObject):
        _resources(resources)
    if _is(part.get("/Subtype"), "/Type3"):
        for glyph in (_value(part, "/CharProcs") or {}).values():
            pdf_streams.content(glyph.get_object(), work)
    if not isinstance(part, StreamObject):
        return
    if _is(part.get("/Subtype"), "/Image"):
        _keep(part, IMAGE_KEYS)
    elif _is(part.get("/Subtype"), "/Form"):
        _keep(part, FORM_KEYS)
        pdf_streams.content(part, work)
    elif _value(part, "/PatternType") == 1:
        pdf_streams.content(part, work)
    pdf_streams.picture(part, work)


def _resources(part: DictionaryObject) -> None:
    """What a page draws with; marked content keeps its names without what they stand for (names of layers)."""
    _keep(part, RESOURCE_KEYS)
    listed = _value(part, "/Properties")
    if isinstance(listed, DictionaryObject):
        part[NameObject("/Properties")] = DictionaryObject({NameObject(name): DictionaryObject() for name in listed})


def _keep(part: DictionaryObject, keys: frozenset[str]) -> None:
    for key in [key for key in part if key not in keys]:
        del part[key]


def _value(part: DictionaryObject, key: str) -> Any:
    """What a dictionary says, also where it only refers to it."""
    found = part.get(key)
    return None if found is None else found.get_object()


def _is(found: Any, name: str) -> bool:
    return found is not None and found.get_object() == name
