"""Takes the demo call with several stages through them, by the commands of its organizers."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.models import Call
from competition.calls.queries import current_stage
from competition.decisions.queries.advancing import proposal
from competition.decisions.service import advancing
from competition.decisions.service.advancing import Choice
from competition.demo.closing import REASON
from competition.demo.plan import REVIEW_OVER
from competition.demo.story import finish, without_queue
from competition.entries.models import Entry
from competition.extensions import db
from competition.judging.service import closing, defence, eligibility, stages
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.web.access import Actor
from competition.results.service import runs


def check_eligibility(call_id: UUID) -> None:
    """Let all entries pass, close the check, and open the desk review: half a day after the deadline."""
    actor, at = _organizer(), _deadline(call_id) + timedelta(hours=12)
    codes = db.session.scalars(select(Entry.code).where(Entry.call_id == call_id, Entry.state == "submitted")).all()
    db.session.rollback()
    with transaction.write():
        call = db.session.get_one(Call, call_id)
        met = {point["key"]: "met" for point in call.checklist}
        for code in codes:
            eligibility.save_marks(call=call, entry_code=code, marks=met, note="", version=0, actor=actor, now=at)
        db.session.flush()
        eligibility.pass_entries(call=call, entry_codes=codes, actor=actor, now=at)
        db.session.flush()
        eligibility.close(call=call, actor=actor, now=at + timedelta(hours=1))
        stages.open_next(call=call, actor=actor, now=at + timedelta(hours=2))


def bring_to_defence(call_id: UUID) -> None:
    """Close and aggregate the desk review, let the best go on, and open the defence."""
    actor, at = _organizer(), _deadline(call_id) + REVIEW_OVER
    with without_queue(), transaction.write():
        call = db.session.get_one(Call, call_id)
        review = current_stage(call_id)
        closing.close(call=call, without=(), without_all=True, reason=REASON, actor=actor, now=at)
        db.session.flush()
        run = runs.request_run(call=call, stage=review, actor=actor, now=at + timedelta(hours=1))
        job, position = run.job_id, review.position
    finish(job, at + timedelta(hours=1))
    with clock.frozen_at(at + timedelta(hours=3)), transaction.write():
        call = db.session.get_one(Call, call_id)
        shown = proposal(call, position)
        assert shown is not None
        assert shown.run is not None
        advancing.apply(
            call=call, position=position, digest=shown.run.result_digest or "", general="", actor=actor,
            choices={one.code: Choice(bool(one.by_rule)) for one in shown.candidates}, now=at + timedelta(hours=3),
        )
        stages.open_next(call=call, actor=actor, now=at + timedelta(hours=4))
    _schedule(call_id, actor, at + timedelta(hours=5))


def _schedule(call_id: UUID, actor: Actor, at: datetime) -> None:
    """One session in three days, the order drawn, everybody told, and every entry with the whole panel."""
    begins = (clock.now() + timedelta(days=3)).replace(hour=2, minute=0, second=0, microsecond=0)  # 10:00 in Shanghai
    with without_queue(), transaction.write():
        call = db.session.get_one(Call, call_id)
        defence.add_session(call=call, actor=actor, now=at, plan=defence.SessionPlan(
            starts_at=begins, place="Wutongli Hall, room 3", places=6, presentation_minutes=8, question_minutes=7,
            pause_minutes=5,
        ))
        db.session.flush()
        defence.draw(call=call, seed="opencall-demo", actor=actor, now=at)
        db.session.flush()
        defence.assign_all(call=call, actor=actor, now=at)
        defence.announce(call=call, actor=actor, now=at)


def _deadline(call_id: UUID) -> datetime:
    deadline = db.session.scalars(select(Call.deadline_at).where(Call.id == call_id)).one()
    db.session.rollback()
    assert deadline is not None
    return deadline


def _organizer() -> Actor:
    user = db.session.scalars(select(User).where(User.email == "organizer@example.test")).one()
    actor = Actor(user_id=user.id, name=user.name, email=user.email)
    db.session.rollback()
    return actor
