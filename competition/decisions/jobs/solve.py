"""Solving a selection: values are points above the threshold, costs are minor units, the optimum is proven.

``scoring.select`` knows one budget. Where a call has a smaller budget of its own, the solution is
branched: of a set that breaks it at least one entry has to go, and the best of these branches, searched
best first, is the optimum under all budgets.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import scoring
from competition.decisions.jobs.infeasible import NoSelection, no_selection
from competition.decisions.jobs.problem import Problem
from competition.decisions.queries.selections import Candidate, ReadyCall
from competition.decisions.service.decisions import Proposal
from competition.decisions.service.selection import Solved
from competition.kernel.data.canonical import digest
from competition.kernel.text.lists import few
from competition.results.decimals import fixed
from scoring import Infeasible

MILLION = 10**6  # values are whole millionths of a point, so that ties are exact
BRANCHES_MOST = 2000
JUST_MISSED_MOST = 10
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Arrays:
    """The candidates that can be paid for, as arrays."""

    people: tuple[Candidate, ...]
    values: Int64
    spread: npt.NDArray[np.float64]
    cost: Int64
    call: Int64
    team: Int64
    left_out: dict[str, list[str]]


def solve(problem: Problem) -> Solved:
    """The best set of entries.

    Raises
    ------
    NoSelection
        When the entries that must be in break a limit, or an entry that must be in or out is no candidate.
    """
    arrays = _arrays(problem)
    draws = _draws(arrays, int(problem.parameters["draws"]), int(problem.parameters["seed"]))
    try:
        optimum = _within_call_budgets(problem, arrays, draws)
    except Infeasible as error:
        raise no_selection(error, problem, arrays.people) from error
    return _solved(problem, arrays, optimum)


def _arrays(problem: Problem) -> Arrays:
    calls = {call.id: at for at, call in enumerate(problem.calls)}
    left_out: dict[str, list[str]] = {"no_quote": [], "over_cap": []}
    people: list[Candidate] = []
    for candidate in problem.candidates:
        cap = problem.calls[calls[candidate.call_id]].award_cap_minor
        if candidate.quote_minor is None:
            left_out["no_quote"].append(candidate.code)
        elif cap is not None and candidate.quote_minor > cap:
            left_out["over_cap"].append(candidate.code)
        else:
            people.append(candidate)
    teams = {team: at for at, team in enumerate(dict.fromkeys(c.team_id for c in people))}
    return Arrays(
        people=tuple(people), values=np.array([_value(problem, c) for c in people], np.int64),
        spread=np.array([_noise(problem, c) for c in people], np.float64),
        cost=np.array([c.quote_minor for c in people], np.int64),
        call=np.array([calls[c.call_id] for c in people], np.int64),
        team=np.array([teams[c.team_id] for c in people], np.int64), left_out=left_out,
    )


def _call_of(problem: Problem, candidate: Candidate) -> ReadyCall:
    return next(call for call in problem.calls if call.id == candidate.call_id)


def _basis(problem: Problem, call: ReadyCall) -> str:
    """The score that counts: calibrated only where the call's run has it."""
    return "calibrated" if problem.parameters["basis"] == "calibrated" and call.calibrated else "official"


def _threshold(problem: Problem, call: ReadyCall) -> int:
    threshold = problem.parameters["threshold"]
    return int(threshold) if threshold is not None else call.pass_mark or 0


def _value(problem: Problem, candidate: Candidate) -> int:
    call = _call_of(problem, candidate)
    calibrated = candidate.calibrated if _basis(problem, call) == "calibrated" else None
    score = candidate.official if calibrated is None else calibrated
    return round((score - _threshold(problem, call)) * MILLION)


def _noise(problem: Problem, candidate: Candidate) -> float:
    call = _call_of(problem, candidate)
    return (candidate.standard_error or 0.0) * MILLION if _basis(problem, call) == "calibrated" else 0.0


def _draws(arrays: Arrays, count: int, seed: int) -> Int64 | None:
    """Seeded draws of the values from score ± standard error; None where nothing is uncertain."""
    if not len(arrays.values) or not arrays.spread.any():
        return None
    noise = np.random.default_rng(seed).standard_normal((count, len(arrays.values)))
    return np.rint(arrays.values + noise * arrays.spread).astype(np.int64)


