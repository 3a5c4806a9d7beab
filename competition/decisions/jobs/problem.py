"""The question that a selection answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision

from competition.calls.models import Programme
from competition.decisions.models import Selection
from competition.decisions.queries.money import awards_by_team
from competition.decisions.queries.selections import Candidate, ReadyCall, candidates, ready_calls
from competition.extensions import db
from competition.results.queries.runs import ranked_ids


@dataclass(frozen=True)
class Problem:
    """Calls, candidates and limits of one selection.

    ``others``: per call all entries of its run, because entries that are no candidates get a decision, too.
    """

    calls: tuple[ReadyCall, ...]
    candidates: tuple[Candidate, ...]
    others: Mapping[UUID, Sequence[UUID]]
    budget_minor: int
    parameters: Mapping[str, Any]
    team_cap: int | None
    team_awards: Mapping[UUID, int]
    currency: str
    unit: int  # minor units of the currency in one whole


def problem_of(selection_id: UUID) -> Problem:
    """Read the question of a selection from one snapshot of the database."""
    selection = db.session.get_one(Selection, selection_id)
    programme = db.session.get_one(Programme, selection.programme_id)
    codes = set(selection.parameters["calls"])
    calls = tuple(call for call in ready_calls(programme.id) if call.code in codes and call.run_id is not None)
    runs = {call.id: call.run_id for call in calls if call.run_id is not None}
    return Problem(
        calls=calls, candidates=tuple(candidates(list(runs.values()))),
        others={call_id: ranked_ids(run_id) for call_id, run_id in runs.items()},
        budget_minor=selection.budget_minor, parameters=selection.parameters, team_cap=programme.team_cap,
        team_awards=awards_by_team(programme.id, except_calls=tuple(runs)),
        currency=programme.currency, unit=10 ** get_currency_precision(programme.currency),
    )
