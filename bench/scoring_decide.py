"""Speed of the decisions: portfolio selection against direct HiGHS, judge assignment with OR-tools.

``run()`` returns seconds and ratios of one sitting.  The direct search of 100,000 entries takes minutes,
so it runs once; ours runs three times around it and the median counts.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from scoring.assignment import assign
from scoring.portfolio_search import quiet
from scoring.selection import select

POINT = 10_000  # values are whole ten-thousandths of a point, so that both solvers see the same numbers


def selection(n: int, seed: int = 0) -> dict[str, Any]:
    """A programme of n entries: lognormal costs, calls with slots, eight track minimums, one per team."""
    rng = np.random.default_rng(seed)
    values = np.rint((rng.normal(0, 10, n) + rng.normal(0, 2, n) - 8) * POINT).astype(np.int64)
    cost = (rng.lognormal(0, 0.4, n) * 2_000_000).astype(np.int64)
    calls, picks = max(n // 2500, 4), int(0.024 * n)
    return {
        "values": values,
        "cost": cost,
        "budget": picks * 1_700_000,
        "call": rng.integers(0, calls, n),
        "slots": {call: int(picks / calls * 1.25) for call in range(calls)},
        "track": rng.integers(0, 8, n),
        "track_min": {track: int(picks / 8 * (0.6 + 0.1 * track)) for track in range(8)},
        "team": rng.integers(0, n // 3, n),
        "team_max": 1,
    }


def indicator(code: np.ndarray) -> sparse.csr_matrix:
    """Group x entry matrix of ones."""
    return sparse.csr_matrix((np.ones(len(code)), (code, np.arange(len(code)))))


def direct(case: dict[str, Any]) -> tuple[int, float, float]:
    """Objective, wall and processor seconds of one plain integer programme with every entry and every row."""
    values, cost = case["values"], case["cost"]
    upper = np.inf
    rows = [
        LinearConstraint(sparse.csr_matrix(cost[None, :].astype(float)), -upper, case["budget"]),
        LinearConstraint(indicator(case["call"]), -upper, list(case["slots"].values())),
        LinearConstraint(indicator(case["track"]), list(case["track_min"].values()), upper),
        LinearConstraint(indicator(case["team"]), -upper, case["team_max"]),
    ]
    start, cpu_start = time.perf_counter(), time.process_time()
    with quiet():
        solution = milp(
            -values.astype(float), constraints=rows, integrality=np.ones(len(values)), bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0.0},
        )  # fmt: skip
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    if solution.x is None:
        raise RuntimeError(f"direct search failed: {solution.message}")
    return int(values @ np.rint(solution.x).astype(np.int64)), seconds, cpu


def timed_select(case: dict[str, Any]) -> tuple[int, float, float]:
    """Objective, wall and processor seconds of :func:`scoring.select`."""
    start, cpu_start = time.perf_counter(), time.process_time()
    portfolio = select(**case)
    return int(portfolio.objective), time.perf_counter() - start, time.process_time() - cpu_start


def assignment(entries: int = 10_000, judges: int = 500, seed: int = 0) -> dict[str, Any]:
    """Ten tracks with specialists, five judges an entry, 1 % conflicts."""
    rng = np.random.default_rng(seed)
    topic_entry, topic_judge = rng.integers(0, 10, entries), rng.integers(0, 10, judges)
    affinity = rng.beta(2, 5, (entries, judges))
    affinity[topic_entry[:, None] == topic_judge[None, :]] += 0.5
    conflicts = rng.random((entries, judges)) < 0.01
    return {
        "affinity": np.round(affinity / 1.5, 4),
        "demand": 5,
        "min_load": 80,
        "max_load": 120,
        "conflicts": conflicts,
    }


def run(size: int = 100_000) -> dict[str, Any]:
    """The figures ``select_vs_highs`` (ratio) and ``assign_10k_s`` (seconds), with what they rest on."""
    case = selection(size)
    first = timed_select(case)
    optimum, highs_s, highs_cpu = direct(case)
    selections = [first, timed_select(case), timed_select(case)]
    if {objective for objective, _, _ in selections} != {optimum}:
        raise AssertionError(f"selection differs from direct HiGHS: {selections} against {optimum}")
    select_s = statistics.median(wall for _, wall, _ in selections)
    select_cpu = statistics.median(cpu for _, _, cpu in selections)
    panel = assignment()
    assign(**panel)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        result = assign(**panel)
        times.append(time.perf_counter() - start)
    return {
        "select_vs_highs": highs_s / select_s,
        "select_vs_highs_cpu": highs_cpu / select_cpu,
        "select_100k_s": select_s,
        "highs_100k_s": highs_s,
        "select_objective": optimum,
        "assign_10k_s": statistics.median(times),
        "assign_floor": result.floor,
        "assign_total": result.total,
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
