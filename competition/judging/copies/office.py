"""Word, PowerPoint and Excel files rewritten for judges: what pages, slides and sheets show, and no more.

Properties, people, identifiers and signatures are left behind; comments and tracked changes stay, by nobody; links
lead nowhere outside; pictures and embedded documents are rewritten themselves. See :mod:`.office_rules`.
"""

from __future__ import annotations

import posixpath
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO
from urllib.parse import unquote

from competition.judging.copies import images, markup, office_rules
from competition.judging.copies.held import Held, whole
from competition.judging.copies.markup import Attributes, local

MOST_PARTS = 10_000
MOST_UNPACKED = 512 * 2**20
MOST_MARKUP = 128 * 2**20  # read element by element, at some mebibytes a second
DEEPEST = 2  # a document in a slide in a document
EPOCH = (1980, 1, 1, 0, 0, 0)
SPOOL = 8 * 2**20
CONTENT_TYPES = "[Content_Types].xml"
XML = frozenset({"xml", "rels", "vml", "svg"})
EMBEDDED = frozenset({"docx", "pptx", "xlsx"})
PLAIN = frozenset({"odttf", "fntdata", "wmf"})  # hold nothing beside what they show
# Broken archives show themselves in many ways.
BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, ValueError, NotImplementedError, EOFError)


@dataclass
class _Room:
    """What a file may still unpack, documents inside it included: parts, bytes, bytes of markup."""

    parts: int
    unpacked: int
    markup: int

    def take(self, listed: Sequence[zipfile.ZipInfo]) -> None:
        """
        Raises
        ------
        Held
            When there is no room left for these parts.
        """
        self.parts -= len(listed)
        self.unpacked -= sum(info.file_size for info in listed)
        self.markup -= sum(info.file_size for info in listed if _ending(info.filename) in XML)
        if min(self.parts, self.unpacked, self.markup) < 0:
            raise Held("large")


def rewrite(source: IO[bytes], target: IO[bytes], *, depth: int = 0, room: _Room | None = None) -> None:
    """Copy an office file part by part: the same parts in the same order of names, whatever packed them.

    Raises
    ------
    Held
        When it is locked, broken, too large, or holds a part of a kind that cannot be rewritten.
    """
    if source.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":  # how Office stores what has a password
        raise Held("locked")
    source.seek(0)
    room = room or _Room(MOST_PARTS, MOST_UNPACKED, MOST_MARKUP)
    try:
        with zipfile.ZipFile(source) as packed, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as rewritten:
            for info in _parts(packed, room):
                made = zipfile.ZipInfo(info.filename, EPOCH)
                made.compress_type, made.create_system = zipfile.ZIP_DEFLATED, 0
                with packed.open(info) as before, rewritten.open(made, "w") as after:
                    _part(info.filename, before, after, depth, room)
    except BROKEN as error:
        raise Held("unreadable") from error


def _parts(packed: zipfile.ZipFile, room: _Room) -> list[zipfile.ZipInfo]:
    """The parts that are kept, within bounds; reading one gives no more bytes than it declares."""
    listed = [info for info in packed.infolist() if not info.is_dir()]
    room.take(listed)
    if any(info.flag_bits & 1 for info in listed):
        raise Held("locked")
    if any(info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for info in listed):
        raise Held("unreadable")
    names = [info.filename.lower() for info in listed]
    if len(set(names)) < len(names) or CONTENT_TYPES.lower() not in names:
        raise Held("unreadable")
    unlinked = _unlinked(packed, listed)
    kept = [info for info in listed
            if not office_rules.dropped(info.filename) and info.filename.lower() not in unlinked]
    return sorted(kept, key=lambda info: (info.filename != CONTENT_TYPES, info.filename))


def _ending(name: str) -> str:
    return posixpath.basename(name).rpartition(".")[2].lower()


def _part(name: str, before: IO[bytes], after: IO[bytes], depth: int, room: _Room) -> None:
    ending = _ending(name)
    if ending in XML:
        _xml(name, before, after)
    elif ending in {"jpg", "jpeg", "jpe"}:
        images.rewrite_jpeg(before, after)
    elif ending == "png":
        images.rewrite_png(before, after)
    elif ending == "emf":
        after.write(_bare_emf(whole(before)))
    elif ending in EMBEDDED and depth < DEEPEST:
        _embedded(before, after, depth, room)
    elif ending in PLAIN:
        after.write(whole(before))
    else:
        raise Held("embedded")


