"""Pictures rewritten for judges, without loss: the coded picture and what decoding needs, nothing else.

Exif (camera, position, thumbnail), XMP, IPTC, comments, colour profiles and whatever follows the picture are left
behind. A photograph keeps which side is up. Nothing is decoded, so no picture is too large to be unpacked.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import IO

from competition.redaction.errors import Withheld, read_whole

# --- JPEG: segments of marker, length, content (ITU T.81, B.1) ---

START, END, SCAN, JFIF, EXIF, ADOBE = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xEE
# Frames, Huffman and arithmetic tables, quantization, restart interval, number of lines, hierarchy.
DECODING = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, 0xDE, 0xDF})
AFTER_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # neither a stuffed byte nor a restart
ORIENTATION = 0x0112


def rewrite_jpeg(source: IO[bytes], target: IO[bytes]) -> None:
    """A photograph without its metadata, the same side up.

    Raises
    ------
    Withheld
        When it is no JPEG, broken or too large.
    """
    data = read_whole(source)
    side = orientation(data)
    upright = b"" if side == 1 else _segment(EXIF, b"Exif\0\0" + struct.pack(
        ">2sHIHHHIHHI", b"MM", 42, 8, 1, ORIENTATION, 3, 1, side, 0, 0
    ))
    stripped = strip_jpeg(data)
    target.write(stripped[:2] + upright + stripped[2:])


def strip_jpeg(data: bytes) -> bytes:
    """The picture alone. A missing end, which every reader forgives, is put in place.

    Raises
    ------
    Withheld
        When it is no JPEG or broken.
    """
    stripped, complete = bytearray(b"\xff\xd8"), False
    for marker, content in _segments(data):
        if marker == JFIF and content.startswith(b"JFIF\0") and len(content) >= 12:
            stripped += _segment(JFIF, content[:12] + b"\0\0")  # without its thumbnail
        elif marker == ADOBE and content.startswith(b"Adobe") and len(content) >= 12:
            stripped += _segment(ADOBE, content[:12])  # how colours are stored
        elif marker in DECODING:
            stripped += _segment(marker, content)
        elif marker == SCAN:
            stripped += b"\xff\xda" + content
            complete = True
    if not complete:
        raise Withheld("unreadable")
    return bytes(stripped + b"\xff\xd9")


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment up to the end of the picture; a scan's content is header and coded data."""
    if data[:2] != b"\xff\xd8":
        raise Withheld("unreadable")
    at = 2
    while at < len(data):
        if data[at] != 0xFF:
            raise Withheld("unreadable")
        while at < len(data) and data[at] == 0xFF:
            at += 1
        if at >= len(data) or data[at] == END:
            return
        marker, length = data[at], int.from_bytes(data[at + 1:at + 3])
        if length < 2 or at + 1 + length > len(data) or marker == START:
            raise Withheld("unreadable")
        after = at + 1 + length
        if marker == SCAN:
            next_marker = AFTER_SCAN.search(data, after)
            end = next_marker.start() if next_marker else len(data)
            yield marker, data[at + 1:end]
            at = end
        else:
            yield marker, data[at + 3:after]
            at = after


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2) + content


def orientation(data: bytes) -> int:
    """Which side of a photograph is up, 1 to 8 as in Exif; 1 when it does not say."""
    for marker, content in _segments(data):
        if marker == EXIF and content.startswith(b"Exif\0\0"):
            return _side(content[6:])
    return 1


def _side(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        first, = struct.unpack_from(f"{order}I", tiff, 4)
        count, = struct.unpack_from(f"{order}H", tiff, first)
        for at in range(first + 2, first + 2 + 12 * count, 12):
            tag, kind, number, side = struct.unpack_from(f"{order}HHIH", tiff, at)
            if (tag, kind, number) == (ORIENTATION, 3, 1):
                return side if 1 <= side <= 8 else 1
    except struct.error:
        return 1
    return 1


# --- PNG: chunks of length, kind, content, check sum (W3C PNG, 5.3) ---

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PICTURE = frozenset({
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"sBIT", b"bKGD", b"pHYs",
    b"acTL", b"fcTL", b"fdAT",
})


def rewrite_png(source: IO[bytes], target: IO[bytes]) -> None:
    """A picture without texts, times, Exif, profiles and private chunks.

    Raises
    ------
    Withheld
        When it is no PNG, broken or too large.
    """
    target.write(strip_png(read_whole(source)))


def strip_png(data: bytes) -> bytes:
    if data[:8] != SIGNATURE:
        raise Withheld("unreadable")
    stripped, at = bytearray(SIGNATURE), 8
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at:at + 4]), data[at + 4:at + 8]
        end = at + 12 + length
        if end > len(data) or zlib.crc32(data[at + 4:end - 4]) != int.from_bytes(data[end - 4:end]):
            raise Withheld("unreadable")
        if kind in PICTURE:
            stripped += data[at:end]
        elif not kind[0] & 0x20:  # what must be understood, and is not
            raise Withheld("unreadable")
        if kind == b"IEND":
            return bytes(stripped)
        at = end
    raise Withheld("unreadable")
