"""The command that makes a call's result public."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from competition.calls.lifecycle import CALL
from competition.calls.models import Call
from competition.extensions import db
from competition.kernel import audit
from competition.kernel.access import Actor
from competition.kernel.canonical import digest
from competition.kernel.errors import IllegalMove, RuleBroken
from competition.results import queries
from competition.results.calendar import period_end
from competition.results.models import Decision, Publication, Run, RunEntry
from competition.results.service import decisions

BINS = 10


def publish(*, call: Call, note: dict[str, str], actor: Actor, now: datetime) -> Publication:
    """Publish the applied decisions of a call and begin its public notice.

    The notice lasts the call's working days in the programme's zone and calendar.

    Raises
    ------
    IllegalMove
        When the call is not being judged, or its decisions are not applied.
    RuleBroken
        When the decisions stand on an older aggregation than the latest.
    """
    db.session.refresh(call, with_for_update={"of": Call})
    run = queries.latest_run(call.id)
    counts = _counts(call.id)
    if run is None or call.state != "judging" or not counts or set(counts) != {"applied"}:
        raise IllegalMove(_("A result is published from applied decisions. Apply them first."))
    if queries.decided_on(call.id) != {run.id}:
        raise RuleBroken(_("The scores were aggregated again after these decisions. Reopen them and select again."))
    facts = _facts(run, counts["applied"])
    notice_until = period_end(
        now, call.notice_working_days, call.programme.zone, queries.calendar(call.programme_id)
    )
    mark = digest("publication/1", {
        "run": run.result_digest, "decisions": decisions.check_mark(call.id), "facts": facts,
        "notice_until": notice_until,
    })
    publication = Publication(
        call_id=call.id, run_id=run.id, number=1, note=note, published_at=now, published_by=actor.id,
        notice_until=notice_until, digest=mark, facts=facts,
    )
    db.session.add(publication)
    CALL.advance(call, "publish_results")
    call.notice_at = now
    call.version += 1
    decisions._move(call.id, "publish", actor, now)
    audit.record("results.published", chain=call.id, subject=call.code, actor_id=actor.id, now=now, run=run.number,
                 result=run.result_digest, publication=mark, notice_until=notice_until)
    return publication


def _counts(call_id: UUID) -> dict[str, dict[str, int]]:
    """State → outcome → how many decisions."""
    rows = db.session.execute(
        select(Decision.state, Decision.outcome, func.count())
        .where(Decision.call_id == call_id).group_by(Decision.state, Decision.outcome)
    )
    found: dict[str, dict[str, int]] = {}
    for state, outcome, count in rows:
        found.setdefault(state, {})[outcome] = count
    return found


def _facts(run: Run, outcomes: dict[str, int]) -> dict[str, Any]:
    """Counts for the public page: outcomes, and how official scores spread over ten classes of ten points."""
    scores = db.session.scalars(
        select(RunEntry.official_value).where(RunEntry.run_id == run.id, RunEntry.official_value.is_not(None))
    )
    bins = [0] * BINS
    for score in scores:
        bins[min(max(int(score or 0) // 10, 0), BINS - 1)] += 1
    unranked = db.session.scalar(
        select(func.count()).where(RunEntry.run_id == run.id, RunEntry.rank.is_(None))
    )
    return {
        "entries": run.n_entries, "judges": run.n_judges, "sheets": run.n_sheets, "unranked": unranked or 0,
        "selected": outcomes.get("selected", 0), "reserve": outcomes.get("reserve", 0),
        "not_selected": outcomes.get("not_selected", 0), "bins": bins, "method": run.method,
    }