def _within_call_budgets(problem: Problem, arrays: Arrays, draws: Int64 | None) -> Any:
    """The optimum that also keeps each call's own budget; best first over what to leave out."""
    _check_candidates(problem, arrays)
    place = {candidate.code: at for at, candidate in enumerate(arrays.people)}
    must = [place[code] for code in problem.parameters["must"]]
    barred = frozenset(place[code] for code in problem.parameters["exclude"])
    limits = [call.budget_minor or None for call in problem.calls]
    order = itertools.count()
    first = _select(problem, arrays, must, barred, None)
    _check_must(problem, arrays, must, limits)
    waiting = [(-first.objective, next(order), barred, first)]
    seen = {barred}
    while waiting and next(order) < BRANCHES_MOST:
        _bound, _turn, out, optimum = heapq.heappop(waiting)
        over = _over_budget(arrays, optimum.chosen, limits)
        if over is None:
            return _select(problem, arrays, must, out, draws) if draws is not None else optimum
        for entry in over:
            branch = out | {int(entry)}
            if int(entry) in must or branch in seen:
                continue
            seen.add(branch)
            without = _select(problem, arrays, must, branch, None)
            heapq.heappush(waiting, (-without.objective, next(order), branch, without))
    bound = [call.code for call, limit in zip(problem.calls, limits, strict=True) if limit]
    raise NoSelection([{"kind": "call_budgets", "calls": few(bound), "tries": BRANCHES_MOST}])


def _over_budget(arrays: Arrays, chosen: Int64, limits: Sequence[int | None]) -> Int64 | None:
    for at, limit in enumerate(limits):
        mine = chosen[arrays.call[chosen] == at]
        if limit is not None and int(arrays.cost[mine].sum()) > limit:
            return mine
    return None


def _select(
    problem: Problem, arrays: Arrays, must: Sequence[int], out: frozenset[int], draws: Int64 | None
) -> Any:
    left: dict[int, int] | None = None
    if problem.team_cap is not None:
        left = {
            int(at): max(0, problem.team_cap - problem.team_awards.get(person.team_id, 0))
            for at, person in zip(arrays.team, arrays.people, strict=True)
        }
    return scoring.select(
        arrays.values, arrays.cost, problem.budget_minor, arrays.call,
        {at: call.slots for at, call in enumerate(problem.calls)}, team=None if left is None else arrays.team,
        team_max=left, must=list(must), exclude=sorted(out), tie_key=[c.by_rank for c in arrays.people], draws=draws,
    )


def _check_candidates(problem: Problem, arrays: Arrays) -> None:
    """Entries that must be in or out have to be candidates that can be paid for."""
    codes = dict.fromkeys([*problem.parameters["must"], *problem.parameters["exclude"]])
    passed = {candidate.code for candidate in problem.candidates}
    wrong = {
        "not_passed": [code for code in codes if code not in passed],
        **{kind: [code for code in codes if code in left_out] for kind, left_out in arrays.left_out.items()},
    }
    if any(wrong.values()):
        raise NoSelection([{"kind": kind, "entries": few(named)} for kind, named in wrong.items() if named])


def _check_must(problem: Problem, arrays: Arrays, must: Sequence[int], limits: Sequence[int | None]) -> None:
    """The entries that must be in have to fit the own budget of each call; leaving out other entries would not help."""
    broken: list[dict[str, Any]] = []
    for at, (call, limit) in enumerate(zip(problem.calls, limits, strict=True)):
        mine = [entry for entry in must if arrays.call[entry] == at]
        cost = int(arrays.cost[mine].sum()) if mine else 0
        if limit is not None and cost > limit:
            broken.append({
                "kind": "must_call_budget", "call": call.code, "entries": few([arrays.people[i].code for i in mine]),
                "needed": cost, "available": limit, "currency": problem.currency,
            })
    if broken:
        raise NoSelection(broken)


