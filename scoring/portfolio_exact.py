"""Portfolios that only the budget limits, by dynamic programming over whole money.

Branch and bound is fast while values and costs differ.  Where many entries are worth exactly what they
cost (subset sums), bounds tell nothing apart and it searches for minutes.  Bellman's table (1957; Kellerer,
Pferschy & Pisinger 2004, "Knapsack Problems", section 2.3) does not care, and finds the optimum that is
first in tie order without comparing optima.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.portfolio_problem import Int64, Problem

ALIKE = 20
"""More columns at the line than this make branch and bound search in the dark."""

MOST_MONEY, MOST_WORK = 4_000_000, 400_000_000
"""Steps of the budget (32 MB), and entries x steps (50 MB, about a second), up to which a table is made."""


def by_table(problem: Problem, reduced: NDArray[np.float64]) -> Int64 | None:
    """Members taken per column in the optimum that is first in tie order; None where a table does not pay.

    Parameters
    ----------
    reduced : float array, shape (m,)
        Reduced costs at the optimum of the relaxation: zero at the line.

    Returns
    -------
    int64 array, shape (m,), or None
    """
    if [kind for kind, _ in problem.kinds] != ["budget"] or len(problem.team_limits):
        return None
    level = 1e-9 * float(np.abs(problem.values).max(initial=1))
    money, n = int(problem.limits[0]), len(problem.order)
    at_line = int((np.abs(reduced) <= level).sum())
    if at_line <= ALIKE or money > MOST_MONEY or n * (money + 1) > MOST_WORK:
        return None
    column = np.repeat(np.arange(problem.n_columns), problem.size)
    queue = column[np.argsort(problem.tie_rank[problem.order], kind="stable")]
    cost = np.rint(problem.rows[0].toarray().ravel()).astype(np.int64)
    best_set = queue[first_optimum(problem.values[queue], cost[queue], money)]
    return np.bincount(best_set, minlength=problem.n_columns).astype(np.int64)


def first_optimum(values: Int64, cost: Int64, money: int) -> NDArray[np.bool_]:
    """Mask of the best set of cost at most ``money``; of equals the one with the first entry that differs."""
    n = len(values)
    # Before entry i no more than the entries before it can have been spent: less is never asked for.
    least = np.maximum(money - np.append(0, np.cumsum(cost)[:-1]), 0)
    best = np.zeros(money + 1, dtype=np.int64)
    start = np.maximum(least, cost)
    takes: list[NDArray[np.uint8]] = [np.empty(0, dtype=np.uint8)] * n
    for i in range(n - 1, -1, -1):
        if start[i] > money:
            continue
        with_it = best[start[i] - cost[i] : money + 1 - cost[i]] + values[i]
        without = best[start[i] :]
        takes[i] = np.packbits(with_it >= without)
        np.maximum(with_it, without, out=without)
    chosen = np.zeros(n, dtype=bool)
    left = money
    for i in range(n):
        at = left - int(start[i])
        if at >= 0 and takes[i][at >> 3] & (128 >> (at & 7)):
            chosen[i] = True
            left -= int(cost[i])
    return chosen
