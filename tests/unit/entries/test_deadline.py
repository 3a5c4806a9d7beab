"""One function decides; it is exact to the microsecond in every zone and under every grace."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from competition.entries.deadline import decide

INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.builds(
    lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-720, 840)))
GRACE = st.integers(0, 86_400)
TICK = timedelta(microseconds=1)


@given(INSTANTS, GRACE)
def test_the_last_instant_counts_and_the_next_does_not(deadline: datetime, grace: int) -> None:
    last = deadline + timedelta(seconds=grace)
    assert decide(deadline, grace, last)
    assert not decide(deadline, grace, last + TICK)


@given(INSTANTS, GRACE, INSTANTS)
def test_it_is_one_comparison_of_instants(deadline: datetime, grace: int, received: datetime) -> None:
    assert decide(deadline, grace, received) == (received - deadline <= timedelta(seconds=grace))


@given(INSTANTS, GRACE, INSTANTS, st.integers(0, 10**12))
def test_nobody_earlier_is_refused_where_somebody_later_counts(
    deadline: datetime, grace: int, received: datetime, earlier: int
) -> None:
    if decide(deadline, grace, received):
        assert decide(deadline, grace, received - timedelta(microseconds=min(earlier, 10**11)))
