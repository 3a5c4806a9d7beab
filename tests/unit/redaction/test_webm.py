"""WebM films for judges: the same length, what plays is untouched, nothing names who made it."""

from __future__ import annotations

import io

import pytest

from competition.redaction import Withheld, rewrite

MARK = b"QingheLatticeMarker"
NOTHING = bytes(len(MARK))
SEGMENT, INFO, TRACKS, TRACK, CLUSTER, TAGS = (
    "18538067", "1549A966", "1654AE6B", "AE", "1F43B675", "1254C367",
)
ENDLESS = b"\x01" + b"\xff" * 7


def element(kind: str, *content: bytes, endless: bool = False) -> bytes:
    body = b"".join(content)
    size = ENDLESS if endless else (1 << 28 | len(body)).to_bytes(4)
    return bytes.fromhex(kind) + size + body


def void(length: int) -> bytes:
    """Nothing, of this many bytes."""
    if length < 10:
        return bytes((0xEC, 0x80 | length - 2)) + bytes(length - 2)
    return b"\xec\x01" + (length - 9).to_bytes(7) + bytes(length - 9)


def rewritten(data: bytes) -> bytes:
    out = io.BytesIO()
    rewrite("video/webm", io.BytesIO(data), out)
    return out.getvalue()


EBML = element("1A45DFA3", element("4282", b"webm"), element("4287", b"\4"))


def vorbis(vendor: bytes, *comments: bytes) -> bytes:
    texts = b"".join(len(text).to_bytes(4, "little") + text for text in comments)
    second = (b"\3vorbis" + len(vendor).to_bytes(4, "little") + vendor + len(comments).to_bytes(4, "little") + texts
              + b"\1")
    first, third = b"\1vorbis" + bytes(23), b"\5vorbis setup"
    laced = b"\xff" * (len(second) // 255) + bytes((len(second) % 255,))
    return b"\2" + bytes((len(first),)) + laced + first + second + third


def track(kind: int, codec: bytes, *inner: bytes) -> bytes:
    return element(TRACK, element("D7", b"\1"), element("83", bytes((kind,))), element("86", codec), *inner)


def film(*, bare: bool = False, endless: bool = False) -> bytes:
    mark = NOTHING if bare else MARK

    def private(kind: str, content: bytes = MARK) -> bytes:
        created = element(kind, content)
        return void(len(created)) if bare else created

    texts = [mark, bytes(300) if bare else b"ARTIST=" + b"x" * 293]
    check = void(6) if bare else b"\xbf\x84same"
    info = element(INFO, check, element("2AD7B1", b"\x0f\x42\x40"), private("7BA9"), private("4461", b"dateofit"),
                   private("73A4", b""), element("4D80", mark), element("5741", mark), private("7384"))
    tracks = element(
        TRACKS, track(1, b"V_VP9", private("536E"), element("E0", b"sizes")),
        track(2, b"A_VORBIS", private("258688"), element("63A2", vorbis(*texts))))
    blocks = (element("E7", b"\0") + element("A3", b"coded") + private("EC")
              + element("A0", element("A1", b"coded"), private("E8")))
    cluster = element(CLUSTER, blocks, endless=endless)
    return EBML + element(SEGMENT, private(TAGS), info, tracks, cluster, element(CLUSTER, b"", endless=endless),
                          private("1941A469"), private("1043A770"), private(TAGS), endless=endless)


@pytest.mark.parametrize("endless", [False, True])
def test_a_film_keeps_what_plays_in_its_place_and_nothing_else(endless: bool) -> None:
    created = rewritten(film(endless=endless))
    # The closing elements of a recording without lengths belong to its last cluster once they are nothing.
    assert created == film(bare=True, endless=endless)
    assert rewritten(created) == created


@pytest.mark.parametrize("length", [2, 9, 10, 200, 70_000])
def test_nothing_of_every_length(length: int) -> None:
    head = 2 if length < 10 else 9
    size = bytes((0x80 | length - 2,)) if length < 10 else b"\x01" + (length - 9).to_bytes(7)
    telling = b"\xec" + size + b"x" * (length - head)
    rest = element(TRACKS, track(1, b"V_VP8")) + element(CLUSTER, element("A3", b"coded"))
    assert rewritten(EBML + element(SEGMENT, telling, rest)) == EBML + element(SEGMENT, void(length), rest)


def with_tracks(*tracks: bytes) -> bytes:
    return EBML + element(SEGMENT, element(TRACKS, *tracks), element(CLUSTER, element("A3", b"coded")))


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "unreadable"),
    (b"no film at all", "unreadable"),
    (EBML, "unreadable"),
    (film()[:-1], "unreadable"),
    (EBML + element(SEGMENT, element(CLUSTER, b"")), "unreadable"),
    (with_tracks(element(TRACK, element("D7", b"\1"))), "unreadable"),
    (with_tracks(track(1, b"V_VP8", element("E0", b"", endless=True))), "unreadable"),
    (with_tracks(track(2, b"A_VORBIS", element("63A2", b"\2\xff\xff"))), "unreadable"),
    (with_tracks(track(2, b"A_VORBIS", element("63A2", vorbis(b"v", b"text")[:50]))), "unreadable"),
    (with_tracks(track(17, b"S_TEXT/WEBVTT")), "tracks"),
    (with_tracks(track(2, b"A_FLAC")), "embedded"),
    (with_tracks(track(1, b"V_VP8", element("6D80", b"packed"))), "embedded"),
])
def test_what_cannot_be_rewritten_is_held(data: bytes, reason: str) -> None:
    with pytest.raises(Withheld) as withheld:
        rewritten(data)
    assert withheld.value.reason == reason
