"""Films in WebM files (RFC 8794 and 9559) for judges: the elements that playing needs, in their places.

Every other element (titles, tags, attachments, chapters, dates) becomes ``Void`` of the same length; the names of
the programs that wrote it, which must be there, become empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple

from competition.redaction.errors import Withheld
from competition.redaction.same_length import SameLengthCopy

EBML, SEGMENT, SEEK, INFO, TRACKS, TRACK, CLUSTER, CUES, VOID, GROUP = (
    0x1A45DFA3, 0x18538067, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675, 0x1C53BB6B, 0xEC, 0xA0,
)
KIND, CODEC, PRIVATE, PACKED, MUXER, WRITER = 0x83, 0x86, 0x63A2, 0x6D80, 0x4D80, 0x5741
# What is kept of each element that holds others; those without an entry of their own are kept whole.
KEPT: dict[int, frozenset[int]] = {
    EBML: frozenset({0x4286, 0x42F7, 0x42F2, 0x42F3, 0x4282, 0x4287, 0x4285}),  # versions, limits, type
    SEGMENT: frozenset({SEEK, INFO, TRACKS, CLUSTER, CUES}),
    INFO: frozenset({0x2AD7B1, 0x4489, MUXER, WRITER}),  # scale of time, duration
    TRACKS: frozenset({TRACK}),
    # Number, identity, kind, flags, durations, language, coding, pictures, sounds.
    TRACK: frozenset({
        0xD7, 0x73C5, KIND, 0xB9, 0x88, 0x55AA, 0x9C, 0x6DE7, 0x6DF8, 0x23E383, 0x234E7A, 0x55EE, CODEC, PRIVATE,
        0xAA, 0x56AA, 0x56BB, 0x22B59C, 0x22B59D, 0xE0, 0xE1,
    }),
    CLUSTER: frozenset({0xE7, 0xA3, GROUP, 0xA7, 0xAB}),  # time, blocks, position, size before
    GROUP: frozenset({0xA1, 0x9B, 0xFB, 0x75A1, 0x75A2, 0xFA}),  # block, duration, reference, transparency, padding
}
TOP_OF_SEGMENT = frozenset({SEEK, INFO, TRACKS, CLUSTER, CUES, 0x1043A770, 0x1941A469, 0x1254C367})
PICTURES, SOUNDS = 1, 2
VORBIS = b"A_VORBIS"
CODECS = (b"V_VP8", b"V_VP9", b"V_AV1", VORBIS, b"A_OPUS")


class Element(NamedTuple):
    kind: int
    at: int
    body: int
    end: int


def rewrite(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy a film without what its file tells of its makers.

    Raises
    ------
    Withheld
        When it is broken, or holds a track beside pictures and sounds.
    """
    film = _Film(source)
    top = list(film.elements(0, film.file.size, unknown=True))
    if [element.kind for element in top if element.kind != VOID][:2] != [EBML, SEGMENT]:
        raise Withheld("unreadable")
    for element in top:
        if element.kind in {EBML, SEGMENT}:
            film.walk(element)
        else:
            film.void(element)
    if not {TRACKS, CLUSTER} <= film.seen:
        raise Withheld("unreadable")
    film.file.write_to(target)


class _Film:
    def __init__(self, source: IO[bytes]) -> None:
        self.file = SameLengthCopy(source)
        self.seen: set[int] = set()

    def elements(self, start: int, stop: int, *, unknown: bool = False) -> Iterator[Element]:
        """Elements between two places; one without a length (a recording) goes on as far as it can."""
        at = start
        while at < stop:
            kind, after, _all = self.number(at, 4, marked=True)
            size, body, endless = self.number(after, 8)
            if endless and not (unknown and kind in {SEGMENT, CLUSTER}):
                raise Withheld("unreadable")
            end = body + size
            if endless:
                end = stop if kind == SEGMENT else self.cluster_end(body, stop)
            if end > stop:
                raise Withheld("unreadable")
            yield Element(kind, at, body, end)
            at = end

    def cluster_end(self, start: int, stop: int) -> int:
        at = start
        while at < stop:
            kind, after, _all = self.number(at, 4, marked=True)
            if kind in TOP_OF_SEGMENT:
                return at
            size, body, endless = self.number(after, 8)
            if endless:
                raise Withheld("unreadable")
            at = body + size
        return stop

    def number(self, at: int, most: int, *, marked: bool = False) -> tuple[int, int, bool]:
        """A number of variable length (RFC 8794, 4), where it ends, and whether all its bits are set."""
        data = self.file.read(at, min(most, self.file.size - at))
        length = 9 - data[0].bit_length() if data else 9
        if length > len(data):
            raise Withheld("unreadable")
        value, ones = int.from_bytes(data[:length]), (1 << 7 * length) - 1
        return (value if marked else value & ones), at + length, value & ones == ones

    def walk(self, parent: Element) -> None:
        for element in self.elements(parent.body, parent.end, unknown=parent.kind == SEGMENT):
            if element.kind not in KEPT[parent.kind]:
                self.void(element)
                continue
            self.seen.add(element.kind)
            if element.kind in {MUXER, WRITER}:
                self.file.clear(element.body, element.end)
            elif element.kind == TRACK:
                self.track(element)
            elif element.kind in KEPT:
                self.walk(element)

    def void(self, element: Element) -> None:
        length = element.end - element.at
        if length < 2:
            raise Withheld("unreadable")
        size = bytes((0x80 | length - 2,)) if length < 10 else (1 << 56 | length - 9).to_bytes(8)
        head = bytes((VOID,)) + size
        self.file.replace(element.at, head)
        self.file.clear(element.at + len(head), element.end)

    def track(self, track: Element) -> None:
        by_kind = {element.kind: element for element in self.elements(track.body, track.end)}
        if KIND not in by_kind or CODEC not in by_kind:
            raise Withheld("unreadable")
        kind, codec = self.content(by_kind[KIND], 8), self.content(by_kind[CODEC], 64).rstrip(b"\0")
        if int.from_bytes(kind) not in {PICTURES, SOUNDS}:
            raise Withheld("tracks")
        if codec not in CODECS or PACKED in by_kind:
            raise Withheld("embedded")
        self.walk(track)
        if codec == VORBIS and PRIVATE in by_kind:
            self.vorbis(by_kind[PRIVATE])

    def content(self, element: Element, most: int) -> bytes:
        if element.end - element.body > most:
            raise Withheld("unreadable")
        return self.file.read(element.body, element.end - element.body)

    def vorbis(self, private: Element) -> None:
        """The second of three headers holds comments: their texts become zeros (Vorbis I, 5; RFC 9559, 5.1.4.1.22)."""
        data = self.content(private, 2**20)
        at, lengths = 1, []
        for _header in range(2):
            length = 0
            while at < len(data) and data[at] == 255:
                length, at = length + 255, at + 1
            if at >= len(data):
                raise Withheld("unreadable")
            lengths.append(length + data[at])
            at += 1
        start, stop = at + lengths[0], at + sum(lengths)
        if data[:1] != b"\2" or stop > len(data) or data[start:start + 7] != b"\3vorbis":
            raise Withheld("unreadable")
        at, left = start + 7, 1
        while left:
            length = int.from_bytes(data[at:at + 4], "little")
            if at + 4 + length > stop:
                raise Withheld("unreadable")
            self.file.clear(private.body + at + 4, private.body + at + 4 + length)
            first, at, left = at == start + 7, at + 4 + length, left - 1
            if first:  # the vendor's; then how many comments follow
                left, at = int.from_bytes(data[at:at + 4], "little"), at + 4
