"""Whole numbers that somebody sent: read within what both databases can hold, or not at all."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter, Map

MOST = 2**31 - 1


def whole(text: str, most: int = MOST) -> int | None:
    """A whole number from 0 to ``most``; None for anything else, however long it is.

    The length is looked at first: Python refuses to read numbers of thousands of digits, and databases
    refuse to compare with those beyond their integers.
    """
    if len(text) > len(str(MOST)) or not text.isdecimal():
        return None
    number = int(text)
    return number if number <= most else None


class Whole(IntegerConverter):
    """``<int:number>`` in an address, at most :data:`MOST`: there is nothing at a larger one."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=MOST)
