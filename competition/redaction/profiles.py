"""Colour profiles (ICC.1:2022, 7) without their texts: a monitor's profile is often named after its owner.

What remains lies where it lay; all else is zeros.
"""

from __future__ import annotations

import struct

# Tags that are numbers.
NUMBERS = frozenset({
    b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt", b"bkpt", b"chad", b"lumi", b"gamt", b"chrm",
    b"cicp", b"tech", b"meas",
    *(side + number for side in (b"A2B", b"B2A", b"D2B", b"B2D", b"pre") for number in (b"0", b"1", b"2", b"3")),
})
MOST_TAGS = 100
YEAR_2000 = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)


def strip_profile(data: bytes) -> bytes | None:
    """A profile of the same length with its numbers only; None when it is none or broken."""
    if len(data) < 132 or data[36:40] != b"acsp":
        return None
    count, = struct.unpack_from(">I", data, 128)
    if count > MOST_TAGS or len(data) < 132 + 12 * count:
        return None
    stripped, listed = bytearray(len(data)), []
    stripped[:4] = len(data).to_bytes(4)
    stripped[8:24], stripped[24:36], stripped[36:40] = data[8:24], YEAR_2000, b"acsp"
    stripped[44:48], stripped[64:80] = data[44:48], data[64:80]  # flags; rendering intent and its illuminant
    for at in range(132, 132 + 12 * count, 12):
        kind, start, size = struct.unpack_from(">4sII", data, at)
        if kind not in NUMBERS:
            continue
        if start < 132 + 12 * count or start + size > len(data):
            return None
        stripped[start:start + size] = data[start:start + size]
        listed.append(data[at:at + 12])
    stripped[128:132 + 12 * len(listed)] = len(listed).to_bytes(4) + b"".join(listed)
    return bytes(stripped)
