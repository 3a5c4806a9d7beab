"""Which entries become pilots: the best portfolio a budget can buy, and how sure we are of each.

Values are benefits, not ranks: give calibrated scores minus an explicit funding threshold.  Raw means
invite the winner's curse (Smith & Winkler 2006, "The optimizer's curse").
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.arguments import numbers, unmasked
from scoring.errors import Infeasible, ScoringError
from scoring.portfolio_clash import clashing
from scoring.portfolio_listed import listed, shares_of
from scoring.portfolio_problem import (
    UNLIMITED,
    Demand,
    Int64,
    Limits,
    Problem,
    check_fixed,
    factor,
    positions,
    reduce,
    tie_order,
    whole_cost,
    whole_numbers,
)
from scoring.portfolio_solve import Solution, sift, solve

EXACT_WORK = 300_000
"""Up to this many draws x entries every draw is solved to its proven optimum, beyond it as a relaxation."""

LISTED_ENTRIES = 200
"""Up to this many entries it is worth trying to list every feasible set."""

CORE_SHARE = 0.9
RESERVE_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Portfolio:
    """A proven optimal selection.

    Attributes
    ----------
    chosen : int array, shape (k,)
        Positions of the chosen entries, increasing.
    objective : float
        Sum of the values of the chosen entries, in the units of ``values``.
    gap : float
        Proven bound minus objective; always 0, because the search only ends with a proof.
    cost : int
        What the chosen entries cost together, in minor units.
    budget_price : float
        Value gained per 1,000 more units of budget, at the margin (dual of the linear relaxation).
    duals : dict
        ``budget`` (value per unit), ``call`` (label -> value of one more slot), ``track`` (label -> value
        lost to the last entry its minimum asks for), ``team`` (label -> value of one more place);
        constraints that do not bind are left out.
    margin : float array, shape (n,)
        Value minus the price of the budget, slot, track and team place the entry takes: above zero it
        pays for itself; how far below zero says what it lacks.  NaN for entries that were not in question.
    robustness : float array, shape (n,), or None
        Share of the draws in which the entry is picked; None without draws.
    band : str array, shape (n,)
        With draws: ``core`` chosen in at least 90 % of the draws, ``contested`` chosen in fewer,
        ``reserve`` not chosen but picked in at least 10 %, ``out`` otherwise.  Without draws: ``core``
        chosen, ``reserve`` eligible and of positive value, ``out`` otherwise.
    """

    chosen: Int64
    objective: float
    gap: float
    cost: int
    budget_price: float
    duals: dict[str, Any]
    margin: NDArray[np.float64]
    robustness: NDArray[np.float64] | None
    band: NDArray[np.str_]


def select(
    values: ArrayLike,
    cost: ArrayLike,
    budget: int | None,
    call: ArrayLike,
    slots: Limits,
    track: ArrayLike | None = None,
    track_min: Limits = None,
    team: ArrayLike | None = None,
    team_max: Limits = None,
    must: ArrayLike | Set[int] = (),
    exclude: ArrayLike | Set[int] = (),
    tie_key: ArrayLike | None = None,
    draws: ArrayLike | None = None,
) -> Portfolio:
    """Choose the set of entries of greatest total value that keeps every constraint.

    Parameters
    ----------
    values : array of int or float, shape (n,)
        Benefit of each entry.  An entry of value zero or less is never picked, unless it must be in or a
        track needs it.  Differences below 1e-9 of the largest value count as ties.
    cost : array of int, shape (n,)
        Cost in minor units of one currency, zero or more.
    budget : int or None
        Most that may be spent, in the same units; None for no limit.
    call : array, shape (n,)
        Call of each entry (integers or strings).
    slots : mapping, array or int
        Most entries per call: by label, indexed by integer label, or one number for every call.
    track, track_min : array, shape (n,); mapping, array or int, optional
        Track of each entry (negative or None: no track) and the least number of entries of a track.
    team, team_max : array, shape (n,); mapping, array or int, optional
        Team of each entry and the most entries of a team.
    must, exclude : entry positions or masks
        Entries that have to be in, or cannot be.
    tie_key : array, shape (n,), optional
        Published order that decides between equally good sets: the first entry that only one of them
        holds decides for that one, lower key first.  Default, and between equal keys: the position.
    draws : array, shape (d, n), optional
        Posterior draws of the values.  Each draw is solved by itself: to its optimum while d * n is at
        most 300,000, beyond it as a linear relaxation, whose shares are approximate.

    Returns
    -------
    Portfolio

    Raises
    ------
    Infeasible
        No set satisfies the constraints; ``constraints`` names those that clash.
    ScoringError
        Arrays of wrong shape, values that are not finite, money that is not in whole units.

    Notes
    -----
    Method: sifting, reduced-cost fixing and branch and bound on the entries near the line; see
    :mod:`scoring.portfolio_solve`.

    Examples
    --------
    >>> best = select([5, 4, 3], [60, 50, 50], 100, call=[0, 0, 0], slots={0: 2})
    >>> best.chosen.tolist(), best.objective, best.gap
    ([1, 2], 7.0, 0.0)

    References
    ----------
    Balas & Zemel (1980), Operations Research 28, doi:10.1287/opre.28.5.1130 (the core of a knapsack).  Huangfu &
    Hall (2018), Mathematical Programming Computation 10, doi:10.1007/s12532-017-0130-5 (HiGHS).
    """
    worth = unmasked(values, "values")
    whole, step = whole_numbers(worth)
    n = len(whole)
    amounts, limit = whole_cost(cost, budget, n)
    demand = Demand(
        amounts, limit,
        factor(call, slots, n, ("call", "slots"), None),
        factor(track, track_min, n, ("track", "track_min"), 0),
        factor(team, team_max, n, ("team", "team_max"), UNLIMITED),
        positions(must, n, "must"), positions(exclude, n, "exclude"), tie_order(tie_key, n),
    )  # fmt: skip
    check_fixed(demand)
    problem = reduce(demand, whole)
    solution = solve(problem)
    if solution is None:
        raise Infeasible("No portfolio satisfies these constraints together", *clashing(demand))
    picked = demand.must.copy()
    picked[problem.members(solution.counts)] = True
    shares = None if draws is None else robustness(demand, draws, solution, problem)
    return _portfolio(worth, step, demand, problem, solution, picked, shares)


def _portfolio(
    worth: NDArray[Any], step: float, demand: Demand, problem: Problem, solution: Solution,
    picked: NDArray[np.bool_], shares: NDArray[np.float64] | None,
) -> Portfolio:  # fmt: skip
    prices = solution.prices
    duals: dict[str, Any] = {"budget": 0.0, "call": {}, "track": {}, "team": {}}
    for (kind, group), price in zip(problem.kinds, prices.row, strict=True):
        if kind == "budget":
            duals["budget"] = float(price) * step / group
        elif price > 0:
            labels = demand.call.labels if kind == "call" else demand.track.labels
            duals[kind][labels[group]] = float(price) * step
    for group, price in zip(problem.team_kinds, prices.team, strict=True):
        if price > 0:
            duals["team"][demand.team.labels[group]] = float(price) * step
    margin = np.full(len(worth), np.nan)
    margin[problem.order] = np.repeat(prices.reduced, problem.size) * step
    chosen = np.flatnonzero(picked)
    return Portfolio(
        chosen=chosen,
        objective=float(worth[chosen].sum()),
        gap=0.0,
        cost=int(demand.cost[chosen].sum()),
        budget_price=1000.0 * float(duals["budget"]),
        duals=duals,
        margin=margin,
        robustness=shares,
        band=_bands(picked, shares, ~demand.excluded & (worth > 0)),
    )


def _bands(
    picked: NDArray[np.bool_], shares: NDArray[np.float64] | None, eligible: NDArray[np.bool_]
) -> NDArray[np.str_]:
    if shares is None:
        return np.where(picked, "core", np.where(eligible, "reserve", "out"))
    inside = np.where(shares >= CORE_SHARE, "core", "contested")
    return np.where(picked, inside, np.where(shares >= RESERVE_SHARE, "reserve", "out"))


def robustness(demand: Demand, draws: ArrayLike, solution: Solution, problem: Problem) -> NDArray[np.float64]:
    """Share of the draws in which each entry is picked, shape (n,)."""
    table = numbers(draws, "draws")
    n = len(demand.cost)
    if table.ndim != 2 or table.shape[1] != n or not len(table):
        raise ScoringError(f"draws must have one row per draw and {n} columns.")
    exact = table.size <= EXACT_WORK
    total = np.zeros(n)
    main = dict(zip(problem.kinds, solution.prices.row, strict=True))
    unit = whole_numbers(table.ravel())[1]
    wholes = np.rint(table / unit).astype(np.int64)
    sets = listed(demand) if n <= LISTED_ENTRIES else None
    if sets is not None:
        return shares_of(sets, wholes)
    for whole in wholes:
        question = reduce(demand, whole)
        start = np.array([main.get(kind, 0.0) for kind in question.kinds])
        if exact:
            best = solve(question, start)
            counts = np.zeros(question.n_columns) if best is None else best.counts
        else:
            counts = sift(question, start)[1]
        place = np.arange(len(question.order)) - np.repeat(question.start[:-1], question.size)
        total[question.order] += np.clip(np.repeat(counts, question.size) - place, 0, 1)
        total[demand.must] += 1
    shares: NDArray[np.float64] = total / len(table)
    return shares


__all__ = ["Portfolio", "select"]
