"""Why a judges' copy could not be made."""

from __future__ import annotations

from typing import IO

MOST_BYTES = 64 * 2**20  # that are looked at in one piece


class Withheld(Exception):
    """The file waits for an organizer.

    ``reason`` is one of :data:`competition.judging.labels.FILE_REASONS`: ``type``, ``locked``, ``unreadable``,
    ``embedded`` (it holds something that cannot be rewritten), ``layers``,
    ``hidden`` (slides, sheets, their rows and columns, texts, shapes),
    ``tracks`` (of a film, beside pictures and sounds) or ``large``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_whole(source: IO[bytes]) -> bytes:
    """All of a file that has to be in memory, unless it is too large for that."""
    data = source.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Withheld("large")
    return data
