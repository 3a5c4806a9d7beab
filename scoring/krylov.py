"""The judge system for many judges: conjugate gradients, and probes for traces and determinant.

Jacobi-preconditioned conjugate gradients never form S.  Traces use seeded Rademacher probes (Hutchinson
1990) with the first-order term of the Neumann series as control variate; the log-determinant comes from
the Lanczos matrices that the same gradients produce (Ubaru, Chen & Saad 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.sparse import csr_matrix

from scoring.errors import NotConverged
from scoring.solver import scale_rows
from scoring.types import FloatArray

PROBES = 4
_MAX_STEPS = 1000


@dataclass(frozen=True, eq=False)
class _Probed:
    """Probe solutions: ``start = D^-1 z``, ``excess = S^-1 z - (first-order terms)``, and the curvature."""

    start: FloatArray
    solution: FloatArray
    excess: FloatArray
    log_det: float


class Iterative:
    """S as an operator; the same answers as :class:`scoring.solver.Exact`, traces and determinant estimated.

    Parameters
    ----------
    pairs, judge_weight, kappa, shrink, g_judge
        As for :class:`scoring.solver.Exact`.
    probes : array of +-1, shape (J, m)
        Rademacher vectors, the same for a whole fit so that its equations stay fixed.
    tolerance : float
        Relative residual of a solution.
    """

    def __init__(
        self,
        pairs: csr_matrix,
        judge_weight: FloatArray,
        kappa: FloatArray,
        shrink: FloatArray,
        g_judge: float,
        *,
        probes: FloatArray,
        tolerance: float = 1e-9,
    ) -> None:
        self._pairs, self._kappa = pairs, kappa
        self._judge_weight, self._shrink, self._g = judge_weight, shrink, g_judge
        self._rows = scale_rows(pairs, np.sqrt(shrink))
        self._columns = self._rows.T
        self._quadratic = judge_weight - np.bincount(
            pairs.indices, self._rows.data * self._rows.data, pairs.shape[1]
        )
        self.diagonal: FloatArray = 1.0 + g_judge * self._quadratic
        self._signs, self._tolerance = probes, tolerance
        self._cached: _Probed | None = None

    def apply(self, block: FloatArray) -> FloatArray:
        """``S block`` for columns, shape (J, r)."""
        out: FloatArray = self._columns @ (self._rows @ block)
        out *= -self._g
        out += block * (1.0 + self._g * self._judge_weight)[:, None]
        return out

    def solve(self, rhs: FloatArray) -> FloatArray:
        """``S^-1 rhs``; raises NotConverged when the residual does not fall."""
        return conjugate_gradients(self, rhs, self._tolerance)[0]

    def log_det(self) -> float:
        """``log |S|``, estimated."""
        return self._probe().log_det

    def trace_judges(self) -> float:
        """``tr(S^-1 (diag(N_j) - A' diag(k) A))``, estimated; exact in the limit of weak coupling."""
        found = self._probe()
        rest = _mean_product(found.excess, found.start)
        return float((self._quadratic / self.diagonal).sum()) - rest / max(self._g, 1e-300)

    def trace_entries(self) -> float:
        """``tr(S^-1 A' diag(kappa^2) A)``.

        ``kappa^2 = c k + delta``: the first part follows from the trace of ``S^-1 S`` and only ``delta``,
        which is zero when all entries have the same weight, needs the probes themselves.
        """
        found = self._probe()
        weight = self._judge_weight
        rest = _mean_product(found.excess, weight[:, None] * found.start)
        coupled = float((weight / self.diagonal).sum()) + rest - self.trace_judges()
        size = np.asarray(self._pairs.sum(axis=1)).ravel()
        mean = float((self._kappa**2 @ size) / (self._shrink @ size))
        delta = self._kappa**2 - mean * self._shrink
        if float(np.abs(delta).max()) < 1e-14:
            return mean * coupled
        per_pair = np.repeat(delta, np.diff(self._pairs.indptr)) * self._pairs.data**2
        own = np.bincount(self._pairs.indices, per_pair, self._pairs.shape[1])
        change, start = self._pairs @ (found.solution - found.start), self._pairs @ found.start
        cross = _mean_product(change, delta[:, None] * start)
        return mean * coupled + float((own / self.diagonal).sum()) + cross

    def _probe(self) -> _Probed:
        if self._cached is None:
            root = np.sqrt(self.diagonal)[:, None]
            rhs = self._signs * root
            solution, lanczos = conjugate_gradients(self, rhs, 100.0 * self._tolerance)
            start = self._signs / root
            pushed = self.apply(start)
            first = 2.0 * start - pushed / self.diagonal[:, None]
            linear = np.einsum("ij,ij->j", start, pushed) - len(root)
            logs = np.array([_quadrature(*t) for t in lanczos]) * len(root)
            log_det = float(np.log(self.diagonal).sum() + (logs - linear).mean())
            self._cached = _Probed(start, solution, solution - first, log_det)
        return self._cached


def conjugate_gradients(
    system: Iterative, rhs: FloatArray, tolerance: float
) -> tuple[FloatArray, list[tuple[FloatArray, FloatArray]]]:
    """Solve for all columns at once; also the Lanczos matrix (diagonal, off-diagonal) of each column."""
    precondition = 1.0 / system.diagonal[:, None]
    x = np.zeros_like(rhs)
    r = rhs.copy()
    z = r * precondition
    p = z.copy()
    rz = np.einsum("ij,ij->j", r, z)
    goal = tolerance * tolerance * rz
    steps: list[tuple[FloatArray, FloatArray]] = []
    for _ in range(_MAX_STEPS):
        active = rz > goal
        if not active.any():
            return x, _lanczos(steps, rhs.shape[1])
        s = system.apply(p)
        curvature = np.einsum("ij,ij->j", p, s)
        alpha = np.divide(rz, curvature, out=np.zeros_like(rz), where=active)
        x += alpha * p
        r -= alpha * s
        np.multiply(r, precondition, out=z)
        fresh = np.einsum("ij,ij->j", r, z)
        beta = np.divide(fresh, rz, out=np.zeros_like(rz), where=active)
        p *= beta
        p += z
        steps.append((alpha, beta))
        rz = np.where(active, fresh, rz)
    raise NotConverged("Conjugate gradients did not converge.", {"residual": float(np.sqrt(rz.max()))})


def _lanczos(
    steps: list[tuple[FloatArray, FloatArray]], columns: int
) -> list[tuple[FloatArray, FloatArray]]:
    out = []
    for c in range(columns):
        alpha = np.array([a[c] for a, _ in steps])
        size = int(np.count_nonzero(alpha))
        beta = np.array([b[c] for _, b in steps])[:size]
        inverse = 1.0 / alpha[:size]
        diagonal = inverse.copy()
        diagonal[1:] += beta[:-1] * inverse[:-1]
        out.append((diagonal, np.sqrt(beta[:-1]) * inverse[:-1]))
    return out


def _mean_product(left: FloatArray, right: FloatArray) -> float:
    return float(np.vdot(left, right)) / int(left.shape[1])


def _quadrature(diagonal: FloatArray, off: FloatArray) -> float:
    """``e_1' log(T) e_1``."""
    if not len(diagonal):
        return 0.0
    value, vector = eigh_tridiagonal(diagonal, off)
    return float((vector[0] ** 2) @ np.log(np.maximum(value, 1e-300)))


def rademacher(n_judges: int, seed: int) -> FloatArray:
    """Seeded probes, shape (J, m)."""
    bits = np.random.default_rng(seed).integers(0, 2, (n_judges, PROBES))
    return 2.0 * bits.astype(np.float64) - 1.0