def _embedded(before: IO[bytes], after: IO[bytes], depth: int, room: _Room) -> None:
    with tempfile.SpooledTemporaryFile(SPOOL) as inner, tempfile.SpooledTemporaryFile(SPOOL) as rewritten:
        inner.write(whole(before))
        inner.seek(0)
        rewrite(inner, rewritten, depth=depth + 1, room=room)
        rewritten.seek(0)
        after.write(rewritten.read())


def _xml(name: str, before: IO[bytes], after: IO[bytes]) -> None:
    plain = name.lower()
    if plain == CONTENT_TYPES.lower():
        markup.rewrite(before, after, element=_type, text=_as_is)
    elif plain.endswith(".rels"):
        markup.rewrite(before, after, element=partial(_relationship, _folder(name)), text=_as_is)
    elif plain.endswith(".svg"):
        markup.rewrite(before, after, element=office_rules.drawing, text=_as_is)
    else:
        markup.rewrite(before, after, element=office_rules.element, text=_texts())


def _as_is(_name: str, text: str) -> str:
    return text


def _type(_name: str, attributes: Attributes) -> Attributes | None:
    """A line of the list of content types, unless its part was left behind."""
    return None if office_rules.dropped(attributes.get("PartName", "").lstrip("/")) else attributes


def _relationship(folder: str, _name: str, attributes: Attributes) -> Attributes | None:
    """A link to another part, unless that was left behind; a link to the outside leads nowhere."""
    if attributes.get("TargetMode") == "External":
        template = attributes.get("Type", "").endswith("/attachedTemplate")
        return None if template else {**attributes, "Target": office_rules.NOWHERE}
    if office_rules.dropped_link(attributes):
        return None
    return None if office_rules.dropped(_target(folder, attributes)) else attributes


def _target(folder: str, attributes: Attributes) -> str:
    """The part that a relationship of a part in ``folder`` leads to."""
    return posixpath.normpath(posixpath.join("/", folder, unquote(attributes.get("Target", "")))).lstrip("/")


def _folder(name: str) -> str:
    """The folder of the part whose relationships are in this one."""
    return posixpath.dirname(posixpath.dirname(name))


def _unlinked(packed: zipfile.ZipFile, listed: Sequence[zipfile.ZipInfo]) -> set[str]:
    """Parts, in lower case, that are properties by the relationship that leads to them, whatever their names."""
    found: set[str] = set()

    def note(folder: str, _name: str, attributes: Attributes) -> None:
        if attributes.get("TargetMode") != "External" and office_rules.dropped_link(attributes):
            found.add(_target(folder, attributes).lower())

    for info in listed:
        if _ending(info.filename) == "rels":
            with packed.open(info) as before:
                markup.visit(before, partial(note, _folder(info.filename)))
    return found

def _texts() -> Callable[[str, str], str]:
    """Texts of one part: names of authors go, also where a comment begins with its author's; so do addresses."""
    authors: set[str] = set()
    fields = office_rules.Fields()

    def text(name: str, value: str) -> str:
        kind = local(name).lower()
        if kind == "author":
            authors.add(value.strip().removesuffix(":"))
            return office_rules.NOBODY
        if kind == "instrtext":
            return fields.piece(value)
        if kind == "f":
            return office_rules.formula(value)
        if kind == "t" and value.strip().removesuffix(":") in authors - {""}:
            return f"{office_rules.NOBODY}:"
        return value

    return text


def _bare_emf(data: bytes) -> bytes:
    """An enhanced metafile ([MS-EMF] 2.3.4.2) without its description: the program and the name of the drawing."""
    if len(data) < 88 or data[40:44] != b" EMF":
        raise Held("unreadable")
    length, at = struct.unpack_from("<II", data, 60)
    if not length:
        return data
    if at < 88 or at + 2 * length > len(data):
        raise Held("unreadable")
    return data[:at] + bytes(2 * length) + data[at + 2 * length:]
