"""JPEG 2000 for judges: boxes and markers that decoding needs; lengths are right afterwards."""

from __future__ import annotations

import struct

import pytest

from competition.redaction import Withheld
from competition.redaction.jpeg2000 import strip_jpeg2000
from tests.unit.redaction.test_profiles import profile

MARK = b"QingheLatticeMarker"


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">HH", marker, len(content) + 2) + content


SIZE, CODING, QUANTA = segment(0xFF51, b"size"), segment(0xFF52, b"coding"), segment(0xFF5C, b"quanta")
COMMENT, LENGTHS = segment(0xFF64, b"\0\1" + MARK), segment(0xFF55, b"lengths")
CODED = b"\xff\x93coded\xff\x7f"


def tile(header: bytes, *, number: int = 0, open_ended: bool = False) -> bytes:
    length = 0 if open_ended else 12 + len(header) + len(CODED)
    return struct.pack(">HHHIBB", 0xFF90, 10, number, length, 0, 1) + header + CODED


def code(*, private: bytes = b"", open_ended: bool = False) -> bytes:
    return (b"\xff\x4f" + SIZE + private + CODING + private + QUANTA + tile(private + QUANTA + private)
            + tile(private, number=1, open_ended=open_ended) + b"\xff\xd9")


BARE = code()


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4) + kind + content


START = box(b"jP  ", b"\r\n\x87\n")
TYPE = box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
SIZES = box(b"ihdr", b"height, width.")


@pytest.mark.parametrize("data", [
    BARE, code(private=COMMENT), code(private=COMMENT + LENGTHS), code(private=COMMENT, open_ended=True),
    code(private=COMMENT) + MARK, code(private=segment(0xFF30, MARK)),
])
def test_a_code_stream_loses_comments_and_its_tiles_are_measured_anew(data: bytes) -> None:
    assert strip_jpeg2000(data) == BARE


def test_boxes_that_tell_are_left_behind() -> None:
    kinds = (b"xml ", b"uuid", b"uinf", b"jp2i", b"asoc", b"free", b"rreq", b"prv!")
    private = b"".join(box(kind, MARK) for kind in kinds)
    number = box(b"colr", b"\1\0\0\0\0\0\x10")
    resolution = box(b"res ", box(b"resc", b"numbers") + box(b"prv!", MARK))
    header = box(b"jp2h", private + SIZES + number + resolution + private)
    kind = box(b"ftyp", b"jpx " + MARK[:4] + b"jp2 " + MARK[:8] + b"jpxb")
    stripped = strip_jpeg2000(START + kind + private + header + private + box(b"jp2c", code(private=COMMENT)) + private)
    assert stripped == (
        START + box(b"ftyp", b"jpx \0\0\0\0jp2 jpxb")
        + box(b"jp2h", SIZES + number + box(b"res ", box(b"resc", b"numbers"))) + box(b"jp2c", BARE))
    assert strip_jpeg2000(stripped) == stripped


def test_lengths_may_be_written_otherwise() -> None:
    long = b"\0\0\0\1jp2h" + (16 + len(SIZES)).to_bytes(8) + SIZES
    assert strip_jpeg2000(START + TYPE + long + b"\0\0\0\0jp2c" + BARE) == (
        START + TYPE + box(b"jp2h", SIZES) + box(b"jp2c", BARE))


def test_a_colour_profile_keeps_its_numbers_and_a_private_one_is_held() -> None:
    def with_colours(content: bytes) -> bytes:
        return START + TYPE + box(b"jp2h", SIZES + box(b"colr", content)) + box(b"jp2c", BARE)

    assert strip_jpeg2000(with_colours(b"\2\0\0" + profile(MARK))) == (
        with_colours(b"\2\0\0" + profile(bytes(len(MARK)), bare=True)))
    assert strip_jpeg2000(with_colours(b"\1\0\0\0\0\0\x10" + MARK)) == with_colours(b"\1\0\0\0\0\0\x10")
    for telling in (b"\4\0\0" + MARK, b"\2\0\0" + MARK, b""):
        with pytest.raises(Withheld):
            strip_jpeg2000(with_colours(telling))


@pytest.mark.parametrize("data", [
    b"", b"no picture", START + TYPE, BARE[:8], BARE[:-10], b"\xff\x4f\xff\x51",
    START + b"\0\0\xff\xffjp2c", START + box(b"jp2c", b"\xff\x4f\xff\x64"), BARE[:-2] + MARK,
])
def test_what_is_no_picture_is_held(data: bytes) -> None:
    with pytest.raises(Withheld) as withheld:
        strip_jpeg2000(data)
    assert withheld.value.reason == "unreadable"
