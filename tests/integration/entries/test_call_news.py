"""Teams are told what changes in a call that they have begun to enter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from competition.entries.service.call_news import TELL
from competition.extensions import db
from competition.kernel.data.models import MailMessage, OutboxJob
from competition.kernel.jobs import outbox
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import make_call, make_programme
from tests.factories.entries import make_entry, make_submitted, make_team

LINE = {"change_en": "A week more.", "change_zh": "延长一周。", "change_ko": "한 주 연장."}


def _mails() -> dict[str, str]:
    """Do the jobs that write to teams; subject and text of each mail by its address."""
    db.session.rollback()
    jobs = db.session.scalars(select(OutboxJob.id).where(OutboxJob.kind == TELL.name)).all()
    db.session.rollback()
    for job in jobs:
        outbox.run(job)
    db.session.rollback()
    return {mail.to: f"{mail.subject}\n{mail.body}" for mail in db.session.scalars(select(MailMessage))}


def test_every_member_of_a_team_with_an_entry_is_told(app: Flask) -> None:
    organizer, now = make_user(), datetime.now(UTC)
    call = make_call(make_programme(organizer), now=now, code="NEWS", deadline_at=now + timedelta(days=9))
    other = make_call(call.programme, now=now)
    lead, member, late, gone, elsewhere = (
        make_user(f"{name}@example.test", locale=locale)
        for name, locale in (("lead", "zh_Hans"), ("member", "ko"), ("late", "en"), ("gone", "en"), ("elsewhere", "en"))
    )
    make_submitted(call, make_team(lead, member))
    make_entry(call, make_team(late))
    make_entry(call, make_team(gone), state="withdrawn")
    make_submitted(other, make_team(elsewhere))
    desk = client_of(app, organizer)
    assert desk.post("/en/organizer/calls/NEWS/cancel", data={"change_en": "Only English."}).status_code == 422
    assert _mails() == {}
    assert desk.post("/en/organizer/calls/NEWS/cancel", data=LINE).status_code == 303
    mails = _mails()
    assert set(mails) == {lead.email, member.email, late.email}
    assert "延长一周。" in mails[lead.email]
    assert "한 주 연장." in mails[member.email]
    assert mails[late.email].startswith("Cancelled: “")
    assert "A week more." in mails[late.email]
    assert "/calls/NEWS#changes" in mails[late.email]
