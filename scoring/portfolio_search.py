"""Branch and bound on the few columns near the line, checked in whole numbers."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from scoring.errors import NotConverged
from scoring.portfolio_problem import Int64, Problem

FloatArray: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.float64] | NDArray[np.int64]

_STRAY = b"HighsMipSolverData::"
_one_at_a_time = threading.Lock()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the debugging lines of the C++ solver off standard output; anything else passes."""
    try:
        output = os.dup(1)
    except OSError:  # a daemon without standard output has nothing to keep clean
        yield
        return
    libc = ctypes.CDLL(None)
    with _one_at_a_time, tempfile.TemporaryFile() as printed:
        sys.stdout.flush()
        libc.fflush(None)
        os.dup2(printed.fileno(), 1)
        try:
            yield
        finally:
            libc.fflush(None)
            os.dup2(output, 1)
            os.close(output)
            printed.seek(0)
            rest = b"".join(line for line in printed if not line.startswith(_STRAY))
            if rest:
                os.write(1, rest)


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
    objective: Numbers, upper: Int64, matrix: sparse.csr_matrix, limits: FloatArray,
    lower: Int64 | None = None,
) -> Int64 | None:  # fmt: skip
    """Maximise objective'x subject to ``matrix @ x <= limits``, lower <= x <= upper, x whole.

    HiGHS works with tolerances of 1e-6.  A rounded point that breaks a row in exact arithmetic is cut
    off and the search goes on, so what is returned keeps every row and None means that nothing does.

    Raises
    ------
    NotConverged
        The solver stopped for another reason than an answer.
    """
    low = np.zeros(len(upper), dtype=np.int64) if lower is None else lower
    if not len(upper):
        return np.empty(0, dtype=np.int64) if (limits >= 0).all() else None
    while True:
        constraints = LinearConstraint(matrix, -np.inf, limits) if len(limits) else ()
        with quiet():
            result = milp(
                -np.asarray(objective, dtype=float), constraints=constraints,
                integrality=np.ones(len(upper)), bounds=Bounds(low, upper), options={"mip_rel_gap": 0.0},
            )  # fmt: skip
        if result.x is None:
            if result.status != 2:
                raise NotConverged(f"The search for a portfolio stopped: {result.message}")
            return None
        x: Int64 = np.rint(result.x).astype(np.int64)
        if (matrix @ x <= limits + 1e-9).all():
            return x
        if (upper - low > 1).any():
            return _unit_steps(objective, upper, matrix, limits, low)
        cut, room = other_than(x, low, upper)
        matrix = sparse.vstack([matrix, cut], format="csr")
        limits = np.append(limits, room)


def _unit_steps(
    objective: Numbers, upper: Int64, matrix: sparse.csr_matrix, limits: FloatArray, low: Int64
) -> Int64 | None:
    """The same search with one 0/1 column per unit, where a single point can be cut off."""
    steps = upper - low
    owner = np.repeat(np.arange(len(upper)), steps)
    pair = np.flatnonzero(owner[1:] == owner[:-1])
    k, at = len(pair), np.arange(len(pair))
    ordered = sparse.csr_matrix(
        (np.append(-np.ones(k), np.ones(k)), (np.append(at, at), np.append(pair, pair + 1))), shape=(k, len(owner))
    )
    rows = sparse.vstack([matrix[:, owner], ordered], format="csr")
    room = np.append(limits - matrix @ low, np.zeros(k))
    optimum = branch_and_bound(objective.astype(np.float64)[owner], np.ones(len(owner), dtype=np.int64), rows, room)
    if optimum is None:
        return None
    x: Int64 = low + np.bincount(owner, weights=optimum, minlength=len(upper)).astype(np.int64)
    return x


def other_than(x: Int64, low: Int64, upper: Int64) -> tuple[sparse.csr_matrix, float]:
    """A row that only excludes x among points of a box whose open sides are one unit wide."""
    open_ = upper > low
    sign = np.where(open_, np.where(x > low, 1.0, -1.0), 0.0)
    return sparse.csr_matrix(sign[None, :]), float(sign @ x) - 1.0
