"""Mail is written in the language of its recipient."""

from __future__ import annotations

import pytest
from flask import Flask

from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import MailMessage
from competition.kernel.jobs import mail


@pytest.mark.parametrize(("locale", "stored", "code", "begins"), [
    ("ko", "ko", "ko", "계정"), ("zh_Hans", "zh_Hans", "zh", "您"),
    ("fr", "en", "en", "You"),  # a language that was offered when the account was made
])
def test_words_and_links_follow_the_locale(app: Flask, locale: str, stored: str, code: str, begins: str) -> None:
    with transaction.write():
        mail.send("accounts/already", to="a@example.test", locale=locale, now=clock.now())
    message = db.session.query(MailMessage).one()
    link = next(line for line in message.body.splitlines() if line.startswith("http"))
    assert (message.lang, f"/{code}/" in link, begins in message.subject + message.body) == (stored, True, True)
