"""Clock times in a zone: gaps refused, repeats asked about, everything else exact."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from competition.calls.wall_clock import RepeatedTime, SkippedTime, keep_seconds, occurrences, to_instant, to_local
from competition.kernel.text.i18n import ZONES


@pytest.fixture(autouse=True)
def words() -> object:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


def test_shanghai_has_one_offset() -> None:
    assert to_instant(datetime(2026, 9, 30, 18, 0), "Asia/Shanghai") == datetime(2026, 9, 30, 10, 0, tzinfo=UTC)
    assert occurrences(datetime(2026, 9, 30, 18, 0), "Asia/Shanghai") == []


def test_a_skipped_hour_is_refused() -> None:
    with pytest.raises(SkippedTime) as refused:
        to_instant(datetime(2026, 3, 29, 2, 30), "Europe/Berlin", field="deadline_at")
    assert refused.value.field == "deadline_at"
    assert occurrences(datetime(2026, 3, 29, 2, 30), "Europe/Berlin") == []


def test_a_repeated_hour_asks_which() -> None:
    local = datetime(2026, 10, 25, 2, 30)
    with pytest.raises(RepeatedTime):
        to_instant(local, "Europe/Berlin")
    assert occurrences(local, "Europe/Berlin") == [(0, "UTC+2"), (1, "UTC+1")]
    assert to_instant(local, "Europe/Berlin", 0) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert to_instant(local, "Europe/Berlin", 1) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)), st.sampled_from(ZONES))
def test_every_instant_is_found_again(at: datetime, zone: str) -> None:
    at = at.replace(second=0, microsecond=0)
    local = to_local(at, zone)
    assert local is not None
    assert at in {to_instant(local, zone, 0), to_instant(local, zone, 1)}


def test_an_untouched_time_keeps_its_seconds() -> None:
    stored = datetime(2026, 9, 30, 10, 0, 59, 999000, tzinfo=UTC)
    assert keep_seconds(stored, datetime(2026, 9, 30, 10, 0, tzinfo=UTC)) == stored
    assert keep_seconds(stored, datetime(2026, 9, 30, 10, 1, tzinfo=UTC)) == datetime(2026, 9, 30, 10, 1, tzinfo=UTC)
    assert keep_seconds(None, stored) == stored
