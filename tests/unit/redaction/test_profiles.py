"""Colour profiles for judges: the numbers stay where they were, the texts are zeros."""

from __future__ import annotations

import struct

import pytest

from competition.redaction.profiles import strip_profile

MARK = b"QingheLatticeMarker"
NUMBERS = b"XYZ \0\0\0\0" + bytes(range(12))
TABLE = 132 + 2 * 12


def profile(mark: bytes, *, bare: bool = False) -> bytes:
    """A profile with one description and one number; or what remains of it."""
    text = b"text\0\0\0\0" + mark
    length = TABLE + len(text) + len(NUMBERS)
    head = bytearray(128)
    head[:4], head[8:24], head[36:40] = length.to_bytes(4), b"\2\x10\0\0mntrRGB XYZ ", b"acsp"
    head[64:68], head[68:80] = b"\0\0\0\1", b"illuminant!!"
    head[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0) if bare else struct.pack(">6H", 2026, 6, 1, 8, 0, 0)
    if not bare:
        head[4:8], head[48:56], head[80:100] = b"ACMP", b"MAKEMODL", b"MADE" + b"profile's number"
    number = struct.pack(">4sII", b"rXYZ", TABLE + len(text), len(NUMBERS))
    described = struct.pack(">4sII", b"desc", TABLE, len(text))
    if bare:
        return bytes(head) + b"\0\0\0\1" + number + bytes(12 + len(text)) + NUMBERS
    return bytes(head) + b"\0\0\0\2" + described + number + text + NUMBERS


def test_numbers_stay_and_texts_go() -> None:
    stripped = strip_profile(profile(MARK))
    assert stripped == profile(bytes(len(MARK)), bare=True)
    assert strip_profile(stripped) == stripped


@pytest.mark.parametrize("data", [
    b"", b"\0" * 200, profile(MARK)[:140], profile(MARK)[:-1],
    profile(MARK)[:128] + b"\xff\xff\xff\xff" + profile(MARK)[132:],
])
def test_what_is_no_profile_is_none(data: bytes) -> None:
    assert strip_profile(data) is None
