"""The aggregation: one snapshot in, one stored run out."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from competition.calls.models import Call
from competition.extensions import db
from competition.judging.models import Seat
from competition.judging.queries.entry_groups import entry_groups
from competition.judging.queries.seals import Broken, broken_seals, words
from competition.judging.queries.sheet_records import sheet_records
from competition.judging.queries.snapshot import Snapshot, conflicting_pairs, snapshot
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.jobs import outbox
from competition.results.jobs.carried import earlier_scores
from competition.results.jobs.compute import RunInputs, compute
from competition.results.models import Run
from competition.results.queries.staleness import log_place
from competition.results.service import runs
from scoring import InvalidScores

STEPS = 3
BROKEN_SHOWN = 20


def aggregate(job: outbox.Job, run_id: UUID) -> outbox.Effects:
    """Read the scores as they are, compute, and store the run: all of it or nothing."""
    with transaction.reading():  # of its own: the snapshot must be the first thing that its transaction reads
        stage_id = db.session.scalars(select(Run.stage_id).where(Run.id == run_id)).one()
    scores = snapshot(stage_id)
    broken = broken_seals(stage_id)  # of the same instant
    if broken:
        unsealed = _sentence(broken)
        return lambda: _failed(run_id, unsealed)
    job.progress(1, STEPS)
    place = log_place(scores.call_id)  # of the same instant as the snapshot
    inputs = _inputs(run_id, scores)
    try:
        outcome = compute(inputs, lambda done: job.progress(done, STEPS))
    except InvalidScores as error:
        reason = _("The scores don't fit the rubric: %(reason)s", reason=str(error))
        return lambda: _failed(run_id, reason)
    dated = replace(outcome, summary={**outcome.summary, "log_place": place})
    return lambda: _stored(run_id, dated)


def _inputs(run_id: UUID, scores: Snapshot) -> RunInputs:
    run = db.session.get_one(Run, run_id)
    numbers = dict(db.session.execute(select(Seat.id, Seat.number).where(Seat.call_id == run.call_id)).all())
    currency = db.session.get_one(Call, run.call_id).programme.currency
    return RunInputs(
        snapshot=scores, method=run.method, parameters=run.parameters, seat_numbers=numbers, currency=currency,
        earlier=earlier_scores(run.method["carry"], scores.entry_ids) if "carry" in run.method else None,
        groups=entry_groups(scores.stage_id), records=sheet_records(scores.stage_id, scores.sheet_ids),
        barred=conflicting_pairs(scores.call_id),
    )


def _stored(run_id: UUID, outcome: runs.RunResult) -> dict[str, str]:
    run = runs.finish_run(run_id=run_id, outcome=outcome, now=clock.now())
    return {"run": str(run.id), "digest": outcome.result_digest}


def _failed(run_id: UUID, reason: str) -> dict[str, str]:
    runs.fail_run(run_id=run_id, reason=reason, now=clock.now())
    return {"run": str(run_id)}


def _sentence(broken: list[Broken]) -> str:
    """Which sheets differ from what was sealed; the first of them one by one."""
    named = "; ".join(
        _("judge %(number)s on entry %(entry)s: %(how)s", number=one.seat_number, entry=one.entry_code,
          how=words(one.how))
        for one in broken[:BROKEN_SHOWN]
    )
    return ngettext(
        "%(num)s score sheet is not what was sealed, so nothing was computed. %(named)s",
        "%(num)s score sheets are not what was sealed, so nothing was computed. %(named)s", len(broken), named=named,
    )
