"""The steps of a pilot: agreed after the notice, started, reported milestone by milestone, accepted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from competition.calls.models import Call
from competition.decisions.service.publication import publish
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import audit, transaction
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.pilots.models import Pilot
from competition.pilots.queries import organizer_pilot, view
from competition.pilots.service.progress import (
    accept,
    accept_milestone,
    agree,
    fail,
    report_milestone,
    return_milestone,
    start,
)
from tests.factories.accounts import client_of
from tests.integration.decisions.test_selection import World, world

__all__ = ["World", "world"]


def publish_first(world) -> tuple[Call, str, datetime]:
    """Publish the result of the first call: the call, the code of its first pilot, when."""
    world.select()
    call = world.calls[0]
    world.apply(call)
    published = clock.now()
    with transaction.write():
        publish(call=world.call(call), note={}, actor=world.actor, now=published)
    return call, db.session.scalars(select(Pilot.code).where(Pilot.call_id == call.id)).first(), published


def test_the_life_of_a_pilot(world):
    call, code, published = publish_first(world)

    def step(command, *, later=30, **options):
        with transaction.write():
            pilot = organizer_pilot(world.actor, code)
            command(pilot=pilot, actor=world.actor, now=published + timedelta(days=later), **options)

    begins = published + timedelta(days=20)
    with pytest.raises(IllegalMove, match="notice"):
        step(agree, later=1, starts_at=begins)
    with pytest.raises(IllegalMove):
        step(start)
    step(agree, starts_at=begins)
    with pytest.raises(IllegalMove):
        step(report_milestone, position=1, report="Too early")
    step(start)
    assert world.call(call).state == "piloting"
    with pytest.raises(RuleBroken):
        step(accept)
    for position in (1, 2, 3):
        step(report_milestone, position=position, report="Reached; see the log.")
        if position == 2:
            step(return_milestone, position=2, reason="The log is missing")
            step(report_milestone, position=2, report="Log attached")
        step(accept_milestone, position=position)
    with pytest.raises(IllegalMove):
        step(accept_milestone, position=1)
    shown = view(organizer_pilot(world.actor, code))
    assert shown.released_minor == shown.pilot.award_minor
    assert [m.due_at for m in shown.milestones] == [begins + timedelta(days=d) for d in (30, 120, 150)]
    step(accept)
    assert organizer_pilot(world.actor, code).state == "accepted"
    with pytest.raises(IllegalMove):
        step(fail, reason="no")
    assert audit.verify(call.id) == []


def test_a_pilot_agreed_and_started_in_one_transaction_keeps_its_dates(app, world):
    call, code, published = publish_first(world)
    begins = datetime(2027, 1, 4, tzinfo=UTC)
    with transaction.write():
        world.call(call).pilot_days = 90
        pilot = organizer_pilot(world.actor, code)
        agree(pilot=pilot, starts_at=begins, actor=world.actor, now=published + timedelta(days=30))
        start(pilot=pilot, actor=world.actor, now=published + timedelta(days=30))
    pilot = organizer_pilot(world.actor, code)
    assert (pilot.state, pilot.starts_at, pilot.ends_at) == ("running", begins, begins + timedelta(days=90))
    board = client_of(app, world.organizer).get(f"/en/organizer/programmes/{world.programme.code}/pilots").text
    assert re.findall(r'data-label="Runs until">(.*?)</td>', board) == [
        '<time datetime="2027-04-04T00:00:00+00:00" data-zone="Asia/Shanghai">4 Apr 2027, 08:00 Shanghai '
        "(UTC+8)</time>"]
