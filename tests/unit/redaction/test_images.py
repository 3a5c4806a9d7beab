"""Pictures for judges: every byte that decoding needs, not one that tells of the camera, the place or the maker."""

from __future__ import annotations

import io
import struct
import zlib

import pytest

from competition.redaction import Withheld, images, rewrite

MARK = b"QingheLatticeMarker"


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2) + content


def exif(side: int, order: str = ">") -> bytes:
    """Exif with an orientation, a camera and a place."""
    head = {">": b"MM\0*", "<": b"II*\0"}[order] + struct.pack(f"{order}I", 8)
    fields = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, side, 0) + struct.pack(f"{order}HHII", 0x010F, 2, 20, 38)
    return segment(0xE1, b"Exif\0\0" + head + struct.pack(f"{order}H", 2) + fields + bytes(4) + MARK + b"\0GPS")


JFIF = segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\0\0")
WITH_THUMBNAIL = segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\1\1" + MARK[:3])
# A grey square of 8 by 8: one quantization table, one frame, two Huffman tables, one scan.
FRAME = (
    segment(0xDB, b"\0" + b"\x10" * 64) + segment(0xC0, b"\x08\0\x08\0\x08\x01\x01\x11\0")
    + segment(0xC4, b"\0\0\1" + bytes(14) + b"\0") + segment(0xC4, b"\x10\0\1" + bytes(14) + b"\0")
)
SCAN = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x3f\xff\0\xff\xd0\x12"
SECOND = segment(0xC4, b"\x10\0\1" + bytes(14) + b"\1") + segment(0xDA, b"\x01\x01\0\1\x3f\0") + b"\x55\xff\xff\0\x01"
END = b"\xff\xd9"


def rewritten(kind: str, data: bytes) -> bytes:
    out = io.BytesIO()
    rewrite(kind, io.BytesIO(data), out)
    return out.getvalue()


def test_a_photograph_keeps_picture_and_side_and_loses_the_rest() -> None:
    telling = b"".join(segment(marker, MARK) for marker in (0xE1, 0xE2, 0xED, 0xEF, 0xFE))
    photograph = (b"\xff\xd8" + WITH_THUMBNAIL + exif(6) + telling + FRAME + b"\xff" + SCAN + segment(0xFE, MARK)
                  + SECOND + END + b"\xff\xd8" + exif(1) + MARK)
    bare = rewritten("image/jpeg", photograph)
    upright = segment(0xE1, b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0))
    assert bare == b"\xff\xd8" + upright + JFIF + FRAME + SCAN + SECOND + END
    assert rewritten("image/jpeg", bare) == bare
    assert rewritten("image/jpeg", photograph) == bare


@pytest.mark.parametrize(("side", "order", "expected"), [
    (1, ">", 1), (3, "<", 3), (8, ">", 8), (0, ">", 1), (9, "<", 1), (65535, ">", 1),
])
def test_which_side_is_up(side: int, order: str, expected: int) -> None:
    data = b"\xff\xd8" + exif(side, order) + FRAME + SCAN + END
    assert images.orientation(data) == expected
    assert (b"Exif" in rewritten("image/jpeg", data)) == (expected != 1)


@pytest.mark.parametrize("tiff", [b"", b"MM", b"XX\0*\0\0\0\x08", b"MM\0*\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"])
def test_broken_exif_says_nothing(tiff: bytes) -> None:
    bare = b"\xff\xd8" + FRAME + SCAN + END
    assert rewritten("image/jpeg", b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + tiff) + bare[2:]) == bare


def test_a_missing_end_is_put_in_place() -> None:
    whole = b"\xff\xd8" + FRAME + SCAN + END
    assert rewritten("image/jpeg", whole[:-2]) == whole


@pytest.mark.parametrize("data", [
    b"", b"GIF89a", b"\xff\xd8", b"\xff\xd8" + FRAME + END, b"\xff\xd8" + FRAME[:-3], b"\xff\xd8rubbish" + FRAME + SCAN,
    b"\xff\xd8\xff\xe1\0\0" + FRAME + SCAN,
])
def test_what_is_no_photograph_is_held(data: bytes) -> None:
    with pytest.raises(Withheld) as withheld:
        rewritten("image/jpeg", data)
    assert withheld.value.reason == "unreadable"


def chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


HEAD = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
DATA = chunk(b"IDAT", zlib.compress(b"\0" + b"abcdef" + b"\0" + b"ghijkl"))
LAST = chunk(b"IEND", b"")


def test_a_drawing_keeps_its_picture_and_loses_the_rest() -> None:
    telling = b"".join(chunk(kind, MARK) for kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME", b"iCCP", b"prVt"))
    gamma = chunk(b"gAMA", (45455).to_bytes(4))
    drawing = HEAD + telling + gamma + DATA + chunk(b"tEXt", MARK) + LAST + MARK
    bare = rewritten("image/png", drawing)
    assert bare == HEAD + gamma + DATA + LAST
    assert rewritten("image/png", bare) == bare


@pytest.mark.parametrize("data", [
    b"", HEAD, HEAD + DATA, HEAD + DATA[:-1] + b"!" + LAST, HEAD + b"\xff\xff\xff\xffIDAT" + bytes(20),
    HEAD + chunk(b"CRIT", b"x") + DATA + LAST,
])
def test_what_is_no_drawing_is_held(data: bytes) -> None:
    with pytest.raises(Withheld) as withheld:
        rewritten("image/png", data)
    assert withheld.value.reason == "unreadable"


def test_a_picture_that_is_too_large_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("competition.redaction.errors.MOST_BYTES", 100)
    with pytest.raises(Withheld) as withheld:
        rewritten("image/png", HEAD + DATA + chunk(b"tEXt", bytes(100)) + LAST)
    assert withheld.value.reason == "large"
