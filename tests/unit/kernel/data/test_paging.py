from __future__ import annotations

import base64
import json
from collections import namedtuple
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import column
from sqlalchemy.types import Integer, String, Uuid

from competition.kernel.data.columns import Instant
from competition.kernel.data.paging import Key, decode, encode

Row = namedtuple("Row", "score at id name")
ROW = Row(7, datetime(2026, 9, 30, 10, tzinfo=UTC), UUID(int=5), "名")
KEYS = [
    Key(column("score", Integer), "score", descending=True), Key(column("at", Instant()), "at"),
    Key(column("name", String), "name"), Key(column("id", Uuid), "id"),
]


@pytest.mark.parametrize("back", [True, False])
def test_a_cursor_names_its_row(back: bool) -> None:
    assert decode(encode(ROW, KEYS, back=back), KEYS) == (back, [7, ROW.at, "名", ROW.id])
    assert decode(written([back, *GOOD[1:]]), KEYS) == (back, [7, ROW.at, "名", ROW.id])


def written(sent: object) -> str:
    """A cursor of somebody else's making."""
    text = sent if isinstance(sent, str) else json.dumps(sent)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


GOOD = [False, 7, ROW.at.isoformat(), "名", str(ROW.id)]


def instead(place: int, value: object) -> str:
    return written([*GOOD[:place], value, *GOOD[place + 1:]])


@pytest.mark.parametrize("cursor", [
    "", None, "x", "!!", "bnVsbA", "WzFd", encode(ROW, KEYS[:2], back=False), written("[" * 290), written("[" * 1000),
    written("{}"), written([]), written([GOOD]), written([*GOOD, 1]), instead(0, 1), instead(0, "yes"),
    instead(1, "7"), instead(1, 7.0), instead(1, True), instead(1, None), instead(1, 2**63), instead(1, [7]),
    instead(1, -2**70), instead(2, "2026-09-30T10:00:00"), instead(2, "0001-01-01T00:00:00+14:00"),
    instead(2, "9999-12-31T23:59:59-14:00"), instead(2, 5), instead(3, "a\x00b"), instead(3, {}), instead(3, 5),
    instead(3, "\ud800"), instead(3, "x" * 400), instead(4, "5"), instead(4, None), written("[false, NaN]"),
])
def test_anything_unreadable_means_the_first_page(cursor: str | None) -> None:
    assert decode(cursor, KEYS) == (False, None)
