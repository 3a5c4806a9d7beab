"""The selection: candidates in, decisions to confirm out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from babel.numbers import get_currency_precision

from competition.calls.models import Programme
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.jobs import outbox
from competition.pilots import queries, service
from competition.pilots.models import Selection
from competition.pilots.service.selection import SELECT
from competition.results import queries as results
from competition.results import service as deciding

if TYPE_CHECKING:
    from competition.pilots.jobs.solve import Problem

STEPS = 2


@outbox.handler(SELECT)
def choose(job: outbox.Job) -> outbox.Effects:
    """Solve the selection to its proven optimum and propose it."""
    from competition.pilots.jobs.solve import solve  # with SciPy: only a process that selects loads it
    from competition.pilots.jobs.unsolvable import Unsolvable

    selection_id = UUID(job.payload["selection"])
    problem = _problem(selection_id)
    job.progress(1, STEPS)
    try:
        solved = solve(problem)
    except Unsolvable as error:
        reasons = error.reasons
        return lambda: _failed(selection_id, reasons)
    return lambda: _stored(selection_id, solved)


def _problem(selection_id: UUID) -> Problem:
    from competition.pilots.jobs.solve import Problem

    selection = db.session.get_one(Selection, selection_id)
    programme = db.session.get_one(Programme, selection.programme_id)
    wanted = set(selection.parameters["calls"])
    calls = tuple(c for c in queries.ready_calls(programme.id) if c.code in wanted and c.run_id is not None)
    inside = tuple(call.id for call in calls)
    return Problem(
        calls=calls, candidates=tuple(queries.candidates([call.run_id for call in calls if call.run_id])),
        others={call.id: results.ranked_ids(call.run_id) for call in calls if call.run_id},
        budget_minor=selection.budget_minor, parameters=selection.parameters, team_cap=programme.team_cap,
        team_awards=results.awards_by_team(programme.id, except_calls=inside),
        currency=programme.currency, unit=10 ** get_currency_precision(programme.currency),
    )


def _stored(selection_id: UUID, solved: service.Solved) -> dict[str, str]:
    try:
        with db.session.begin_nested():  # nothing is left of a selection that stands on outdated scores
            service.finish_selection(selection_id=selection_id, solved=solved, now=clock.now())
    except deciding.Outdated as error:
        return _failed(selection_id, [{"kind": "outdated", "call": error.call_code, "run": error.run_number}])
    return {"selection": str(selection_id), "digest": solved.digest}


def _failed(selection_id: UUID, reasons: list[dict[str, Any]]) -> dict[str, str]:
    service.fail_selection(selection_id=selection_id, reasons=reasons, now=clock.now())
    return {"selection": str(selection_id)}
