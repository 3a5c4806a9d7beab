"""Draws of a small selection problem, solved by listing every feasible set once.

Most calls have a dozen entries and two slots: a hundred feasible sets.  Solving hundreds of draws
one by one costs milliseconds each in set-up alone; one matrix product over the listed sets gives the
same optima in one stroke.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scoring.portfolio_problem import Demand

MOST_SETS = 50_000
DRAWS_AT_ONCE = 64


def listed(demand: Demand, most: int = MOST_SETS) -> NDArray[np.bool_] | None:
    """Every feasible set as a row, shape (m, n), the preferred of equals first; None when there are more than ``most``.

    Preferred is the set that holds the first entry, in tie order, which only one of two holds.
    """
    n = len(demand.cost)
    order = np.argsort(demand.tie_rank, kind="stable")
    sets = np.zeros((1, n), dtype=bool)
    spent = np.zeros(1, dtype=np.int64)
    in_call = np.zeros((1, len(demand.call.limit)), dtype=np.int64)
    in_team = np.zeros((1, len(demand.team.limit)), dtype=np.int64)
    for entry in order[~demand.excluded[order]]:
        call, team = demand.call.code[entry], demand.team.code[entry]
        fits = spent + demand.cost[entry] <= demand.budget
        if call >= 0:
            fits &= in_call[:, call] < demand.call.limit[call]
        if team >= 0:
            fits &= in_team[:, team] < demand.team.limit[team]
        more = sets[fits].copy()
        more[:, entry] = True
        more_call, more_team = in_call[fits].copy(), in_team[fits].copy()
        if call >= 0:
            more_call[:, call] += 1
        if team >= 0:
            more_team[:, team] += 1
        stay = np.zeros(len(sets), dtype=bool) if demand.must[entry] else np.ones(len(sets), dtype=bool)
        if len(more) + stay.sum() > most:
            return None
        sets = np.concatenate([more, sets[stay]])
        spent = np.concatenate([spent[fits] + demand.cost[entry], spent[stay]])
        in_call = np.concatenate([more_call, in_call[stay]])
        in_team = np.concatenate([more_team, in_team[stay]])
    sets = sets[_tracks_filled(demand, sets)]
    ranked = np.lexsort([~sets[:, entry] for entry in order[::-1]])
    return sets[ranked]


def _tracks_filled(demand: Demand, sets: NDArray[np.bool_]) -> NDArray[np.bool_]:
    filled = np.ones(len(sets), dtype=bool)
    for track, least in enumerate(demand.track.limit):
        filled &= sets[:, demand.track.code == track].sum(axis=1) >= least
    return filled


def shares_of(sets: NDArray[np.bool_], draws: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of the draws in whose best set each entry is, shape (n,).

    ``draws`` are whole numbers, shape (d, n).  An entry of value zero or less is left out wherever
    nothing forces it in, as :func:`scoring.select` promises.
    """
    n = sets.shape[1]
    indicator = sets.astype(np.float64)
    total = np.zeros(n)
    for start in range(0, len(draws), DRAWS_AT_ONCE):
        some = draws[start : start + DRAWS_AT_ONCE]
        worth = some * (n + 1) - (some <= 0)  # whole numbers below 2**53: exact in floating point
        best = np.argmax(indicator @ worth.T.astype(np.float64), axis=0)
        total += sets[best].sum(axis=0)
    shares: NDArray[np.float64] = total / len(draws)
    return shares
