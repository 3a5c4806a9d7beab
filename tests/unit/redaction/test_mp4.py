"""MP4 and QuickTime films for judges: the same length, what plays is untouched, nothing names who made it."""

from __future__ import annotations

import io

import pytest

from competition.redaction import Withheld, rewrite
from tests.unit.redaction.test_profiles import profile

MARK = b"QingheLatticeMarker"
NOTHING = bytes(len(MARK))


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return (len(body) + 8).to_bytes(4) + kind + body


def rewritten(data: bytes, kind: str = "video/mp4") -> bytes:
    out = io.BytesIO()
    rewrite(kind, io.BytesIO(data), out)
    return out.getvalue()


def handler(kind: bytes, name: bytes, maker: bytes = b"mkr!") -> bytes:
    return box(b"hdlr", bytes(4) + b"mhlr" + kind + maker + bytes(8) + name)


def sources(kind: bytes, flags: bytes, private: bytes) -> bytes:
    return box(b"dinf", box(b"dref", bytes(4) + b"\0\0\0\1", box(kind, b"\0" + flags + private)))


def picture_entry(private: bytes, maker: bytes, *inner: bytes) -> bytes:
    head = bytes(6) + b"\0\1" + bytes(4) + maker + bytes(26) + private.ljust(32, b"\0") + b"\0\x18\xff\xff"
    assert len(head) == 78
    return box(b"avc1", head, box(b"avcC", b"parameters"), *inner)


def sound_entry(version: int, maker: bytes, *inner: bytes) -> bytes:
    head = bytes(6) + b"\0\1" + version.to_bytes(2) + bytes(2) + maker + bytes(12)
    return box(b"mp4a", head, bytes({0: 0, 1: 16, 2: 36}[version]), box(b"esds", b"decoder"), *inner)


def description(*entries: bytes) -> bytes:
    return box(b"stsd", bytes(4) + len(entries).to_bytes(4), *entries)


def media(kind: bytes, name: bytes, stsd: bytes, *, time: bytes, maker: bytes = b"mkr!",
          data: bytes | None = None) -> bytes:
    table = box(b"stbl", stsd, box(b"stco", bytes(4) + b"offsets"))
    header = box(b"mdhd", bytes(4) + time * 2 + b"scale and length")
    sources_box = data or sources(b"url ", b"\0\0\1", b"")
    return box(b"mdia", header, handler(kind, name, maker), box(b"minf", box(b"vmhd", bytes(12)), sources_box, table))


def film(*, bare: bool = False) -> bytes:
    """A film with a team's mark in every place beside its pictures and sounds; or what remains of it."""
    mark, created, maker = (NOTHING, bytes(4), bytes(4)) if bare else (MARK, b"time", b"mkr!")

    def private(kind: bytes) -> bytes:
        return box(b"free" if bare else kind, mark)

    def telling() -> bytes:
        inner = bytes(12 + 2 * len(box(b"data", MARK))) if bare else (
            bytes(4) + box(b"\xa9aut", box(b"data", MARK) + box(b"data", MARK)))[:12 + 2 * len(box(b"data", MARK))]
        return box(b"free" if bare else b"udta", inner) + private(b"meta") + private(b"uuid")

    colours = box(b"colr", b"prof" + profile(NOTHING if bare else MARK, bare=bare))
    alias = sources(b"alis", b"\0\0\1", mark)
    pictures = box(
        b"trak", box(b"tkhd", bytes(4) + created * 2 + b"sizes"), box(b"edts", box(b"elst", b"edits")),
        media(b"vide", mark, description(picture_entry(mark, maker, colours, private(b"name"))), time=created,
              maker=maker, data=alias),
        telling(),
    )
    sounds = box(b"trak", box(b"tkhd", b"\1\0\0\0" + created * 4 + b"sizes"),
                 media(b"soun", mark, description(sound_entry(1, maker, box(
                     b"wave", box(b"frma", b"mp4a"), private(b"prv!"), box(bytes(4))))), time=created, maker=maker))
    code = box(b"tkhd", bytes(12) + MARK) + media(b"tmcd", MARK, description(box(b"tmcd", MARK)), time=b"time")
    timecode = box(b"free" if bare else b"trak", bytes(len(code)) if bare else code)
    header = box(b"mvhd", bytes(4) + created * 2 + b"scale and length")
    moov = box(b"moov", header, pictures, sounds, timecode, telling())
    mdat = (1).to_bytes(4) + b"mdat" + (16 + 5).to_bytes(8) + b"coded"
    return (box(b"ftyp", b"isom\0\0\2\0mp42") + private(b"uuid") + mdat + moov + private(b"free") + private(b"wide")
            + private(b"meta"))


