"""A selection without a solution: the limits that the solver reports, with the codes of entries, calls and teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from competition.decisions.jobs.problem import Problem
from competition.decisions.queries.selections import Candidate
from competition.kernel.text.lists import few
from scoring import Clash, Infeasible


class NoSelection(Exception):
    """No selection keeps the limits; ``reasons`` as :mod:`competition.decisions.infeasible_selection` reads them."""

    def __init__(self, reasons: Sequence[dict[str, Any]]) -> None:
        self.reasons = list(reasons)
        super().__init__(", ".join(reason["kind"] for reason in self.reasons))


def no_selection(error: Infeasible, problem: Problem, people: Sequence[Candidate]) -> NoSelection:
    """The reasons of an infeasible selection; ``people`` are the candidates by position."""
    return NoSelection([_reason(clash, error, problem, people) for clash in error.clashes])


def _reason(clash: Clash, error: Infeasible, problem: Problem, people: Sequence[Candidate]) -> dict[str, Any]:
    reason = {
        "kind": clash.kind, "entries": few([people[at].code for at in clash.entries]),
        "needed": clash.needed, "available": clash.available,
    }
    if clash.kind == "must_budget":
        return {**reason, "currency": problem.currency}
    if clash.kind == "must_call":
        call_id = people[clash.entries[0]].call_id
        return {**reason, "call": next(call.code for call in problem.calls if call.id == call_id)}
    if clash.kind == "must_team":
        return {**reason, "team": people[clash.entries[0]].team}
    return {"kind": clash.kind, "text": error.message}
