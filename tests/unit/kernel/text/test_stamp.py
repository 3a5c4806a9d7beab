"""When something was saved: short, with its offset, in the zone of the reader's account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, g

from competition.kernel.text import i18n
from competition.kernel.web.access import Actor

AT = datetime(2026, 11, 22, 8, 48, tzinfo=UTC)


@pytest.mark.parametrize(("lang", "zone", "text"), [
    ("en", "Asia/Shanghai", "16:48 (UTC+8)"), ("zh", "Asia/Kolkata", "14:18 (UTC+5:30)"),
    ("ko", "America/New_York", "03:48 (UTC-5)"), ("en", "UTC", "08:48 (UTC)"),
])
def test_today_only_the_time_is_said(lang: str, zone: str, text: str) -> None:
    assert shown(AT, AT + timedelta(hours=3), lang, zone) == text


@pytest.mark.parametrize(("lang", "text"), [
    ("en", "22 Nov, 16:48 (UTC+8)"), ("zh", "11月22日 16:48 (UTC+8)"), ("ko", "11월 22일 16:48 (UTC+8)"),
])
def test_another_day_is_named(lang: str, text: str) -> None:
    assert shown(AT, AT + timedelta(days=1), lang, "Asia/Shanghai") == text
    assert shown(AT, AT + timedelta(hours=8), lang, "Asia/Shanghai") == text  # past midnight there, not in UTC


def shown(at: datetime, now: datetime, lang: str, zone: str) -> str:
    with Flask(__name__).test_request_context():
        g.lang, g.actor = lang, Actor(zone=zone)
        element = str(i18n.stamp(at, now))
    start = f'<time datetime="{at.isoformat()}" data-stamp>'
    assert element.startswith(start)
    return element.removeprefix(start).removesuffix("</time>")


@pytest.mark.parametrize(("mine", "shown_zone", "text"), [
    ("Europe/Berlin", "Asia/Shanghai", "your time 22 Nov 2026, 09:48 Berlin (UTC+1)"),
    ("Asia/Singapore", "Asia/Shanghai", ""), ("Asia/Shanghai", "Asia/Shanghai", ""), ("", "Asia/Shanghai", ""),
])
def test_your_time_is_that_of_your_account(app: Flask, mine: str, shown_zone: str, text: str) -> None:
    with app.test_request_context():
        g.lang, g.actor = "en", Actor(zone=mine)
        assert (i18n.yours(AT, shown_zone), i18n.has_zone()) == (text, bool(mine))
