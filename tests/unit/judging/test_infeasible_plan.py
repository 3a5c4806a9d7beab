"""Facts of the solver become reasons with the names that the organizer knows."""

from __future__ import annotations

from uuid import UUID

import pytest

from competition.judging.queries.planning_inputs import Begun, Design, JudgeDesign
from competition.judging.service import planning
from competition.judging.service.plan import Inputs
from competition.judging.service.plan_solver import reasons
from scoring import Clash, Infeasible


def _id(number: int) -> UUID:
    return UUID(int=number)


def design(entries: int, capacities: list[int], *, barred: list[tuple[int, int]] = (), begun=()) -> Design:
    """Judges are numbered from 7 on, so that a position never passes for a number."""
    return Design(
        _id(0), "", tuple((_id(100 + at), f"E{at}", "") for at in range(entries)),
        tuple(JudgeDesign(_id(200 + at), 7 + at, (), (), capacity) for at, capacity in enumerate(capacities)),
        tuple((_id(200 + judge), _id(100 + entry)) for entry, judge in barred),
        tuple(Begun(_id(200 + judge), _id(100 + entry), True) for entry, judge in begun),
    )


def names(*items: object, count: int | None = None) -> dict:
    return {"names": [str(item) for item in items], "count": len(items) if count is None else count}


@pytest.mark.parametrize(("design", "reviews", "failure", "facts"), [
    (
        design(12, [20, 20]), 3, "Too few eligible judges",
        [{"kind": "judges_of_entry", "entries": names(*(f"E{at}" for at in range(10)), count=12), "needed": 3,
          "available": 2}],
    ),
    (
        design(3, [9, 9, 9], barred=[(0, 0), (2, 1), (2, 2)]), 3, "Too few eligible judges",
        [{"kind": "judges_of_entry", "entries": names("E0"), "needed": 3, "available": 2},
         {"kind": "judges_of_entry", "entries": names("E2"), "needed": 3, "available": 1}],
    ),
    (
        design(4, [1, 2, 9]), 2, "Too few free judges",
        [{"kind": "room", "entries": names("E0", "E1", "E2", "E3"), "judges": names(7, 8), "needed": 8,
          "available": 7}],
    ),
    (
        design(4, [9, 9, 9, 9], barred=[(0, 2), (0, 3), (1, 2), (1, 3), (2, 0), (2, 1), (3, 0), (3, 1)]), 2,
        "No eligible pairs are left that would link these pools (bridge_share=0 allows it)",
        [{"kind": "unlinked", "groups": [names(7, 8), names(9, 10)]}],
    ),
    (
        design(1, [9, 9], barred=[(0, 1)], begun=[(0, 1)]), 1, "Kept pairs are in conflict",
        [{"kind": "kept_in_conflict", "judge": 8, "entries": names("E0")}],
    ),
])
def test_what_is_missing_is_named(design: Design, reviews: int, failure: str, facts: list[dict]) -> None:
    outcome = planning.compute(Inputs(design, reviews, 0.05, True))
    assert (outcome.pairs, outcome.report, outcome.failure, outcome.reasons) == ([], {}, failure, facts)


def test_a_clash_of_another_kind_keeps_the_english_line() -> None:
    error = Infeasible("Nothing fits", ["judge 0: 2 > 1"], [Clash("crossed_loads", (), (0,), needed=2, available=1)])
    assert reasons(error, design(1, [1])) == [{"kind": "crossed_loads", "text": "Nothing fits"}]
