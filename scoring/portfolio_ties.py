"""Among equally good portfolios, the one that comes first in tie order.

Portfolios are compared entry by entry, lowest tie key first; the first entry that only one of them holds
decides for that one.  Entries without value that no track needs never count in favour.  The result does
not depend on the order of the input, on the solver or on the machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from scoring.portfolio_problem import Int64, Problem
from scoring.portfolio_search import Core, FloatArray, branch_and_bound, other_than

BLOCK = 20
"""Entries decided by one search: weights 2**19 .. 1 stay far inside a solver's accuracy."""


@dataclass(eq=False)
class _State:
    """Bounds that shrink as entries are decided, and a known optimum inside them."""

    matrix: sparse.csr_matrix
    limits: FloatArray
    low: Int64
    high: Int64
    x: Int64

    def another(self, values: Int64) -> Int64 | None:
        """The best point other than the known one; None when there is no other inside the bounds."""
        matrix, limits, low, high = self.matrix, self.limits, self.low, self.high
        if (high - low <= 1).all():
            row, room = other_than(self.x, low, high)
            rows, room_all = sparse.vstack([matrix, row], format="csr"), np.append(limits, room)
            return branch_and_bound(values, high, rows, room_all, low)
        # Wider columns: each side of x is a box of its own, told apart by one switch per column and side.
        open_ = np.flatnonzero(high > low)
        m, k = len(low), len(open_)
        at = np.arange(k)
        below = sparse.csr_matrix((np.ones(k), (at, open_)), shape=(k, m))
        drop = sparse.diags_array((high - self.x + 1)[open_].astype(float))
        rise = sparse.diags_array((self.x - low + 1)[open_].astype(float))
        rows = sparse.block_array(
            [
                [matrix, None, None],
                [below, drop, None],
                [-below, None, rise],
                [None, -np.ones((1, k)), -np.ones((1, k))],
            ],
            format="csr",
        )
        limits = np.concatenate([limits, high[open_], -low[open_], [-1.0]])
        limits = limits.astype(float)
        lower = np.concatenate([low, np.zeros(2 * k, dtype=np.int64)])
        upper = np.concatenate([high, np.ones(2 * k, dtype=np.int64)])
        optimum = branch_and_bound(np.append(values.astype(np.float64), np.zeros(2 * k)), upper, rows, limits, lower)
        return None if optimum is None else optimum[:m]


def first_in_order(problem: Problem, core: Core, taken: Int64) -> Int64:
    """The optimum that is first in tie order, or a better solution than ``taken``.

    Parameters
    ----------
    core : Core
        Columns in which any solution at least as good as ``taken`` may differ from it.
    taken : int64 array, shape (m,)
        A feasible solution: members taken per column.

    Returns
    -------
    int64 array, shape (m,)
        Of greater value than ``taken``, when there is one: call again with it.  Otherwise ``taken`` is
        proven optimal, and the result is the optimum that is first in tie order.
    """
    columns = core.columns
    values, x = problem.values[columns], taken[columns].copy()
    if not len(columns):
        return taken
    matrix = sparse.vstack([core.matrix, sparse.csr_matrix(-values[None, :].astype(float))], format="csr")
    limits = np.append(core.limits, -float(values @ x))
    state = _State(matrix, limits, np.zeros_like(x), problem.size[columns].copy(), x)
    other = state.another(values)
    if other is not None and int(values @ other) > int(values @ x):
        state.x = other
    elif other is not None:
        _drop_worthless(state, values)
        _decide(problem, columns, state)
    result = taken.copy()
    result[columns] = state.x
    return result


def _drop_worthless(state: _State, values: Int64) -> None:
    """Keep as few entries of value zero as any optimum can."""
    idle = (values == 0).astype(float)
    if not idle.any():
        return
    optimum = branch_and_bound(-idle, state.high, state.matrix, state.limits, state.low)
    if optimum is not None:
        state.x = optimum
    state.matrix = sparse.vstack([state.matrix, sparse.csr_matrix(idle[None, :])], format="csr")
    state.limits = np.append(state.limits, float(idle @ state.x))


def _decide(problem: Problem, columns: Int64, state: _State) -> None:
    """Settle entries in tie order, a block at a time; doubles its stride while all can be held.

    After 1, 2, 4, 8 ... blocks it asks whether the optimum at hand is the only one left.
    """
    column, place = _queue(problem, columns)
    values, stride, at, blocks = problem.values[columns], BLOCK, 0, 0
    while at < len(column):
        undecided = np.flatnonzero(_open(state, column[at:], place[at:]))
        if not len(undecided):
            return
        block = at + undecided[:stride]
        decide = _fits if stride > BLOCK else _best_of
        decided = decide(state, column[block], place[block])
        if decided is None:
            stride = BLOCK
            continue
        state.x = decided
        has = state.x[column[block]] > place[block]
        np.maximum.at(state.low, column[block][has], place[block][has] + 1)
        np.minimum.at(state.high, column[block][~has], place[block][~has])
        at, blocks = int(block[-1]) + 1, blocks + 1
        if has.all():
            stride *= 2
        elif blocks & (blocks - 1) == 0 and state.another(values) is None:
            return


def _queue(problem: Problem, columns: Int64) -> tuple[Int64, Int64]:
    """Entries of the core in tie order: their column (position in the core) and place within it."""
    size = problem.size[columns]
    column = np.repeat(np.arange(len(columns)), size)
    place = np.arange(len(column)) - np.repeat(np.cumsum(size) - size, size)
    entry = problem.order[problem.start[columns][column] + place]
    order = np.argsort(problem.tie_rank[entry], kind="stable")
    return column[order], place[order]


def _open(state: _State, column: Int64, place: Int64) -> NDArray[np.bool_]:
    undecided: NDArray[np.bool_] = (place >= state.low[column]) & (place < state.high[column])
    return undecided


def _fits(state: _State, column: Int64, place: Int64) -> Int64 | None:
    """An optimum that holds every one of these entries, or None."""
    low = state.low.copy()
    np.maximum.at(low, column, place + 1)
    if (state.x >= low).all():
        return state.x
    return branch_and_bound(np.zeros(len(low)), state.high, state.matrix, state.limits, low)


def _best_of(state: _State, column: Int64, place: Int64) -> Int64 | None:
    """The optimum that holds the first of these entries it can, then the second, and so on."""
    if (state.x[column] > place).all():
        return state.x
    m, k = len(state.low), len(column)
    # One switch y per entry; a column must hold at least as many members as switches are on.
    switch = np.arange(k)
    count = sparse.csr_matrix((np.ones(k), (column, switch)), shape=(m, k))
    rows = sparse.block_array(
        [
            [state.matrix, sparse.csr_matrix((state.matrix.shape[0], k))],
            [-sparse.eye_array(m, format="csr"), count],
        ],
        format="csr",
    )
    limits = np.concatenate([state.limits, -state.low.astype(float)])
    weight = np.concatenate([np.zeros(m), 2.0 ** np.arange(k - 1, -1, -1)])
    lower = np.concatenate([state.low, np.zeros(k, dtype=np.int64)])
    upper = np.concatenate([state.high, np.ones(k, dtype=np.int64)])
    optimum = branch_and_bound(weight, upper, rows, limits, lower)
    return state.x if optimum is None else optimum[:m]
