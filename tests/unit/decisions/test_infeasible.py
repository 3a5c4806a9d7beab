"""A selection without a solution: its reasons hold the codes, names and money of the limits that are broken."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from competition.decisions.jobs import solve as solving
from competition.decisions.jobs.infeasible import NoSelection, no_selection
from competition.decisions.jobs.problem import Problem
from competition.decisions.jobs.solve import solve
from competition.decisions.queries.selections import Candidate, ReadyCall
from scoring import Clash, Infeasible

QUOTES = {"A1": 30, "A2": 12, "A3": 11, "B1": 28, "B2": 9, "B3": None, "B4": 99}
TEAMS = {"A1": 1, "A2": 1, "A3": 2, "B1": 1, "B2": 3, "B3": 4, "B4": 5}


def _call(at: int, **changes: Any) -> ReadyCall:
    facts: dict[str, Any] = {
        "id": UUID(int=at), "code": f"CALL-{at}", "title": {}, "slots": 2, "budget_minor": 0, "award_cap_minor": 50,
        "pass_mark": 50, "run_id": UUID(int=20 + at), "run_number": 1, "run_digest": "", "calibrated": False,
        "passed": 4, "pending": 0, "applied": 0, "correcting": False,
    }
    return ReadyCall(**{**facts, **changes})


def problem(*, must: list[str], exclude: list[str] = (), budget: int = 1000, cap: int | None = None,
            awards: dict[int, int] | None = None, **changes: Any) -> Problem:
    """Two calls; entries A… of the first and B… of the second, all ten points above the threshold."""
    people = tuple(
        Candidate(UUID(int=100 + at), code, UUID(int=200 + TEAMS[code]), f"Team {TEAMS[code]}",
                  UUID(int=1 if code[0] == "A" else 2), quote, 60.0, None, None, at)
        for at, (code, quote) in enumerate(QUOTES.items())
    )
    return Problem(
        calls=(_call(1, **changes), _call(2)), candidates=people, others={}, budget_minor=budget,
        parameters={"basis": "official", "threshold": None, "must": must, "exclude": exclude, "draws": 10, "seed": 0},
        team_cap=cap, team_awards={UUID(int=200 + team): won for team, won in (awards or {}).items()},
        currency="CNY", unit=100,
    )


def names(*codes: str) -> dict[str, Any]:
    return {"names": list(codes), "count": len(codes)}


@pytest.mark.parametrize(("parameters", "reasons"), [
    (
        {"must": ["A1", "B1"], "budget": 50},
        [{"kind": "must_budget", "entries": names("A1", "B1"), "needed": 58, "available": 50, "currency": "CNY"}],
    ),
    (
        {"must": ["A1", "A2", "A3"]},
        [{"kind": "must_call", "call": "CALL-1", "entries": names("A1", "A2", "A3"), "needed": 3, "available": 2}],
    ),
    (
        {"must": ["B1", "A2"], "cap": 3, "awards": {1: 2}},
        [{"kind": "must_team", "team": "Team 1", "entries": names("A2", "B1"), "needed": 2, "available": 1}],
    ),
    (
        {"must": ["A1", "A3", "B2"], "budget_minor": 40},
        [{"kind": "must_call_budget", "call": "CALL-1", "entries": names("A1", "A3"), "needed": 41, "available": 40,
          "currency": "CNY"}],
    ),
    (
        {"must": ["B3", "C9"], "exclude": ["B4", "A1"]},
        [{"kind": "not_passed", "entries": names("C9")}, {"kind": "no_quote", "entries": names("B3")},
         {"kind": "over_cap", "entries": names("B4")}],
    ),
])
def test_the_limit_that_is_broken_is_named(parameters: dict[str, Any], reasons: list[dict[str, Any]]) -> None:
    with pytest.raises(NoSelection) as caught:
        solve(problem(**parameters))
    assert caught.value.reasons == reasons


def test_a_search_that_is_given_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "BRANCHES_MOST", 2)
    with pytest.raises(NoSelection) as caught:
        solve(problem(must=[], budget_minor=5))
    assert caught.value.reasons == [{"kind": "call_budgets", "calls": names("CALL-1"), "tries": 2}]


def test_a_clash_of_another_kind_keeps_the_english_line() -> None:
    error = Infeasible("Nothing fits", ["track 1"], [Clash("track_minimum", group=1, needed=2, available=1)])
    question = problem(must=[])
    reasons = no_selection(error, question, question.candidates).reasons
    assert reasons == [{"kind": "track_minimum", "text": "Nothing fits"}]
