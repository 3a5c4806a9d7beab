"""A PDF rewritten for judges: the pages, without anything that tells who wrote them outside the pages.

Left out are the document information, XMP (of the document, its pages, images and forms), attachments,
scripts, form fields, annotations with their links, outlines, names of layers, earlier versions of the document,
comments and property lists between drawing instructions, and editors' private data: fonts, patterns, functions and
all else that pages draw with keep the keys that drawing needs (:mod:`.pdf_shapes`). Names of fonts stay, because a
reader falls back on them. What the pages themselves show cannot be judged by a program; the call tells teams not to
name themselves there.
"""

from __future__ import annotations

import io
from typing import IO, Any, BinaryIO, cast

from pikepdf import Array, Dictionary, Name, ObjectStreamMode, PasswordError, Pdf, StreamDecodeLevel

from competition.redaction.errors import Withheld
from competition.redaction.pdf_shapes import Shaper
from competition.redaction.pdf_streams import Streams

MOST_BYTES = 512 * 2**20  # of a document
OVER_LIMIT = "memory limit"  # in qpdf's messages about data that unpack to more than it may decode


def rewrite(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy the pages of ``source`` into a new document.

    qpdf mends what every reader mends: a damaged table of objects, a wrong length of a stream. A document that has
    not as many pages as it says is withheld, as judges would read an entry without its missing pages.

    Raises
    ------
    Withheld
        When it is encrypted, has layers that can be switched (a reader would show to judges what
        the team switched off), is too large, or is damaged.
    """
    if source.seek(0, io.SEEK_END) > MOST_BYTES:
        raise Withheld("large")
    source.seek(0)
    file = cast("BinaryIO", source)
    try:
        # Apart from the second opening, in which qpdf flattens the tree of pages and counts them anew.
        with Pdf.open(file, inherit_page_attributes=False) as pdf:
            count = pdf.Root.Pages.get("/Count")
        with Pdf.open(file) as pdf:
            _write_pages(pdf, count, target)
    except Withheld:
        raise
    except PasswordError as error:
        raise Withheld("locked") from error
    except Exception as error:  # qpdf has many ways to stumble over a broken file
        raise Withheld("large" if OVER_LIMIT in str(error) else "unreadable") from error


def _write_pages(pdf: Pdf, count: Any, target: IO[bytes]) -> None:
    """Write all pages, of which there should be ``count``."""
    if pdf.is_encrypted:
        raise Withheld("locked")
    if "/OCProperties" in pdf.Root:
        raise Withheld("layers")
    pages = [page.obj for page in pdf.pages]
    if not pages or len(pages) != count:
        raise Withheld("unreadable")
    tree = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=len(pages)))
    shaper = Shaper(Streams(pdf))
    for page in pages:
        shaper.page(page)
        page["/Parent"] = tree
    tree["/Kids"] = Array(pages)
    for key in pdf.trailer.keys() - {"/Root", "/Size"}:
        del pdf.trailer[key]
    pdf.trailer["/Root"] = pdf.make_indirect(Dictionary(Type=Name.Catalog, Pages=tree))
    # What the catalogue does not lead to is not written. Streams stay packed as they are; the identifier is a
    # checksum of the copy.
    pdf.save(
        cast("BinaryIO", target), deterministic_id=True, compress_streams=False,
        stream_decode_level=StreamDecodeLevel.none, object_stream_mode=ObjectStreamMode.disable,
    )
