"""The judge system ``S = I + g_j (diag(N_j) - A' diag(k) A)`` after eliminating the entries exactly.

``k_i = g_e / (1 + g_e n_i)`` (``1 / n_i`` for fixed entries).  Here by dense Cholesky, for up to about
1,500 judges; :mod:`scoring.krylov` gives the same answers above.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from scipy import linalg
from scipy.sparse import csr_matrix

from scoring.types import FloatArray

_DENSE_SHARE = 0.12


class Exact:
    """Dense Cholesky factor and inverse of S."""

    def __init__(
        self,
        pairs: csr_matrix,
        judge_weight: FloatArray,
        kappa: FloatArray,
        shrink: FloatArray,
        g_judge: float,
    ) -> None:
        size = pairs.shape[1]
        self._pairs, self._kappa = pairs, kappa
        self._quadratic = np.diag(judge_weight) - gram(pairs, shrink)
        system = np.eye(size) + g_judge * self._quadratic
        self.factor: FloatArray = linalg.cholesky(system, lower=True, check_finite=False)
        inverse, _ = linalg.lapack.dpotri(self.factor, lower=1)
        lower = np.tril(inverse)
        self.inverse: FloatArray = lower + np.tril(lower, -1).T

    def solve(self, rhs: FloatArray, *, rough: bool = False, within: float = 0.0) -> FloatArray:
        """``S^-1 rhs`` for columns, shape (J, r); always exact."""
        return cast(FloatArray, linalg.cho_solve((self.factor, True), rhs, check_finite=False))

    def noise(self, normal: FloatArray) -> FloatArray:
        """Draws with covariance ``S^-1`` from standard normal ones, shape (J, m)."""
        return np.asarray(linalg.solve_triangular(self.factor, normal, lower=True, trans="T"))

    def log_det(self) -> float:
        """``log |S|``."""
        return 2.0 * float(np.log(np.diagonal(self.factor)).sum())

    def trace_judges(self) -> float:
        """``tr(S^-1 (diag(N_j) - A' diag(k) A))``."""
        return float(np.vdot(self.inverse, self._quadratic))

    def trace_entries(self) -> float:
        """``tr(S^-1 A' diag(kappa^2) A)`` with ``kappa_i = 1 / (1 + g_e n_i)``."""
        return float(np.vdot(self.inverse, gram(self._pairs, self._kappa * self._kappa)))


def gram(pairs: csr_matrix, weight: FloatArray) -> FloatArray:
    """``A' diag(weight) A``, dense; weight must not be negative."""
    n_entries, n_judges = pairs.shape
    root = np.sqrt(weight)
    if pairs.nnz > _DENSE_SHARE * n_entries * n_judges:
        out = np.zeros((n_judges, n_judges))
        step = max(1, 4_000_000 // max(n_judges, 1))
        for start in range(0, n_entries, step):
            block = pairs[start : start + step].toarray() * root[start : start + step, None]
            out += block.T @ block
        return out
    scaled = scale_rows(pairs, root)
    return cast(FloatArray, (scaled.T @ scaled).toarray())


def scale_rows(pairs: csr_matrix, weight: FloatArray) -> csr_matrix:
    """``diag(weight) A`` sharing the structure of A."""
    data = pairs.data * np.repeat(weight, np.diff(pairs.indptr))
    return csr_matrix((data, pairs.indices, pairs.indptr), shape=pairs.shape, copy=False)
