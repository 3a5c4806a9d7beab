"""Walking a list forth and back gives every row once, in order, on both engines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import MailMessage
from competition.kernel.data.paging import Key, PagedQuery

KEYS = [Key(MailMessage.subject, "subject", descending=True), Key(MailMessage.id, "id")]


@dataclass(frozen=True, slots=True)
class Message:
    subject: str
    id: UUID


MESSAGES = PagedQuery(lambda: select(MailMessage.subject, MailMessage.id), KEYS, Message)


def test_forth_and_back(app: Flask) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with transaction.write():
        for number in range(23):
            db.session.add(MailMessage(
                id=new_id(), to="a@example.test", subject=f"s{number % 4}", body="", lang="en",
                created_at=at + timedelta(minutes=number),
            ))
    statement = select(MailMessage.subject, MailMessage.id)
    whole = [row.id for row in db.session.execute(statement.order_by(MailMessage.subject.desc(), MailMessage.id))]
    seen, cursor, pages = [], None, []
    while True:
        shown = MESSAGES.page(cursor, 5)
        pages.append([row.id for row in shown.rows])
        seen += pages[-1]
        if shown.next is None:
            break
        cursor = shown.next
    assert seen == whole
    assert [len(rows) for rows in pages] == [5, 5, 5, 5, 3]
    assert shown.previous is not None
    for expected in reversed(pages[:-1]):
        shown = MESSAGES.page(shown.previous, 5)
        assert [row.id for row in shown.rows] == expected
    assert shown.previous is None
