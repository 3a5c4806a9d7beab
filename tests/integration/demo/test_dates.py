"""The demo's calls lived their lives in order: every date of a call comes after those that it builds on."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy import and_, func, select

from competition.calls.lifecycle import RESULT_PUBLIC
from competition.calls.models import Call, CallChange, Stage
from competition.decisions.models import Decision, Publication, Selection
from competition.demo.load import load
from competition.demo.plan import PLANS
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.models import Assignment, ScoreSheet
from competition.kernel import clock
from competition.pilots.models import Pilot
from competition.results.models import Run


def _span(column, *where) -> list[datetime]:
    """First and last, or nothing."""
    return [at for at in db.session.execute(select(func.min(column), func.max(column)).where(*where)).one() if at]


def _life(call: Call) -> list[datetime]:
    """Every date of a call, in the order in which they should have happened."""
    entries = select(Entry.id).where(Entry.call_id == call.id)
    reviews = select(Stage.id).where(Stage.call_id == call.id, Stage.kind == "desk_review")
    mine = and_(Assignment.entry_id.in_(entries), Assignment.stage_id.in_(reviews))
    instants = [call.created_at, *([call.published_at] if call.published_at else [])]
    if not PLANS[call.code].panel:
        return instants
    scored = ScoreSheet.assignment_id.in_(select(Assignment.id).where(mine))
    instants += [call.deadline_at, *_span(Assignment.assigned_at, mine), *_span(Assignment.declared_at, mine),
              *_span(ScoreSheet.saved_at, scored)]
    if PLANS[call.code].stage in RESULT_PUBLIC:
        selection = next(s for s in db.session.scalars(select(Selection)) if s.parameters["calls"] == [call.code])
        instants += [
            *_span(Run.created_at, Run.call_id == call.id), *_span(Run.finished_at, Run.call_id == call.id),
            selection.created_at, selection.finished_at, *_span(Decision.decided_at, Decision.call_id == call.id),
            *_span(Publication.published_at, Publication.call_id == call.id),
            *_span(Pilot.starts_at, Pilot.call_id == call.id), *_span(Pilot.ends_at, Pilot.call_id == call.id),
        ]
    return instants


def test_the_dates_of_every_call_are_in_order(app: Flask) -> None:
    now = clock.now()
    with app.test_request_context("/en/"):
        load(now=now, report=lambda _done, _total, _what: None)
    calls = list(db.session.scalars(select(Call).order_by(Call.code)))
    lives = {call.code: _life(call) for call in calls}
    assert list(lives) == sorted(PLANS)
    assert {code: life for code, life in lives.items() if life != sorted(life)} == {}
    happened = [life[-1] for code, life in lives.items() if PLANS[code].stage not in RESULT_PUBLIC]
    assert max(happened) <= now
    assert db.session.scalar(select(func.count()).select_from(CallChange)) == 0  # a first publication is no change
