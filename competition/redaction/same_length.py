"""A copy of the same length, in which some bytes are others: so nothing that points into the file goes wrong."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass, field
from typing import IO

from competition.redaction.errors import Withheld

MOST_STEPS = 2_000_000  # boxes or elements that are looked at: some hours of film
MOST_CHANGES = 200_000
CHUNK = 2**20


@dataclass
class SameLengthCopy:
    """What will differ. Nothing is written before all of a file is understood."""

    source: IO[bytes]
    size: int = 0
    steps: int = field(default_factory=lambda: MOST_STEPS)
    replacements: list[tuple[int, bytes]] = field(default_factory=list)
    cleared: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.size = self.source.seek(0, io.SEEK_END)

    def read(self, at: int, count: int) -> bytes:
        """
        Raises
        ------
        Withheld
            When the file ends before, or more was read than any film needs.
        """
        self.steps -= 1
        if self.steps < 0:
            raise Withheld("large")
        self.source.seek(at)
        data = self.source.read(count)
        if len(data) < count:
            raise Withheld("unreadable")
        return data

    def replace(self, at: int, data: bytes) -> None:
        self._count()
        self.replacements.append((at, data))

    def clear(self, start: int, stop: int) -> None:
        """Zeros from ``start`` up to ``stop``."""
        self._count()
        if stop > start:
            self.cleared.append((start, stop))

    def _count(self) -> None:
        if len(self.replacements) + len(self.cleared) > MOST_CHANGES:
            raise Withheld("large")

    def write_to(self, target: IO[bytes]) -> None:
        self.source.seek(0)
        shutil.copyfileobj(self.source, target, CHUNK)
        for start, stop in self.cleared:
            target.seek(start)
            for at in range(start, stop, CHUNK):
                target.write(bytes(min(CHUNK, stop - at)))
        for at, data in self.replacements:
            target.seek(at)
            target.write(data)
        target.seek(0, io.SEEK_END)