def _solved(problem: Problem, arrays: Arrays, optimum: Any) -> Solved:
    chosen = set(optimum.chosen.tolist())
    shares = optimum.robustness
    entries = [
        {
            "code": person.code, "team": person.team, "call": _call_of(problem, person).code,
            "value": str(fixed(int(arrays.values[at]) / MILLION)), "cost": int(arrays.cost[at]),
            "chosen": at in chosen, "band": str(optimum.band[at]),
            "share": None if shares is None else f"{float(shares[at]):.3f}",
            "margin": None if np.isnan(optimum.margin[at]) else f"{float(optimum.margin[at]) / MILLION:.3f}",
        }
        for at, person in enumerate(arrays.people)
    ]
    facts = {
        "calls": [_call_facts(problem, arrays, at, chosen) for at in range(len(problem.calls))], "entries": entries,
        "left_out": arrays.left_out, "just_missed": _just_missed(arrays, optimum, chosen),
        "duals": _duals(problem, optimum), "exact_draws": None if shares is None else int(problem.parameters["draws"]),
    }
    signed = {"parameters": dict(problem.parameters), "budget": problem.budget_minor, "facts": facts}
    return Solved(
        objective=float(optimum.objective) / MILLION, gap=float(optimum.gap), budget_price=_price(problem, optimum),
        spent_minor=int(arrays.cost[sorted(chosen)].sum()) if chosen else 0, digest=digest("selection/1", signed),
        facts=facts, proposals={call.id: _proposals(problem, arrays, optimum, chosen, call) for call in problem.calls},
        runs={call.id: call.run_id for call in problem.calls if call.run_id is not None},
    )


def _price(problem: Problem, optimum: Any) -> float:
    """Points per 1,000 whole units of money; the solver counts in millionths and minor units."""
    return round(float(optimum.budget_price) * problem.unit / MILLION, 6)


def _call_facts(problem: Problem, arrays: Arrays, at: int, chosen: set[int]) -> dict[str, Any]:
    call = problem.calls[at]
    mine = [i for i in np.flatnonzero(arrays.call == at).tolist() if i in chosen]
    return {
        "code": call.code, "slots": call.slots, "run": call.run_number, "run_digest": call.run_digest,
        "basis": _basis(problem, call), "threshold": _threshold(problem, call), "chosen": len(mine),
        "candidates": int((arrays.call == at).sum()), "spent": int(arrays.cost[mine].sum()) if mine else 0,
        "budget": call.budget_minor,
    }


def _just_missed(arrays: Arrays, optimum: Any, chosen: set[int]) -> list[str]:
    """Entries of positive value that were not bought, the one that lacks least first."""
    lacking = [
        (-float(optimum.margin[at]), at) for at in range(len(arrays.people))
        if at not in chosen and arrays.values[at] > 0 and not np.isnan(optimum.margin[at])
    ]
    return [arrays.people[at].code for _lack, at in sorted(lacking)[:JUST_MISSED_MOST]]


def _duals(problem: Problem, optimum: Any) -> dict[str, str]:
    """Call → points that one more slot would be worth."""
    return {
        problem.calls[int(at)].code: f"{float(price) / MILLION:.3f}"
        for at, price in sorted(optimum.duals["call"].items(), key=lambda item: int(item[0]))
    }


def _proposals(
    problem: Problem, arrays: Arrays, optimum: Any, chosen: set[int], call: ReadyCall
) -> list[Proposal]:
    """A decision for every entry of the call: chosen, passed but not chosen, or not passed."""
    place = {person.entry_id: at for at, person in enumerate(arrays.people) if person.call_id == call.id}
    passed = {person.entry_id for person in problem.candidates if person.call_id == call.id}
    out: list[Proposal] = []
    for entry_id in problem.others[call.id]:
        at = place.get(entry_id)
        if at is None:
            out.append(Proposal(entry_id, "reserve" if entry_id in passed else "not_selected", 0, None, "out"))
            continue
        picked = at in chosen
        out.append(Proposal(
            entry_id, "selected" if picked else "reserve", int(arrays.cost[at]) if picked else 0,
            int(arrays.values[at]) / MILLION, str(optimum.band[at]),
        ))
    return out
