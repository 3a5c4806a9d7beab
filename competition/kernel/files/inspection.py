"""What a stored file really is. Reads the beginning, the end and, in archives, the directory: nothing is unpacked.

Every check returns a key of :data:`REASONS`, or an empty string when the file is what its name says.
"""

from __future__ import annotations

import codecs
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from flask_babel import lazy_gettext as _l

from competition.kernel.files.file_types import FileType

HEAD = 64 * 1024
TAIL = 66 * 1024  # an archive's end record with its longest comment
ARCHIVE_ENTRIES = 10_000
DIRECTORY_BYTES = 8 * 1024 * 1024
ARCHIVE_FREE = 64 * 1024 * 1024  # unpacked size up to which the ratio does not matter
ARCHIVE_RATIO = 50
PIXELS = 100_000_000

REASONS = {
    "type": _l("The content is not what the name says. Save it again in the format of its name, or rename it."),
    "size": _l("Less or more arrived than was announced. Send the file again."),
    "digest": _l("The bytes changed on the way. Send the file again."),
    "bomb": _l("It unpacks to far more than it holds. Remove what is repeated, or send the parts."),
    "entries": _l("It holds more than 10,000 files. Send only what readers need."),
    "path": _l("It holds a file that would be written outside its folder. Pack it again."),
    "broken": _l("It can’t be opened. Save it again and send it again."),
    "macro": _l("It holds macros. Save it without them."),
    "encoding": _l("It is not readable text. Save it as UTF-8."),
    "pixels": _l("The picture has more than 100 million pixels. Make it smaller."),
    "hybrid": _l("It is two files in one: a document with an archive behind it. Send them separately."),
    "malware": _l("Our malware scanner found something in it. Scan the device it comes from, then send a clean file."),
    "unread": _l("It is too large, or packed too deeply, for our malware scanner. Make it smaller, or send the parts."),
    "lost": _l("The storage lost it. Send it again; we are sorry."),
    "expired": _l("It was not sent completely within a day. Send it again."),
}


@dataclass
class Sample:
    """The parts of a file that one pass over its bytes keeps: both ends, and the encodings in which it decodes."""

    head: bytes = b""
    tail: bytes = b""
    decoders: dict[str, codecs.IncrementalDecoder] = field(default_factory=dict)

    @classmethod
    def for_type(cls, kind: FileType) -> Sample:
        names = ("utf-8", "gb18030", "euc_kr") if kind.check == "text" else ()
        return cls(decoders={name: codecs.getincrementaldecoder(name)() for name in names})

    def feed(self, chunk: bytes) -> None:
        if len(self.head) < HEAD:
            self.head += chunk[: HEAD - len(self.head)]
        self.tail = (self.tail + chunk)[-TAIL:]
        self._decode(chunk, final=False)

    def end(self) -> None:
        self._decode(b"", final=True)

    def _decode(self, chunk: bytes, *, final: bool) -> None:
        for name, decoder in list(self.decoders.items()):
            try:
                text = decoder.decode(chunk, final)
            except UnicodeDecodeError:
                del self.decoders[name]
                continue
            if any(c < " " and c not in "\t\n\r\f" for c in text):
                del self.decoders[name]


def refusal(kind: FileType, sample: Sample, stored: Callable[[], IO[bytes]]) -> str:
    """A reason to refuse the file, or an empty string.

    Parameters
    ----------
    stored
        Opens the stored object as a seekable file; only archives need it.
    """
    if kind.check in {"office", "zip"}:
        return _archive(kind, sample, stored)
    reason = _CHECKS[kind.check](kind, sample)
    if not reason and kind.check in {"pdf", "png", "jpeg"} and _ends_as_archive(sample.tail):
        return "hybrid"
    return reason


