"""Takes the demo's decided calls to their present state with the commands that organizers use."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from competition.accounts.models import User
from competition.calls.lifecycle import CALL
from competition.calls.models import Call
from competition.decisions.service import decisions, publication
from competition.decisions.service import selection as selections
from competition.demo import prose
from competition.demo.plan import PLANS, published_at
from competition.entries.models import Team
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import OutboxJob
from competition.kernel.jobs import outbox
from competition.kernel.web.access import Actor
from competition.pilots.models import Pilot
from competition.pilots.service import progress
from competition.results.queries.analysis import firmness_of, named_draw
from competition.results.queries.runs import latest_run
from competition.results.service import draws, runs

JOB_TIMEOUT = 120.0  # seconds for a job that a worker took
SEED = "03 11 17 22 28 31 + 09"
SOURCE = "Union lottery, first draw after the judging, as printed in the district gazette"
NOTE = {
    "en": "Every entry was read by five judges. Thank you for the care in each of them.",
    "zh": "每份方案均由五位专家评阅。感谢各团队的用心。",
    "ko": "모든 신청서를 평가위원 다섯 명이 읽었습니다. 정성에 감사드립니다.",
}


def bring_to_plan(call_id: UUID, now: datetime) -> None:
    """Aggregate, select, apply and publish one call, and run its pilots as far as its plan says."""
    call = db.session.get_one(Call, call_id)
    stage, deadline = PLANS[call.code].stage, call.deadline_at or now
    organizer = db.session.scalars(select(User).where(User.email == "organizer@example.test")).one()
    actor = Actor(user_id=organizer.id, name=organizer.name, email=organizer.email)
    published = published_at(deadline, now)
    with without_queue(), transaction.write():
        run = runs.request_run(
            call=db.session.get_one(Call, call_id), actor=actor, now=published - timedelta(days=2)
        )
        job = run.job_id
    finish(job, published - timedelta(days=2))
    if call.lottery:
        _draw(call_id, actor, published - timedelta(days=1, hours=12))
    with without_queue(), transaction.write():
        call = db.session.get_one(Call, call_id)
        must, exclude = _lots(call_id)
        selection = selections.request_selection(
            programme=call.programme, call_codes=[call.code], basis="official", threshold=None, must=must,
            exclude=exclude, actor=actor, now=published - timedelta(days=1),
        )
        job = selection.job_id
    finish(job, published - timedelta(days=1))
    with transaction.write():
        call = db.session.get_one(Call, call_id)
        decisions.apply(call=call, checked=decisions.listing_digest(call.id), actor=actor, now=published)
        publication.publish(call=call, note=NOTE, actor=actor, now=published)
    if stage != "notice":
        _pilot(call_id, actor, published, now, finished=stage == "archived")


def _draw(call_id: UUID, actor: Actor, now: datetime) -> None:
    """Draw the call's lots, if its scores leave anything to draw."""
    with transaction.write():
        run = latest_run(call_id)
        firm = None if run is None else firmness_of(run)
        if run is None or firm is None or not firm.document["chances"]:
            return
        draws.draw_lots(call=db.session.get_one(Call, call_id), run=run, seed=SEED, source=SOURCE, actor=actor, now=now)


def _lots(call_id: UUID) -> tuple[list[str], list[str]]:
    """Codes of the entries that were drawn and of those that were not."""
    run = latest_run(call_id)
    drawn = [] if run is None else named_draw(run)
    return [entry.code for entry, _c, hit in drawn if hit], [entry.code for entry, _c, hit in drawn if not hit]


@contextmanager
def without_queue() -> Iterator[None]:
    """Add jobs to the outbox only: workers that got them from the queue would run them with today's date."""
    current_app.config["OUTBOX_SILENT"] = True
    try:
        yield
    finally:
        current_app.config["OUTBOX_SILENT"] = False


def finish(job_id: UUID | None, at: datetime) -> None:
    """Run a job here with the date ``at``; wait for it where a worker has taken it already."""
    if job_id is None:
        raise LookupError("the command added no job")
    with clock.frozen_at(at):
        state = outbox.run(job_id)
    end = time.monotonic() + JOB_TIMEOUT
    while state != "done":
        time.sleep(0.1)
        with transaction.mode(writing=False):
            state = db.session.scalar(select(OutboxJob.state).where(OutboxJob.id == job_id)) or "dead"
        if state == "dead" or time.monotonic() > end:
            raise RuntimeError("a job of the demo did not end; see the log above")


def _pilot(call_id: UUID, actor: Actor, published: datetime, now: datetime, *, finished: bool) -> None:
    """Agree after the notice, start, and report milestones: all of them, or the first two."""
    with transaction.write():
        call = db.session.get_one(Call, call_id)
        started_at = published + timedelta(days=12)
        for pilot in db.session.scalars(select(Pilot).where(Pilot.call_id == call_id).order_by(Pilot.created_at)):
            progress.agree(pilot=pilot, starts_at=started_at, actor=actor, now=started_at)
            progress.start(pilot=pilot, actor=actor, now=started_at)
            report = prose.texts(prose.lang_of(db.session.get_one(Team, pilot.team_id).country))["report"]
            milestones = pilot.milestones if finished else pilot.milestones[:2]
            for milestone in milestones:
                at = min(started_at + timedelta(days=milestone.days), now)
                progress.report_milestone(
                    pilot=pilot, position=milestone.position, report=report, actor=actor, now=at
                )
                if finished or milestone.position == 1:
                    progress.accept_milestone(pilot=pilot, position=milestone.position, actor=actor, now=at)
            if finished:
                progress.accept(pilot=pilot, actor=actor, now=min(started_at + timedelta(days=100), now))
        if call.state == "notice":
            CALL.advance(call, "start_pilots")
        if finished:
            CALL.advance(call, "archive")
