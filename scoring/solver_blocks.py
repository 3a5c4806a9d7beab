"""The judge system of many pools: pools share no judge, so S falls into blocks that are factored by themselves.

Same answers as :class:`scoring.solver.Exact`, at the cost of the blocks instead of the cube of all judges.
Blocks of equal size are handled together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from scoring.solver import scale_rows
from scoring.types import AnyInts, BoolArray, FloatArray

_FEWEST_JUDGES = 100
_WORTHWHILE = 4.0


@dataclass(frozen=True, eq=False)
class Partition:
    """Judges by pool: for every size of a pool the judges of the pools of that size, shape (pools, size)."""

    judges: tuple[AnyInts, ...]
    n_judges: int

    @cached_property
    def places(self) -> list[tuple[BoolArray, AnyInts, AnyInts]]:
        """For every size: which judges, and the pool and the place in the pool of each of them."""
        out = []
        for judges in self.judges:
            kind = np.zeros(self.n_judges, dtype=np.bool_)
            block, place = np.zeros(self.n_judges, dtype=np.int64), np.zeros(self.n_judges, dtype=np.int64)
            kind[judges] = True
            block[judges], place[judges] = np.arange(len(judges))[:, None], np.arange(judges.shape[1])
            out.append((kind, block, place))
        return out

    @property
    def cells(self) -> int:
        """Cells of all blocks together."""
        return int(sum(part.size * part.shape[1] for part in self.judges))

    @property
    def worthwhile(self) -> bool:
        """Whether blocks cost clearly less than one dense system."""
        return self.n_judges > _FEWEST_JUDGES and self.cells * _WORTHWHILE < self.n_judges**2


def partition_of(pairs: csr_matrix) -> Partition:
    """The judges of each pool; a judge without scores is a pool of one.

    Parameters
    ----------
    pairs : csr_matrix, shape (N, J)
    """
    n_entries, n_judges = pairs.shape
    size = n_entries + n_judges
    ends = np.append(pairs.indptr, np.full(n_judges, pairs.nnz))
    graph = csr_matrix((np.ones(pairs.nnz), pairs.indices + n_entries, ends), shape=(size, size))
    label = connected_components(graph, directed=False)[1][n_entries:]
    _, label = np.unique(label, return_inverse=True)
    order, count = np.argsort(label, kind="stable"), np.bincount(label)
    first = np.cumsum(count) - count
    parts = [order[first[count == s][:, None] + np.arange(s)] for s in np.unique(count).tolist()]
    return Partition(tuple(parts), n_judges)


class Blocks:
    """Factors and inverses of the blocks of S; see :class:`scoring.solver.Exact` for the arguments."""

    def __init__(
        self,
        pairs: csr_matrix,
        judge_weight: FloatArray,
        kappa: FloatArray,
        shrink: FloatArray,
        g_judge: float,
        partition: Partition,
    ) -> None:
        self._pairs, self._kappa, self._partition = pairs, kappa, partition
        coupled = self._gathered(shrink)
        self._quadratic, self._root_inverse, self.inverse = [], [], []
        self._log_det = 0.0
        for judges, gram in zip(partition.judges, coupled, strict=True):
            one = np.eye(judges.shape[1])
            quadratic = one * judge_weight[judges][:, :, None] - gram
            factor = np.linalg.cholesky(one + g_judge * quadratic)
            root = np.linalg.inv(factor)
            self._log_det += 2.0 * float(np.log(np.diagonal(factor, axis1=1, axis2=2)).sum())
            self._quadratic.append(quadratic)
            self._root_inverse.append(root)
            self.inverse.append(np.swapaxes(root, 1, 2) @ root)

    def solve(self, rhs: FloatArray, *, rough: bool = False, within: float = 0.0) -> FloatArray:
        """``S^-1 rhs`` for columns, shape (J, r); always exact."""
        out = np.empty_like(rhs)
        for judges, root in zip(self._partition.judges, self._root_inverse, strict=True):
            out[judges] = np.swapaxes(root, 1, 2) @ (root @ rhs[judges])
        return out

    def noise(self, normal: FloatArray) -> FloatArray:
        """Draws with covariance ``S^-1`` from standard normal ones, shape (J, m)."""
        out = np.empty_like(normal)
        for judges, root in zip(self._partition.judges, self._root_inverse, strict=True):
            out[judges] = np.swapaxes(root, 1, 2) @ normal[judges]
        return out

    def log_det(self) -> float:
        """``log |S|``."""
        return self._log_det

    def trace_judges(self) -> float:
        """As :meth:`scoring.solver.Exact.trace_judges`."""
        return float(sum(np.vdot(a, b) for a, b in zip(self.inverse, self._quadratic, strict=True)))

    def trace_entries(self) -> float:
        """As :meth:`scoring.solver.Exact.trace_entries`."""
        coupled = self._gathered(self._kappa * self._kappa)
        return float(sum(np.vdot(a, b) for a, b in zip(self.inverse, coupled, strict=True)))

    def inverse_table(self) -> csr_matrix:
        """``S^-1`` as a sparse table, shape (J, J)."""
        rows = [np.repeat(judges, judges.shape[1], axis=1).ravel() for judges in self._partition.judges]
        columns = [np.tile(judges, (1, judges.shape[1])).ravel() for judges in self._partition.judges]
        data = np.concatenate([part.ravel() for part in self.inverse])
        shape = (self._partition.n_judges, self._partition.n_judges)
        return csr_matrix((data, (np.concatenate(rows), np.concatenate(columns))), shape=shape)

    def _gathered(self, weight: FloatArray) -> list[FloatArray]:
        """Blocks of ``A' diag(weight) A``, one array for each size, shape (pools, size, size)."""
        scaled = scale_rows(self._pairs, np.sqrt(weight))
        table = csr_matrix(scaled.T @ scaled)
        row = np.repeat(np.arange(self._partition.n_judges), np.diff(table.indptr))
        out = []
        for judges, (kind, block, place) in zip(self._partition.judges, self._partition.places, strict=True):
            mine = np.flatnonzero(kind[row])
            gram = np.zeros((*judges.shape, judges.shape[1]))
            gram[block[row[mine]], place[row[mine]], place[table.indices[mine]]] = table.data[mine]
            out.append(gram)
        return out
