"""Where a call stands, to the instant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from competition.calls.lifecycle import CALL, PUBLIC_STATES, phase

OPENS = datetime(2026, 6, 1, tzinfo=UTC)
CLOSES = datetime(2026, 7, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@dataclass
class Dated:
    state: str = "published"
    opens_at: datetime | None = OPENS
    deadline_at: datetime | None = CLOSES


@pytest.mark.parametrize(("now", "expected"), [
    (OPENS - TICK, "upcoming"), (OPENS, "open"), (CLOSES, "open"), (CLOSES + TICK, "closed"),
])
def test_a_published_call_by_the_clock(now: datetime, expected: str) -> None:
    assert phase(Dated(), now) == expected


@pytest.mark.parametrize("state", ["draft", "judging", "notice", "piloting", "archived", "cancelled"])
def test_other_states_speak_for_themselves(state: str) -> None:
    assert phase(replace(Dated(), state=state), CLOSES + TICK) == state


def test_a_call_without_dates_is_open() -> None:
    assert phase(Dated(opens_at=None, deadline_at=None), OPENS) == "open"


def test_a_draft_is_never_public() -> None:
    assert set(CALL.states) - set(PUBLIC_STATES) == {"draft"}
    assert CALL.steps["cancel"] == {"draft": "cancelled", "published": "cancelled", "judging": "cancelled"}
