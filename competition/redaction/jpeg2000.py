"""JPEG 2000 pictures, as PDFs hold them, without loss: the boxes and markers that decoding needs, nothing else.

Comments, XML, private boxes and the texts of colour profiles are left behind, and pointers that would be wrong then.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from competition.redaction.errors import Withheld
from competition.redaction.profiles import strip_profile

SOC, SIZ, SOD, EOC, SOT = 0xFF4F, 0xFF51, 0xFF93, 0xFFD9, 0xFF90
# Coding, quantization, regions, progression, packed headers, packet lengths, registration (ISO/IEC 15444-1, table
# A.2), and capabilities (15444-15). Not among them: lengths of tile-parts and of packets, both optional, and comments.
DECODING = frozenset({0xFF50, SIZ, 0xFF52, 0xFF53, 0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F, 0xFF59, 0xFF60, 0xFF61, 0xFF63})
# Boxes (15444-1, I.4): signature, type, header with size, depths, palette, channels and resolution, code stream.
HEADER = frozenset({b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef", b"res "})
RESOLUTION = frozenset({b"resc", b"resd"})
BRANDS = frozenset({b"jp2 ", b"jpx ", b"jpxb"})
ENUMERATED, PROFILES = 1, frozenset({2, 3})


def strip_jpeg2000(data: bytes) -> bytes:
    """The picture alone, as boxes or as a bare code stream.

    Raises
    ------
    Withheld
        When its parts do not fit together.
    """
    if data[:2] == b"\xff\x4f":
        return _code(data)
    stripped, complete = bytearray(), False
    for kind, content in _boxes(data):
        if kind == b"jP  ":
            stripped += _box(kind, b"\r\n\x87\n")
        elif kind == b"ftyp":
            brands = [content[at:at + 4] for at in (0, *range(8, len(content), 4)) if content[at:at + 4] in BRANDS]
            stripped += _box(kind, (brands or [b"jp2 "])[0] + bytes(4) + b"".join(brands[1:] or [b"jp2 "]))
        elif kind == b"jp2h":
            stripped += _box(kind, b"".join(_header(*inner) for inner in _boxes(content)))
        elif kind == b"jp2c" and not complete:
            stripped += _box(kind, _code(content))
            complete = True
    if not complete:
        raise Withheld("unreadable")
    return bytes(stripped)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, kind, head = int.from_bytes(data[at:at + 4]), data[at + 4:at + 8], 8
        if length == 1:
            length, head = int.from_bytes(data[at + 8:at + 16]), 16
        elif length == 0:
            length = len(data) - at
        if length < head or at + length > len(data):
            raise Withheld("unreadable")
        yield kind, data[at + head:at + length]
        at += length


def _box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4) + kind + content


def _header(kind: bytes, content: bytes) -> bytes:
    if kind not in HEADER:
        return b""
    if kind == b"res ":
        return _box(kind, b"".join(_box(*inner) for inner in _boxes(content) if inner[0] in RESOLUTION))
    return _colours(content) if kind == b"colr" else _box(kind, content)


def _colours(content: bytes) -> bytes:
    """How colours are meant: one of those that have a number, or a profile without its texts."""
    method = content[0] if len(content) >= 3 else 0
    if method == ENUMERATED:
        return _box(b"colr", content[:7])
    profile = strip_profile(content[3:]) if method in PROFILES else None
    if profile is None:
        raise Withheld("unreadable")
    return _box(b"colr", content[:3] + profile)


def _code(data: bytes) -> bytes:
    """A code stream (annex A): main header, then tile-parts, whose lengths are written anew."""
    if data[:4] != b"\xff\x4f\xff\x51":
        raise Withheld("unreadable")
    segments, at = _markers(data, 2, until=SOT)
    stripped = bytearray(data[:2] + segments)
    while data[at:at + 2] == b"\xff\x90":
        if at + 12 > len(data) or data[at + 2:at + 4] != b"\0\x0a":
            raise Withheld("unreadable")
        tile, length, part = struct.unpack_from(">HIH", data, at + 4)
        segments, body = _markers(data, at + 12, until=SOD)
        end = at + length
        if length == 0:  # reaches to the end of the picture, whose marker no coded byte imitates
            end = data.find(b"\xff\xd9", body)
            end = len(data) if end < 0 else end
        if not body <= end <= len(data):
            raise Withheld("unreadable")
        coded = data[body:end]
        stripped += struct.pack(">HHHIH", SOT, 10, tile, 12 + len(segments) + len(coded), part) + segments + coded
        at = end
    if len(stripped) < 14 or data[at:at + 2] not in {b"\xff\xd9", b""}:
        raise Withheld("unreadable")
    return bytes(stripped + b"\xff\xd9")


def _markers(data: bytes, at: int, *, until: int) -> tuple[bytes, int]:
    """The segments of a header that are kept, and where what ends it stands (a tile's data begins with it)."""
    segments = bytearray()
    while True:
        marker, length = int.from_bytes(data[at:at + 2]), int.from_bytes(data[at + 2:at + 4])
        if marker == until:
            return bytes(segments), at
        if marker < 0xFF00 or length < 2 or at + 2 + length > len(data):
            raise Withheld("unreadable")
        if marker in DECODING:
            segments += data[at:at + 2 + length]
        at += 2 + length
