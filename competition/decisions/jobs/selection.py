"""The selection: candidates in, decisions to confirm out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from competition.decisions.jobs.infeasible import NoSelection
from competition.decisions.jobs.problem import problem_of
from competition.decisions.jobs.solve import solve
from competition.decisions.service import selection
from competition.decisions.service.outdated import Outdated
from competition.decisions.service.selection import Solved
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.jobs import outbox

STEPS = 2


def select(job: outbox.Job, selection_id: UUID) -> outbox.Effects:
    """Solve the selection to its proven optimum and propose it."""
    problem = problem_of(selection_id)
    job.progress(1, STEPS)
    try:
        solved = solve(problem)
    except NoSelection as error:
        reasons = error.reasons
        return lambda: _failed(selection_id, reasons)
    return lambda: _stored(selection_id, solved)


def _stored(selection_id: UUID, solved: Solved) -> dict[str, str]:
    try:
        with db.session.begin_nested():  # undoes a selection that stands on outdated scores
            selection.finish_selection(selection_id=selection_id, solved=solved, now=clock.now())
    except Outdated as error:
        return _failed(selection_id, [{"kind": "outdated", "call": error.call_code, "run": error.run_number}])
    return {"selection": str(selection_id), "digest": solved.digest}


def _failed(selection_id: UUID, reasons: list[dict[str, Any]]) -> dict[str, str]:
    selection.fail_selection(selection_id=selection_id, reasons=reasons, now=clock.now())
    return {"selection": str(selection_id)}