@pytest.mark.parametrize("kind", ["video/mp4", "video/quicktime"])
def test_a_film_keeps_what_plays_in_its_place_and_nothing_else(kind: str) -> None:
    created = rewritten(film(), kind)
    expected = film(bare=True).replace(box(b"wide", NOTHING), box(b"free", NOTHING))
    assert created == expected
    assert len(created) == len(film())
    assert rewritten(created, kind) == created


def test_pieces_of_a_stream_keep_their_tables() -> None:
    track = box(b"trak", box(b"tkhd", bytes(12)), media(b"vide", b"", description(picture_entry(b"", bytes(4))),
                                                        time=bytes(4), maker=bytes(4)))
    start = box(b"moov", box(b"mvhd", bytes(12)), track, box(b"mvex", box(b"trex", b"defaults")))

    def piece(kind: bytes, private: bytes) -> bytes:
        return box(b"moof", box(b"mfhd", b"number"), box(b"traf", box(b"tfhd", b"track"), box(b"trun", b"run"),
                                                         box(kind, private))) + (0).to_bytes(4) + b"mdatcoded"

    assert rewritten(start + piece(b"uuid", MARK)) == start + piece(b"free", NOTHING)


def one_track(*parts: bytes) -> bytes:
    return box(b"moov", box(b"mvhd", bytes(12)), box(b"trak", box(b"tkhd", bytes(12)), *parts)) + box(b"mdat", b"x")


def track_of(kind: bytes, *entries: bytes, data: bytes | None = None) -> bytes:
    return one_track(media(kind, b"", description(*entries), time=bytes(4), data=data))


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "unreadable"),
    (b"no film at all", "unreadable"),
    (box(b"ftyp", b"isom") + box(b"mdat", b"x"), "unreadable"),
    (box(b"moov", box(b"cmov", b"packed")) + box(b"mdat", b"x"), "unreadable"),
    (film()[:-1], "unreadable"),
    (one_track(), "unreadable"),
    *((track_of(b"vide", picture_entry(b"", bytes(4), box(b"colr", bytes(length)))), "unreadable")
      for length in (0, 3)),
    (box(b"moov", box(b"mvhd", b"")) + box(b"mdat", b"x"), "unreadable"),
    (track_of(b"vide", box(b"avc1", b"short")), "unreadable"),
    (track_of(b"soun", sound_entry(2, b"mkr!").replace(b"\0\1\0\2", b"\0\1\0\3")), "unreadable"),
    (track_of(b"meta", box(b"mebx", MARK)), "tracks"),
    (track_of(b"text", box(b"text", MARK)), "tracks"),
    (track_of(b"soun", sound_entry(0, b"mkr!", box(b"dfLa", MARK))), "embedded"),
    (track_of(b"vide", picture_entry(b"", b"mkr!"), data=sources(b"url ", b"\0\0\0", b"file:///home/x")), "embedded"),
])
def test_what_cannot_be_rewritten_is_held(data: bytes, reason: str) -> None:
    with pytest.raises(Withheld) as withheld:
        rewritten(data)
    assert withheld.value.reason == reason


@pytest.mark.parametrize(("limit", "value"), [("MOST_STEPS", 10), ("MOST_CHANGES", 3)])
def test_a_film_of_more_boxes_than_hours_have_is_held(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(f"competition.redaction.same_length.{limit}", value)
    with pytest.raises(Withheld) as withheld:
        rewritten(film())
    assert withheld.value.reason == "large"
