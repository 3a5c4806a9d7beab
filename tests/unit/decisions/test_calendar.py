"""Working days of a public notice, across weekends, holidays, make-up days and zones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.decisions.calendar import is_working, period_end

SHANGHAI = "Asia/Shanghai"
# China's National Day week of 2026 as an example: 1-7 October off, Saturday 10 October worked.
GOLDEN_WEEK = {date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 10, 10): True}


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(SHANGHAI))


@pytest.mark.parametrize(("start", "days", "exceptions", "end"), [
    (local(2026, 6, 15, 12), 5, {}, local(2026, 6, 22, 23, 59, 59)),  # Monday → next Monday
    (local(2026, 6, 19, 9), 1, {}, local(2026, 6, 22, 23, 59, 59)),  # Friday → Monday
    (local(2026, 6, 20, 9), 1, {}, local(2026, 6, 22, 23, 59, 59)),  # Saturday → Monday
    (local(2026, 9, 30, 9), 3, GOLDEN_WEEK, local(2026, 10, 10, 23, 59, 59)),  # 8th, 9th, the worked 10th
    (local(2026, 6, 15, 12), 0, {}, local(2026, 6, 15, 23, 59, 59)),
    (datetime(2026, 6, 15, 17, tzinfo=UTC), 1, {}, local(2026, 6, 17, 23, 59, 59)),  # already Tuesday in Shanghai
])
def test_period_end(start, days, exceptions, end):
    assert period_end(start, days, SHANGHAI, exceptions) == end


@given(st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC)), st.integers(0, 30),
       st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia"]))
def test_exactly_that_many_working_days_lie_between(start, days, zone):
    end = period_end(start, days, zone, GOLDEN_WEEK).astimezone(ZoneInfo(zone))
    first = start.astimezone(ZoneInfo(zone)).date().toordinal()
    between = [date.fromordinal(n) for n in range(first + 1, end.date().toordinal() + 1)]
    assert sum(is_working(day, GOLDEN_WEEK) for day in between) == days
    assert (end.hour, end.minute, end.second) == (23, 59, 59)
