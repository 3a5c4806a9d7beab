"""Proven optimum of a :class:`~scoring.portfolio_problem.Problem`.

1. Linear relaxation by sifting: solve on the columns that look best at the current prices, price out all
   others, add those that pay, repeat.  Team rows enter when they are violated (Bixby et al. 1992,
   "Very large-scale linear programming: a case study in combining interior point and simplex methods").
2. Any prices y >= 0 give a bound: every feasible x has values'x <= y'limits + sum size * max(0, rc).
   A column whose reduced cost exceeds bound - z cannot differ from its relaxed value in any solution
   at least as good as z (reduced-cost fixing; Dantzig, Fulkerson & Johnson 1954).
3. Branch and bound (HiGHS) on the few columns near the line gives a solution; a second search over all
   columns within the gap finds no other that is as good (proof), a better one (go on with it) or a tie.
4. Among all optima the one that comes first in tie order: compared entry by entry, lower key first.

Where only the budget binds and many columns lie on the line, a table over whole money replaces steps 2
to 4 (:mod:`scoring.portfolio_exact`).

Everything a solver returns is rounded and checked again in integers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from scoring.errors import NotConverged
from scoring.portfolio_exact import by_table
from scoring.portfolio_problem import Int64, Problem
from scoring.portfolio_search import FloatArray, branch_and_bound, core_of
from scoring.portfolio_ties import first_in_order

FIRST_CORE = 24
SEED_SLACK = 1.25
SEED_EXTRA = 24
PENALTIES = (4.0, 400.0, 40000.0)


@dataclass(frozen=True, eq=False)
class Prices:
    """Duals of the relaxation and what follows from them.

    Attributes
    ----------
    row, team : float arrays
        Price of one unit of each main row and each team row, in integer value units.
    reduced : float array, shape (m,)
        Value minus the price of everything the column uses.
    bound : float
        Upper bound on the objective.
    feasible : bool
        Whether the relaxation has a solution.
    """

    row: FloatArray
    team: FloatArray
    reduced: FloatArray
    bound: float
    feasible: bool = True


@dataclass(frozen=True, eq=False)
class Solution:
    """Members taken per column, objective in value units, and the prices that prove it."""

    counts: Int64
    objective: int
    prices: Prices


def priced(problem: Problem, row: FloatArray, team: FloatArray) -> Prices:
    """Reduced costs and bound at the given prices (clipped at zero, so the bound always holds)."""
    row, team = np.maximum(row, 0.0), np.maximum(team, 0.0)
    reduced = problem.values - problem.rows.T @ row
    if len(team):
        reduced = reduced - problem.team_rows.T @ team
    paying = float(np.maximum(reduced, 0.0) @ problem.size)
    bound = paying + float(row @ problem.limits) + float(team @ problem.team_limits)
    return Prices(row, team, np.asarray(reduced, dtype=float), bound)


def relax(problem: Problem, start: FloatArray | None = None) -> Prices:
    """Prices at the optimum of the linear relaxation.

    Parameters
    ----------
    start : float array, optional
        Prices of the main rows to choose the first columns by (those of a similar problem).
    """
    prices, _ = sift(problem, start)
    return centred(problem, prices)


def centred(problem: Problem, prices: Prices) -> Prices:
    """Move each team's price to the middle of the range over which the bound stays the same.

    A team with room for k has every price between the margins of its k-th and (k+1)-th member as an
    optimum.  A vertex of the relaxation sits on one end, where a column looks undecided that is not.
    """
    priced_teams = np.flatnonzero(prices.team > 0)
    if not len(priced_teams):
        return prices
    part = problem.team_rows[priced_teams]
    column, row = part.indices, np.repeat(np.arange(len(priced_teams)), np.diff(part.indptr))
    margin = prices.reduced[column] + prices.team[priced_teams][row]
    order = np.lexsort((-margin, row))
    column, row, margin = column[order], row[order], margin[order]
    filled = np.cumsum(problem.size[column])
    filled = filled - np.append(0, filled)[part.indptr[:-1]][row]
    room = problem.team_limits[priced_teams][row]
    above, below = np.full(len(priced_teams), np.inf), np.zeros(len(priced_teams))
    inside = filled - problem.size[column] < room
    np.minimum.at(above, row[inside], margin[inside])
    np.maximum.at(below, row[filled > room], margin[filled > room])
    team = prices.team.copy()
    movable = np.isfinite(above) & (above >= below)
    team[priced_teams[movable]] = (above + below)[movable] / 2
    better = priced(problem, prices.row, team)
    return better if better.bound <= prices.bound * (1 + 1e-12) + 1e-6 and prices.feasible else prices


def sift(problem: Problem, start: FloatArray | None = None) -> tuple[Prices, FloatArray]:
    """Prices and relaxed solution; see the module text, step 1."""
    x = np.zeros(problem.n_columns)
    if not problem.n_columns:
        empty = priced(problem, np.zeros(len(problem.limits)), np.zeros(len(problem.team_limits)))
        return replace(empty, feasible=bool((problem.limits >= 0).all())), x
    active = _seed(problem, start)
    teams = np.empty(0, dtype=np.int64)
    if problem.n_columns <= 2000:
        teams = np.arange(len(problem.team_limits))
    scale = float(np.abs(problem.values).max(initial=1))
    level = 0
    while True:
        solved, row, team, short = _restricted(problem, active, teams, scale, PENALTIES[level])
        prices = priced(problem, row, team)
        outside = prices.reduced > 1e-9 * scale
        outside[active] = False
        entering = np.flatnonzero(outside)
        if len(entering):
            best = entering[np.argsort(-prices.reduced[entering], kind="stable")[: max(len(active) // 2, 500)]]
            active = np.union1d(active, best)
            continue
        x[:] = 0
        x[active] = solved
        over = np.flatnonzero(problem.team_rows @ x > problem.team_limits + 1e-7)
        over = np.setdiff1d(over, teams)
        if len(over):
            teams = np.union1d(teams, over)
        elif short <= 1e-7 or level + 1 == len(PENALTIES):
            return replace(prices, feasible=short <= 1e-7), x
        else:
            level += 1


def _seed(problem: Problem, start: FloatArray | None) -> Int64:
    """Columns likely to matter: the best of each call and track at a guessed price of money."""
    m = problem.n_columns
    if m <= 2000:
        return np.arange(m)
    guess = problem.values.astype(float)
    if start is not None:
        guess = guess - problem.rows.T @ start
    elif problem.kinds and problem.kinds[0][0] == "budget":
        guess = guess - _money_price(problem) * np.asarray(problem.rows[0].todense()).ravel()
    chosen = []
    ranked = np.argsort(-guess, kind="stable")
    for (kind, group), limit in zip(problem.kinds, problem.limits, strict=True):
        if kind == "budget":
            continue
        inside = (problem.call if kind == "call" else problem.track)[ranked] == group
        chosen.append(ranked[inside][: int(SEED_SLACK * abs(limit)) + SEED_EXTRA])
    free = ~np.isin(problem.call, [group for kind, group in problem.kinds if kind == "call"])
    open_calls = ranked[free[ranked]]
    chosen.append(open_calls[: int((guess[open_calls] > 0).sum() * SEED_SLACK) + SEED_EXTRA])
    return np.unique(np.concatenate(chosen))


def _money_price(problem: Problem) -> float:
    """Price of one budget unit at which a greedy choice within the slots just spends the budget.

    Every k-th column, with budget and slots divided by k, is enough for a first guess.
    """
    step = max(problem.n_columns // 10_000, 1)
    pick = np.arange(0, problem.n_columns, step)
    cost = np.asarray(problem.rows[0].todense()).ravel()[pick]
    value, size, call = problem.values[pick], problem.size[pick], problem.call[pick]
    room = np.full(int(call.max(initial=0)) + 1, np.inf)
    for (kind, group), limit in zip(problem.kinds, problem.limits, strict=True):
        if kind == "call":
            room[group] = limit / step
    lo, hi = 0.0, float((value / np.maximum(cost, 1e-9)).max())
    for _ in range(25):
        price = (lo + hi) / 2
        margin = value - price * cost
        order = np.lexsort((-margin, call))
        taken = np.cumsum(size[order])
        first = np.searchsorted(call[order], np.arange(len(room)))
        before = np.append(0, taken)[first]
        inside = (taken - before[call[order]] <= room[call[order]]) & (margin[order] > 0)
        spent = float((cost * size)[order][inside].sum()) * step
        lo, hi = (price, hi) if spent > problem.limits[0] else (lo, price)
    return hi


def _restricted(
    problem: Problem, active: Int64, teams: Int64, scale: float, penalty: float
) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Relaxation on some columns; shortage columns keep it feasible at a penalty.

    Returns the solution, the prices of main and team rows, and the total shortage.
    """
    rows = problem.rows[:, active]
    unit = np.ones(len(problem.limits))
    if problem.kinds and problem.kinds[0][0] == "budget":
        unit[0] = 1.0 / max(float(problem.rows[0].max()), 1.0)
    matrix = sparse.diags_array(unit) @ rows
    limits = problem.limits * unit
    if len(teams):
        matrix = sparse.vstack([matrix, problem.team_rows[teams][:, active]])
        limits = np.concatenate([limits, problem.team_limits[teams]])
    needy = np.flatnonzero(limits[: len(unit)] < 0)
    short = sparse.csc_matrix((-np.ones(len(needy)), (needy, np.arange(len(needy)))), shape=(len(limits), len(needy)))
    objective = np.concatenate([-problem.values[active] / scale, np.full(len(needy), penalty)])
    upper = np.concatenate([problem.size[active], np.full(len(needy), np.inf)])
    if not len(limits):
        return (
            np.where(problem.values[active] > 0, problem.size[active], 0).astype(float),
            np.empty(0),
            _no_team(problem),
            0.0,
        )
    result = linprog(
        objective, A_ub=sparse.hstack([matrix, short], format="csc"), b_ub=limits,
        bounds=np.column_stack([np.zeros(len(upper)), upper]), method="highs-ds",
    )  # fmt: skip
    if result.status != 0:
        raise NotConverged(f"The relaxation was not solved: {result.message}")
    dual = -np.asarray(result.ineqlin.marginals) * scale
    team = _no_team(problem)
    team[teams] = dual[len(unit) :]
    x = np.asarray(result.x)
    return x[: len(active)], dual[: len(unit)] * unit, team, float(x[len(active) :].sum())


