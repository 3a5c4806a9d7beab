"""Word, PowerPoint and Excel files rewritten for judges: what pages, slides and sheets show, and no more.

Left behind are properties, people, identifiers and signatures, speaker notes and what only their pages show, and what
was deleted or moved away in a document that tracks changes: insertions are plain text, as if all were accepted.
Comments stay, by nobody; links lead nowhere outside; pictures and embedded documents are rewritten themselves. What
tells by its name is named anew (:mod:`.office_package`).

Withheld for a person is what a team hid and judges could show with two clicks: slides, sheets, rows and columns with
something in them, texts, shapes. See :mod:`.office_rules` and :mod:`.office_page`.
"""

from __future__ import annotations

import posixpath
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO

from competition.redaction import images, markup, office_rules
from competition.redaction.errors import Withheld, read_whole
from competition.redaction.office_package import CONTENT_TYPES, Package, part_key
from competition.redaction.office_page import Page

MOST_PARTS = 10_000
MOST_UNPACKED = 512 * 2**20
MOST_MARKUP = 128 * 2**20  # read element by element, at some mebibytes a second
DEEPEST = 2  # a document in a slide in a document
EPOCH = (1980, 1, 1, 0, 0, 0)
SPOOL = 8 * 2**20
XML = frozenset({"xml", "rels", "vml", "svg"})
EMBEDDED = frozenset({"docx", "pptx", "xlsx"})
PLAIN = frozenset({"odttf", "fntdata", "wmf"})  # hold nothing beside what they show
# Broken archives show themselves in many ways.
BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, ValueError, NotImplementedError, EOFError)


@dataclass
class _Allowance:
    """What a file may still unpack, documents inside it included: parts, bytes, bytes of markup."""

    parts: int
    unpacked: int
    markup: int

    def take(self, parts: Sequence[zipfile.ZipInfo]) -> None:
        """Count parts that are about to be unpacked, with the sizes they declare.

        Raises
        ------
        Withheld
            When that is more than the file may unpack.
        """
        self.parts -= len(parts)
        self.unpacked -= sum(info.file_size for info in parts)
        self.markup -= sum(info.file_size for info in parts if _ending(info.filename) in XML)
        if min(self.parts, self.unpacked, self.markup) < 0:
            raise Withheld("large")


def rewrite(source: IO[bytes], target: IO[bytes], *, depth: int = 0, allowance: _Allowance | None = None) -> None:
    """Copy an office file part by part: the same parts in the same order of names, whatever packed them.

    Parameters
    ----------
    depth
        In how many documents this one lies.
    allowance
        What is left to unpack; a document inside another draws on the same.

    Raises
    ------
    Withheld
        When it is locked, broken, too large, or holds a part of a kind that cannot be rewritten.
    """
    if source.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":  # how Office stores what has a password
        raise Withheld("locked")
    source.seek(0)
    allowance = allowance or _Allowance(MOST_PARTS, MOST_UNPACKED, MOST_MARKUP)
    try:
        with zipfile.ZipFile(source) as packed, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as rewritten:
            infos = _parts(packed, allowance)
            package = Package(packed, infos)
            parts = [(name, info) for info in infos if (name := package.name(info.filename)) is not None]
            for name, info in sorted(parts, key=lambda part: (part[0] != CONTENT_TYPES, part[0])):
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0
                with packed.open(info) as before, rewritten.open(entry, "w") as after:
                    _part(info.filename, before, after, package, depth, allowance)
    except BROKEN as error:
        raise Withheld("unreadable") from error


def _parts(packed: zipfile.ZipFile, allowance: _Allowance) -> list[zipfile.ZipInfo]:
    """All parts, within bounds; reading one gives no more bytes than it declares."""
    infos = [info for info in packed.infolist() if not info.is_dir()]
    allowance.take(infos)
    if any(info.flag_bits & 1 for info in infos):
        raise Withheld("locked")
    if any(info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for info in infos):
        raise Withheld("unreadable")
    names = [part_key(info.filename) for info in infos]
    if len(set(names)) < len(names) or CONTENT_TYPES.lower() not in names:
        raise Withheld("unreadable")
    return infos


def _ending(name: str) -> str:
    return posixpath.basename(name).rpartition(".")[2].lower()


def _part(name: str, before: IO[bytes], after: IO[bytes], package: Package, depth: int, allowance: _Allowance) -> None:
    ending = _ending(name)
    if ending in XML:
        _xml(name, before, after, package)
    elif ending in {"jpg", "jpeg", "jpe"}:
        images.rewrite_jpeg(before, after)
    elif ending == "png":
        images.rewrite_png(before, after)
    elif ending == "emf":
        after.write(_strip_emf(read_whole(before)))
    elif ending in EMBEDDED and depth < DEEPEST:
        _embedded(before, after, depth, allowance)
    elif ending in PLAIN:
        after.write(read_whole(before))
    else:
        raise Withheld("embedded")


def _embedded(before: IO[bytes], after: IO[bytes], depth: int, allowance: _Allowance) -> None:
    with tempfile.SpooledTemporaryFile(SPOOL) as inner, tempfile.SpooledTemporaryFile(SPOOL) as rewritten:
        inner.write(read_whole(before))
        inner.seek(0)
        rewrite(inner, rewritten, depth=depth + 1, allowance=allowance)
        rewritten.seek(0)
        after.write(rewritten.read())


def _xml(name: str, before: IO[bytes], after: IO[bytes], package: Package) -> None:
    kind = part_key(name)
    if kind == CONTENT_TYPES.lower():
        markup.rewrite(before, after, element=package.content_type, text=_as_is)
    elif kind.endswith(".rels"):
        markup.rewrite(before, after, element=partial(package.relationship, name), text=_as_is)
    elif kind.endswith(".svg"):
        markup.rewrite(before, after, element=office_rules.drawing, text=_as_is)
    else:
        page = Page()
        markup.rewrite(before, after, element=page.element, text=page.text, closed=page.closed)


def _as_is(_name: str, text: str) -> str:
    return text


def _strip_emf(data: bytes) -> bytes:
    """An enhanced metafile ([MS-EMF] 2.3.4.2) without its description: the program and the name of the drawing."""
    if len(data) < 88 or data[40:44] != b" EMF":
        raise Withheld("unreadable")
    length, offset = struct.unpack_from("<II", data, 60)
    if not length:
        return data
    if offset < 88 or offset + 2 * length > len(data):
        raise Withheld("unreadable")
    return data[:offset] + bytes(2 * length) + data[offset + 2 * length:]
