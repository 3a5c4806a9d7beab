"""Working days: Monday to Friday, except for the days that a programme's calendar marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5
ONE_DAY = timedelta(days=1)
LAST_SECOND = time(23, 59, 59)


def is_working(day: date, exceptions: Mapping[date, bool]) -> bool:
    """Whether offices are open; ``exceptions`` maps holidays to False and make-up days to True."""
    return exceptions.get(day, day.weekday() < SATURDAY)


def working_days(after: date, exceptions: Mapping[date, bool]) -> Iterator[date]:
    """The working days after a day, in order."""
    day = after
    while True:
        day += ONE_DAY
        if is_working(day, exceptions):
            yield day


def period_end(start: datetime, days: int, zone: str, exceptions: Mapping[date, bool]) -> datetime:
    """The last second of the n-th working day after ``start``, in UTC.

    Parameters
    ----------
    start
        When the period was announced; that day itself does not count.
    days
        Working days of the period; 0 ends it with the day on which it was announced.
    zone
        The programme's time zone, in which days begin and end.
    """
    local = ZoneInfo(zone)
    last = start.astimezone(local).date()
    for _turn, day in zip(range(days), working_days(last, exceptions), strict=False):
        last = day
    return datetime.combine(last, LAST_SECOND, local).astimezone(UTC)
