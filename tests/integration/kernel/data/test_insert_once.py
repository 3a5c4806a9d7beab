"""A row that is there is not inserted again, on both engines."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditHead
from competition.kernel.data.query import insert_once

TABLE = AuditHead.__table__


def test_the_first_insert_wins_and_says_so(app: Flask) -> None:
    with transaction.write():
        assert insert_once(TABLE, chain="a", seq=1, hash="1" * 64) is True
        assert insert_once(TABLE, chain="a", seq=2, hash="2" * 64) is False
        assert insert_once(TABLE, chain="b", seq=3, hash="3" * 64) is True
    rows = db.session.execute(select(AuditHead.chain, AuditHead.seq).order_by(AuditHead.chain)).all()
    assert [tuple(row) for row in rows] == [("a", 1), ("b", 3)]


def test_a_reading_transaction_inserts_nothing(app: Flask) -> None:
    with pytest.raises(RuntimeError):
        insert_once(TABLE, chain="c", seq=0, hash="0" * 64)
