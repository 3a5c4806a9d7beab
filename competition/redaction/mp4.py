"""Films in MP4 and QuickTime files (ISO/IEC 14496-12) for judges: the boxes that playing needs, in their places.

Every other box (titles, makers, cameras, places, private data) becomes free space of the same length, and times and
names inside the kept ones become zeros. The coded pictures and sounds stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple

from competition.redaction.errors import Withheld
from competition.redaction.profiles import strip_profile
from competition.redaction.same_length import SameLengthCopy

# What is kept of each box that holds others.
KEPT: dict[bytes, frozenset[bytes]] = {
    b"": frozenset({b"ftyp", b"styp", b"sidx", b"moov", b"moof", b"mdat", b"mfra"}),
    b"moov": frozenset({b"mvhd", b"trak", b"mvex"}),
    b"trak": frozenset({b"tkhd", b"edts", b"mdia", b"tapt"}),
    b"tapt": frozenset({b"clef", b"prof", b"enof"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf", b"elng"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"nmhd", b"hdlr", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset({
        b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"stss", b"stps", b"sdtp",
        b"sbgp", b"sgpd", b"subs", b"saiz", b"saio", b"stsh", b"padb", b"stdp",
    }),
    b"mvex": frozenset({b"mehd", b"trex"}),
    b"moof": frozenset({b"mfhd", b"traf"}),
    b"traf": frozenset({b"tfhd", b"tfdt", b"trun", b"sbgp", b"sgpd", b"subs", b"saiz", b"saio"}),
    b"mfra": frozenset({b"tfra", b"mfro"}),
    b"wave": frozenset({b"frma", b"mp4a", b"esds", b"enda", b"alac", b"chan", b"\0\0\0\0"}),
}
# How pictures and sounds are coded, inside an entry of the box ``stsd``.
CODING = frozenset({
    b"avcC", b"hvcC", b"hvcE", b"av1C", b"vpcC", b"dvcC", b"dvvC", b"esds", b"colr", b"pasp", b"btrt", b"clap",
    b"fiel", b"gama", b"mdcv", b"clli", b"SmDm", b"CoLL", b"wave", b"dac3", b"dec3", b"dOps", b"alac", b"chan",
    b"chnl", b"srat", b"pcmC", b"damr",
})
TIMED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
PICTURES, SOUNDS, TIMECODE = b"vide", b"soun", b"tmcd"
SOUND_EXTRA = {0: 0, 1: 16, 2: 36}  # bytes by version of a QuickTime sound description
DEEPEST = 12


class Box(NamedTuple):
    kind: bytes
    at: int
    body: int
    end: int


def rewrite(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy a film without what its file tells of its makers.

    Raises
    ------
    Withheld
        When it is broken, or holds a track beside pictures and sounds (places, sensors, texts, chapters).
    """
    film = _Film(source)
    film.walk(b"", 0, film.file.size, depth=0)
    if not {b"moov", b"mvhd", b"mdat"} <= film.seen:
        raise Withheld("unreadable")
    film.file.write_to(target)


class _Film:
    def __init__(self, source: IO[bytes]) -> None:
        self.file = SameLengthCopy(source)
        self.seen: set[bytes] = set()
        self.media = b""

    def boxes(self, start: int, stop: int, *, top: bool = False) -> Iterator[Box]:
        at = start
        while at + 8 <= stop:
            head = self.file.read(at, 8)
            length, kind, body = int.from_bytes(head[:4]), head[4:], at + 8
            if length == 1:
                length, body = int.from_bytes(self.file.read(at + 8, 8)), at + 16
            elif length == 0 and top:
                length = stop - at
            elif length == 0 and kind == bytes(4):
                break  # QuickTime ends some lists so
            if at + length < body or at + length > stop:
                raise Withheld("unreadable")
            yield Box(kind, at, body, at + length)
            at += length
        self.file.clear(at, stop)

    def walk(self, parent: bytes, start: int, stop: int, *, depth: int) -> None:
        if depth > DEEPEST:
            raise Withheld("unreadable")
        for box in self.boxes(start, stop, top=parent == b""):
            if box.kind not in KEPT[parent]:
                self.free(box)
                continue
            self.seen.add(box.kind)
            if box.kind == b"trak" and not self.track(box):
                self.free(box)
            elif box.kind in KEPT:
                self.walk(box.kind, box.body, box.end, depth=depth + 1)
            else:
                self.clear_names(box)

    def free(self, box: Box) -> None:
        self.file.replace(box.at + 4, b"free")
        self.file.clear(box.body, box.end)

    def track(self, track: Box) -> bool:
        """What kind of track this is; False for one of time codes, which playing does not need."""
        for media in self.boxes(track.body, track.end):
            if media.kind == b"mdia":
                for box in self.boxes(media.body, media.end):
                    if box.kind == b"hdlr":
                        self.media = self.file.read(box.body + 8, 4)
                        if self.media not in {PICTURES, SOUNDS, TIMECODE}:
                            raise Withheld("tracks")
                        return self.media != TIMECODE
        raise Withheld("unreadable")

    def clear_names(self, box: Box) -> None:
        """Times, names and addresses inside a box that is kept."""
        if box.kind in TIMED:
            version = self.file.read(box.body, 1)[0]
            self.clear_in(box, box.body + 4, box.body + (20 if version else 12))
        elif box.kind == b"hdlr":
            self.clear_in(box, box.body + 12, box.body + 16)  # who made QuickTime's player of it
            self.clear_in(box, box.body + 24, box.end)
        elif box.kind == b"dref":
            for source in self.boxes(box.body + 8, box.end):
                if not self.file.read(source.body, 4)[3] & 1:  # its bytes are in another file
                    raise Withheld("embedded")
                self.clear_in(source, source.body + 4, source.end)
        elif box.kind == b"stsd":
            for entry in self.boxes(box.body + 8, box.end):
                self.coding(entry, self.file.read(box.body, 1)[0])

    def coding(self, entry: Box, version: int) -> None:
        """How a track is coded: without the names of encoder and maker."""
        self.clear_in(entry, entry.body + 12, entry.body + 16)
        if self.media == PICTURES:
            self.clear_in(entry, entry.body + 42, entry.body + 74)
            inner = entry.body + 78
        else:
            kind = int.from_bytes(self.file.read(entry.body + 8, 2))
            if kind not in SOUND_EXTRA:
                raise Withheld("unreadable")
            inner = entry.body + 28 + (0 if version else SOUND_EXTRA[kind])
        for box in self.boxes(inner, entry.end):
            if box.kind == b"dfLa":  # holds the comments of a FLAC file
                raise Withheld("embedded")
            if box.kind not in CODING:
                self.free(box)
            elif box.kind == b"wave":
                self.walk(b"wave", box.body, box.end, depth=DEEPEST)
            elif box.kind == b"colr":
                self.colours(box)

    def colours(self, box: Box) -> None:
        size = box.end - box.body - 4
        if size < 0:
            raise Withheld("unreadable")
        kind = self.file.read(box.body, 4)
        if kind in {b"nclx", b"nclc"}:
            return
        profile = strip_profile(self.file.read(box.body + 4, size)) if size <= 2**20 else None
        if profile is None:
            self.free(box)
        else:
            self.file.replace(box.body + 4, profile)

    def clear_in(self, box: Box, start: int, stop: int) -> None:
        """
        Raises
        ------
        Withheld
            When the box is shorter than its kind.
        """
        if stop > box.end:
            raise Withheld("unreadable")
        self.file.clear(start, stop)