def _likely_endings(head: bytes) -> set[str]:
    """The endings of files that begin with such bytes."""
    import puremagic  # loads its tables of signatures: only inspections need them

    try:
        return {match.extension.lstrip(".") for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()


def _pdf(_kind: FileType, sample: Sample) -> str:
    if not sample.head.startswith(b"%PDF-"):
        return "type"
    return "" if b"%%EOF" in sample.tail else "broken"


def _png(_kind: FileType, sample: Sample) -> str:
    if not sample.head.startswith(b"\x89PNG\r\n\x1a\n") or sample.head[12:16] != b"IHDR" or len(sample.head) < 33:
        return "type"
    width, height = struct.unpack(">II", sample.head[16:24])
    return "pixels" if width * height > PIXELS else ""


def _jpeg(_kind: FileType, sample: Sample) -> str:
    if not sample.head.startswith(b"\xff\xd8\xff"):
        return "type"
    at = 2
    while at + 9 < len(sample.head):
        if sample.head[at] != 0xFF:
            return "broken"
        marker = sample.head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", sample.head[at + 5 : at + 9])
            return "pixels" if width * height > PIXELS else ""
        at += 2 + int.from_bytes(sample.head[at + 2 : at + 4], "big")
    # Behind a long preview the frame header may lie beyond the sample; a short file without one is no picture.
    return "" if len(sample.head) >= HEAD else "broken"


def _film(_kind: FileType, sample: Sample) -> str:
    """ISO base media (ISO/IEC 14496-12) and QuickTime: a box of a known kind comes first."""
    return "" if sample.head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"} else "type"


def _webm(_kind: FileType, sample: Sample) -> str:
    return "" if sample.head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in sample.head[:64] else "type"


def _text(_kind: FileType, sample: Sample) -> str:
    if _likely_endings(sample.head[:512]) & {"exe", "dll", "elf", "pdf", "zip", "png", "jpg", "gz", "7z", "rar"}:
        return "type"
    return "" if sample.decoders else "encoding"


def _archive(kind: FileType, sample: Sample, stored: Callable[[], IO[bytes]]) -> str:
    if not sample.head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "type"
    if _declared_entries(sample.tail) > ARCHIVE_ENTRIES:
        return "entries"
    try:
        with zipfile.ZipFile(stored()) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError, struct.error):
        return "broken"
    names = {info.filename for info in listed}
    if len(listed) > ARCHIVE_ENTRIES:
        return "entries"
    if any(_escapes(info.filename) or info.external_attr >> 28 == 0xA for info in listed):
        return "path"
    unpacked, packed = sum(i.file_size for i in listed), sum(i.compress_size for i in listed)
    if unpacked > ARCHIVE_FREE and unpacked > ARCHIVE_RATIO * max(packed, 1):
        return "bomb"
    if kind.check == "office":
        if "[Content_Types].xml" not in names or not any(name.startswith(kind.folder) for name in names):
            return "type"
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            return "macro"
    return ""


def _escapes(name: str) -> bool:
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ":" in plain.split("/", 1)[0] or ".." in plain.split("/")


def _end_record(tail: bytes) -> int:
    """Where an archive's end record stands whose comment reaches exactly to the end; -1 when there is none."""
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if at + 22 <= len(tail) and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail):
            return at
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return -1


def _declared_entries(tail: bytes) -> int:
    """How many entries the directory says it has; a 64-bit directory counts as too many from 65,535 on."""
    at = _end_record(tail)
    if at < 0:
        return 0
    if int.from_bytes(tail[at + 12 : at + 16], "little") > DIRECTORY_BYTES:
        return ARCHIVE_ENTRIES + 1  # a directory that large holds more than it admits
    return int.from_bytes(tail[at + 10 : at + 12], "little")


def _ends_as_archive(tail: bytes) -> bool:
    at = _end_record(tail)
    return at >= 0 and int.from_bytes(tail[at + 10 : at + 12], "little") > 0


_CHECKS: dict[str, Callable[[FileType, Sample], str]] = {
    "pdf": _pdf, "png": _png, "jpeg": _jpeg, "film": _film, "webm": _webm, "text": _text,
}