def _no_team(problem: Problem) -> FloatArray:
    return np.zeros(len(problem.team_limits))


def solve(problem: Problem, start: FloatArray | None = None) -> Solution | None:
    """Proven optimum, first in tie order among equals; None when nothing is feasible."""
    prices = relax(problem, start)
    if not prices.feasible:
        return None
    table = by_table(problem, prices.reduced)
    if table is not None:
        return Solution(table, int(problem.values @ table), prices)
    distance = np.abs(prices.reduced)
    nearest = np.argsort(distance, kind="stable")
    taken = _first_found(problem, prices, nearest)
    if taken is None:
        return None
    while True:
        objective = int(problem.values @ taken)
        gap = prices.bound - objective
        # Half a unit and the rounding of the bound's own sum: an equal optimum must stay inside.
        within = int(np.searchsorted(distance[nearest], gap * (1 + 1e-9) + 0.5, side="right"))
        core = core_of(problem, prices.reduced, np.sort(nearest[:within]))
        taken = first_in_order(problem, core, taken)
        if int(problem.values @ taken) == objective:
            return Solution(taken, objective, prices)


def _first_found(problem: Problem, prices: Prices, nearest: Int64) -> Int64 | None:
    """A good solution: the optimum over the columns nearest to the line; None when there is none at all."""
    level = 1e-9 * float(np.abs(problem.values).max(initial=1))
    width = min(int((np.abs(prices.reduced) <= level).sum()) + FIRST_CORE, problem.n_columns)
    while True:
        core = core_of(problem, prices.reduced, np.sort(nearest[:width]))
        values, upper = problem.values[core.columns], problem.size[core.columns]
        x = branch_and_bound(values, upper, core.matrix, core.limits)
        if x is not None:
            taken = core.base.copy()
            taken[core.columns] = x
            return taken
        if width == problem.n_columns:
            return None
        width = min(width * 4, problem.n_columns)
