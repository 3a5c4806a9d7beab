"""The aggregation: one snapshot in, one stored run out. Telling people of a publication is in ``tell``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from competition.calls.models import Call
from competition.extensions import db
from competition.judging.models import Seat
from competition.kernel import clock
from competition.kernel.jobs import outbox
from competition.results import queries, service
from competition.results.jobs import tell
from competition.results.models import Run
from competition.results.service.runs import AGGREGATE

if TYPE_CHECKING:
    from competition.judging.queries.snapshot import Snapshot
    from competition.results.jobs.compute import Question

STEPS = 3
__all__ = ["aggregate", "tell"]


@outbox.handler(AGGREGATE)
def aggregate(job: outbox.Job) -> outbox.Effects:
    """Read the scores as they stand, compute, and store the run: all of it or nothing."""
    # NumPy and SciPy come with these: only a process that aggregates loads them.
    from competition.judging.queries.snapshot import snapshot
    from competition.results.jobs.compute import compute
    from scoring import InvalidScores

    run_id = UUID(job.payload["run"])
    stage_id = db.session.scalars(select(Run.stage_id).where(Run.id == run_id)).one()
    db.session.rollback()  # the snapshot must be the first thing that its transaction reads
    seen = snapshot(stage_id)
    job.progress(1, STEPS)
    place = queries.log_place(seen.call_id)  # of the same instant as the snapshot
    question = _question(run_id, seen)
    try:
        outcome = compute(question, lambda done: job.progress(done, STEPS))
    except InvalidScores as error:
        reason = str(error)
        return lambda: _failed(run_id, reason)
    stored = replace(outcome, summary={**outcome.summary, "log_place": place})
    return lambda: _stored(run_id, stored)


def _question(run_id: UUID, seen: Snapshot) -> Question:
    from competition.results.jobs.compute import Question

    run = db.session.get_one(Run, run_id)
    numbers = dict(db.session.execute(select(Seat.id, Seat.number).where(Seat.call_id == run.call_id)).all())
    currency = db.session.get_one(Call, run.call_id).programme.currency
    return Question(snapshot=seen, method=run.method, parameters=run.parameters, seat_numbers=numbers,
                    currency=currency)


def _stored(run_id: UUID, outcome: service.Outcome) -> dict[str, str]:
    run = service.finish_run(run_id=run_id, outcome=outcome, now=clock.now())
    return {"run": str(run.id), "digest": outcome.result_digest}


def _failed(run_id: UUID, reason: str) -> dict[str, str]:
    service.fail_run(run_id=run_id, reason=_("The scores don't fit the rubric: %(reason)s", reason=reason),
                     now=clock.now())
    return {"run": str(run_id)}
