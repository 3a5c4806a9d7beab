"""A selection that has no solution: the solver's facts with the names that the organizer knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from competition.kernel.text.lists import few
from competition.pilots.queries import Candidate
from scoring import Clash, Infeasible

if TYPE_CHECKING:
    from competition.pilots.jobs.solve import Problem


class Unsolvable(Exception):
    """``reasons`` as :mod:`competition.pilots.reasons` says them."""

    def __init__(self, reasons: Sequence[dict[str, Any]]) -> None:
        self.reasons = list(reasons)
        super().__init__(", ".join(reason["kind"] for reason in self.reasons))


def named(error: Infeasible, problem: Problem, people: Sequence[Candidate]) -> Unsolvable:
    """The reasons of an infeasible selection; ``people`` are the candidates by position."""
    return Unsolvable([_named(clash, error, problem, people) for clash in error.clashes])


def _named(clash: Clash, error: Infeasible, problem: Problem, people: Sequence[Candidate]) -> dict[str, Any]:
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
