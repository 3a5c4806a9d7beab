"""Branch and bound on the few columns near the line, checked in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from scoring.errors import NotConverged
from scoring.portfolio_problem import Int64, Problem

FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Core:
    """The columns still open and what the others leave to them."""

    columns: Int64
    base: Int64
    matrix: sparse.csr_matrix
    limits: FloatArray


def core_of(problem: Problem, reduced: FloatArray, columns: Int64) -> Core:
    """Fix every other column at its relaxed value and charge the rows for it."""
    base = np.where(reduced > 0, problem.size, 0)
    base[columns] = 0
    teams = problem.team_rows
    full = base.copy()
    full[columns] = problem.size[columns]
    binding = np.flatnonzero(teams @ full > problem.team_limits)
    matrix = sparse.vstack([problem.rows, teams[binding]], format="csc")
    limits = np.concatenate([problem.limits, problem.team_limits[binding]]) - matrix @ base
    return Core(columns, base, sparse.csr_matrix(matrix[:, columns]), limits)


def branch_and_bound(
    objective: FloatArray | Int64, upper: Int64, matrix: sparse.csr_matrix, limits: FloatArray,
    lower: Int64 | None = None,
) -> tuple[Int64 | None, float]:  # fmt: skip
    """Maximise objective'x over integers; returns (x or None when there is none, proven bound).

    HiGHS works with tolerances of 1e-6.  A rounded point that breaks a row in exact arithmetic is cut
    off and the search goes on; on columns wider than one unit the row is tightened instead, and the
    bound stays honest.
    """
    low = np.zeros(len(upper), dtype=np.int64) if lower is None else lower
    if not len(upper):
        return (np.empty(0, dtype=np.int64), 0.0) if (limits >= 0).all() else (None, -np.inf)
    ceiling = np.inf
    while True:
        constraints = LinearConstraint(matrix, -np.inf, limits) if len(limits) else ()
        result = milp(
            -np.asarray(objective, dtype=float), constraints=constraints, integrality=np.ones(len(upper)),
            bounds=Bounds(low, upper), options={"mip_rel_gap": 0.0},
        )  # fmt: skip
        if result.x is None:
            if result.status != 2:
                raise NotConverged(f"The search for a portfolio stopped: {result.message}")
            return None, -np.inf
        x = np.rint(result.x).astype(np.int64)
        ceiling = min(ceiling, -float(result.mip_dual_bound))
        excess = matrix @ x - limits
        if (excess <= 1e-9).all():
            return x, ceiling
        wide = upper - low > 1
        if wide.any():
            limits = limits - np.where(excess > 1e-9, excess, 0.0)
            continue
        cut, room = other_than(x, low, upper)
        matrix = sparse.vstack([matrix, cut], format="csr")
        limits = np.append(limits, room)


def other_than(x: Int64, low: Int64, upper: Int64) -> tuple[sparse.csr_matrix, float]:
    """A row that only excludes x among points of a box whose open sides are one unit wide."""
    open_ = upper > low
    sign = np.where(open_, np.where(x > low, 1.0, -1.0), 0.0)
    return sparse.csr_matrix(sign[None, :]), float(sign @ x) - 1.0
