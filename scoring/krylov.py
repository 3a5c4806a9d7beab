"""The judge system for many judges: conjugate gradients, and probes for traces and determinant.

Jacobi-preconditioned conjugate gradients never form S.  Traces use seeded Rademacher probes (Hutchinson
1990) with the first-order term of the Neumann series as control variate; the log-determinant comes from
the Lanczos matrices that the same gradients produce (Ubaru, Chen & Saad 2017).

While the variance components are searched, all right-hand sides and probes run as one block in single
precision: 1e-5 is far below the error of the probes and a quarter of the memory traffic.  Predictions at
the components that were found are solved in double precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.sparse import csr_matrix

from scoring.errors import NotConverged
from scoring.solver import scale_rows
from scoring.types import FloatArray, tally

_Block: TypeAlias = NDArray[np.floating[Any]]

PROBES = 6
_LANES = 4
_MAX_STEPS = 2000
_SEARCH = 1e-5
_CURVATURE = 1e-3
_PRECISE = 1e-10
_ROUGH = 1e-6
_PULL = 1e-2


@dataclass(frozen=True, eq=False)
class _Probed:
    """Probe solutions: ``start = D^-1 z``, ``excess = S^-1 z - (first-order terms)``."""

    start: FloatArray
    solution: FloatArray
    excess: FloatArray
    log_det: float


class Iterative:
    """S as an operator; the answers of :class:`scoring.solver.Exact`, traces and determinant estimated.

    Parameters
    ----------
    pairs, judge_weight, kappa, shrink, g_judge
        As for :class:`scoring.solver.Exact`.
    entry_total : array, shape (N,)
        Row sums of ``pairs``.
    probes : array of +-1, shape (J, m)
        Rademacher vectors, the same for a whole fit so that its equations stay fixed.
    precise : bool
        Double precision to 1e-10, or single precision to 1e-5.
    """

    def __init__(
        self,
        pairs: csr_matrix,
        entry_total: FloatArray,
        judge_weight: FloatArray,
        kappa: FloatArray,
        shrink: FloatArray,
        g_judge: float,
        *,
        probes: FloatArray,
        precise: bool,
    ) -> None:
        self._pairs, self._kappa, self._shrink = pairs, kappa, shrink
        self._entry_total, self._judge_weight, self._g = entry_total, judge_weight, g_judge
        self._rows = scale_rows(pairs, np.sqrt(shrink))
        self._quadratic = judge_weight - tally(pairs.indices, np.square(self._rows.data), pairs.shape[1])
        self.diagonal: FloatArray = 1.0 + g_judge * self._quadratic
        self._signs, self._precise = probes, precise
        self._dtype: type[np.floating[Any]] = np.float64 if precise else np.float32
        data = self._rows.data.astype(self._dtype, copy=False)
        self._lanes = csr_matrix((data, pairs.indices, pairs.indptr), shape=pairs.shape, copy=False)
        self._cached: _Probed | None = None

    def solve(self, rhs: FloatArray, *, rough: bool = False, within: float = 0.0) -> FloatArray:
        """``S^-1 rhs`` for columns; ``rough`` allows a relative error of 1e-3 (1e-6 if precise),
        ``within`` an absolute error of about this size in ``g_judge S^-1 rhs`` (if precise).

        Raises
        ------
        NotConverged
            The residual does not fall.
        """
        if self._precise:
            tolerance = _ROUGH if rough else _PRECISE
            return np.column_stack([self._column(column, tolerance, within) for column in rhs.T])
        if rough or self._cached is not None:
            return self._block(rhs, _CURVATURE if rough else _SEARCH)[0]
        probes = self._signs * np.sqrt(self.diagonal)[:, None]
        solution, lanczos = self._block(np.column_stack([rhs, probes]), _SEARCH)
        count = rhs.shape[1]
        self._cached = self._probed(solution[:, count:], lanczos[count:])
        return solution[:, :count]

    def log_det(self) -> float:
        """``log |S|``, estimated."""
        return self._probe().log_det

    def trace_judges(self) -> float:
        """``tr(S^-1 (diag(N_j) - A' diag(k) A))``, estimated; exact in the limit of weak coupling."""
        own = float((self._quadratic / self.diagonal).sum())
        if self._g == 0.0:
            return own
        probed = self._probe()
        return own - _mean_product(probed.excess, probed.start) / self._g

    def trace_entries(self) -> float:
        """``tr(S^-1 A' diag(kappa^2) A)``.

        ``kappa^2 = c k + delta``: the first part follows from the trace of ``S^-1 S`` and only ``delta``,
        which is zero when all entries have the same weight, needs the probes themselves.  (With hardly any
        shrinkage ``c`` would magnify errors and is left at 0.)
        """
        probed = self._probe()
        weight = self._judge_weight
        rest = _mean_product(probed.excess, weight[:, None] * probed.start)
        coupled = float((weight / self.diagonal).sum()) + rest - self.trace_judges()
        size = self._entry_total
        pull = float(self._shrink @ size)
        mean = float(self._kappa**2 @ size) / pull if pull > _PULL * len(size) else 0.0
        delta = self._kappa**2 - mean * self._shrink
        if float(np.abs(delta).max(initial=0.0)) < 1e-14:
            return mean * coupled
        per_pair = np.repeat(delta, np.diff(self._pairs.indptr)) * np.square(self._pairs.data)
        own = tally(self._pairs.indices, per_pair, self._pairs.shape[1])
        change, start = self._pairs @ (probed.solution - probed.start), self._pairs @ probed.start
        cross = _mean_product(change, delta[:, None] * start)
        return mean * coupled + float((own / self.diagonal).sum()) + cross

    def _apply(self, block: _Block) -> _Block:
        out: _Block = self._lanes.T @ (self._lanes @ block)
        out *= self._dtype(-self._g)
        out += block * (1.0 + self._g * self._judge_weight).astype(self._dtype)[:, None]
        return out

    def _apply_column(self, column: FloatArray) -> FloatArray:
        coupled = self._rows.T @ (self._rows @ column)
        return np.asarray(column + self._g * (self._judge_weight * column - coupled))

    def _column(self, rhs: FloatArray, tolerance: float, within: float) -> FloatArray:
        """Double-precision conjugate gradients for one right-hand side."""
        inverse = 1.0 / self.diagonal
        x, r = np.zeros_like(rhs), rhs.copy()
        z = inverse * r
        p, rz = z.copy(), float(r @ z)
        goal = tolerance * tolerance * rz
        for _ in range(_MAX_STEPS):
            if rz <= goal or self._g * float(np.abs(z).max()) < within:
                return x
            s = self._apply_column(p)
            alpha = rz / float(p @ s)
            x += alpha * p
            r -= alpha * s
            z = inverse * r
            rz_next = float(r @ z)
            p *= rz_next / rz
            p += z
            rz = rz_next
        raise NotConverged("Conjugate gradients did not converge.", {"residual": float(np.sqrt(rz))})

    def _block(self, rhs: FloatArray, tolerance: float) -> tuple[FloatArray, list[tuple[FloatArray, FloatArray]]]:
        """A block of right-hand sides, and the Lanczos matrix of each column.

        Columns are scaled to one size and padded to the width that the sparse kernels like; sums are in
        double precision.
        """
        count = rhs.shape[1]
        size = np.sqrt(np.einsum("ij,ij->j", rhs, rhs / self.diagonal[:, None]))
        size[size == 0.0] = 1.0
        r = np.zeros((len(rhs), -(-count // _LANES) * _LANES), dtype=self._dtype)
        r[:, :count] = rhs / size
        inverse = (1.0 / self.diagonal).astype(self._dtype)[:, None]
        x = np.zeros_like(r)
        z = r * inverse
        p = z.copy()
        rz = _dots(r, z)
        goal = tolerance * tolerance * rz
        steps: list[tuple[FloatArray, FloatArray]] = []
        for _ in range(_MAX_STEPS):
            active = rz > goal
            if not active.any():
                return x[:, :count] * size, _lanczos(steps, count)
            s = self._apply(p)
            alpha = np.divide(rz, _dots(p, s), out=np.zeros_like(rz), where=active)
            x += alpha.astype(self._dtype) * p
            r -= alpha.astype(self._dtype) * s
            np.multiply(r, inverse, out=z)
            rz_next = _dots(r, z)
            beta = np.divide(rz_next, rz, out=np.zeros_like(rz), where=active)
            p *= beta.astype(self._dtype)
            p += z
            steps.append((alpha, beta))
            rz = np.where(active, rz_next, rz)
        raise NotConverged("Conjugate gradients did not converge.", {"residual": float(np.sqrt(rz.max()))})

    def _probe(self) -> _Probed:
        if self._cached is None:
            probes = self._signs * np.sqrt(self.diagonal)[:, None]
            self._cached = self._probed(*self._block(probes, _SEARCH))
        return self._cached

    def _probed(self, solution: FloatArray, lanczos: list[tuple[FloatArray, FloatArray]]) -> _Probed:
        root = np.sqrt(self.diagonal)[:, None]
        start = self._signs / root
        lanes = np.zeros((len(start), -(-start.shape[1] // _LANES) * _LANES), dtype=self._dtype)
        lanes[:, : start.shape[1]] = start
        pushed = self._apply(lanes)[:, : start.shape[1]].astype(np.float64)
        first = 2.0 * start - pushed / self.diagonal[:, None]
        linear = np.einsum("ij,ij->j", start, pushed) - len(root)
        logs = np.array([_quadrature(*t) for t in lanczos]) * len(root)
        log_det = float(np.log(self.diagonal).sum() + (logs - linear).mean())
        return _Probed(start, solution, solution - first, log_det)


def _dots(left: _Block, right: _Block) -> FloatArray:
    return np.asarray(np.einsum("ij,ij->j", left, right, dtype=np.float64))


def _mean_product(left: FloatArray, right: FloatArray) -> float:
    return float(np.vdot(left, right)) / int(left.shape[1])


def _lanczos(steps: list[tuple[FloatArray, FloatArray]], columns: int) -> list[tuple[FloatArray, FloatArray]]:
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
