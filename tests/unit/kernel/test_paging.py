from __future__ import annotations

from collections import namedtuple
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import column
from sqlalchemy.types import Integer, String, Uuid

from competition.kernel.columns import Instant
from competition.kernel.paging import Key, decode, encode

Row = namedtuple("Row", "score at id name")
ROW = Row(7, datetime(2026, 9, 30, 10, tzinfo=UTC), UUID(int=5), "名")
KEYS = [
    Key(column("score", Integer), "score", descending=True), Key(column("at", Instant()), "at"),
    Key(column("name", String), "name"), Key(column("id", Uuid), "id"),
]


@pytest.mark.parametrize("back", [True, False])
def test_a_cursor_names_its_row(back: bool) -> None:
    assert decode(encode(ROW, KEYS, back=back), KEYS) == (back, [7, ROW.at, "名", ROW.id])


@pytest.mark.parametrize("cursor", ["", None, "x", "!!", "bnVsbA", "WzFd", encode(ROW, KEYS[:2], back=False)])
def test_anything_unreadable_means_the_first_page(cursor: str | None) -> None:
    assert decode(cursor, KEYS) == (False, None)
