"""Entries of ``S^-1`` near its diagonal, for panels of many judges in blocks.

Judges who share many entries form blocks; between blocks S couples weakly.  Inverting S on each judge's
strongest neighbours gives the judge's row of ``S^-1`` there.  What is left out lowers a variance by the square
of the couplings that leave the neighbourhood.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import csr_matrix

from scoring.types import FloatArray

MOST_NEIGHBOURS = 64
_CHUNK = 256


def inverse_nearby(pairs: csr_matrix, judge_weight: FloatArray, shrink: FloatArray, g_judge: float) -> csr_matrix:
    """Rows of ``S^-1`` on every judge's strongest neighbours, symmetrised.

    Parameters
    ----------
    pairs : csr_matrix, shape (N, J)
    judge_weight, shrink : array, shape (J,), (N,)
    g_judge : float
        As for :class:`scoring.solver.Exact`.

    Returns
    -------
    csr_matrix, shape (J, J)
    """
    rooted = sparse.diags(np.sqrt(shrink)) @ pairs
    system = csr_matrix(sparse.identity(len(judge_weight)) + g_judge * (
        sparse.diags(judge_weight) - rooted.T @ rooted
    ))
    system.sort_indices()
    near = _neighbourhoods(system)
    size = near.shape[1]
    values = np.empty(near.shape)
    for start in range(0, len(near), _CHUNK):
        block = near[start : start + _CHUNK]
        rows = np.maximum(np.repeat(block[:, :, None], size, axis=2), 0).ravel()
        columns = np.maximum(np.repeat(block[:, None, :], size, axis=1), 0).ravel()
        local = np.asarray(system[rows, columns]).reshape(len(block), size, size)
        missing = block < 0
        local[missing[:, :, None] | missing[:, None, :]] = 0.0
        local[:, np.arange(size), np.arange(size)] += missing
        values[start : start + _CHUNK] = np.linalg.solve(local, np.eye(size)[None, :, :1])[:, :, 0]
    present = near >= 0
    owner = np.repeat(np.arange(len(near)), size).reshape(near.shape)
    rows = csr_matrix((values[present], (owner[present], near[present])), shape=system.shape)
    return csr_matrix((rows + rows.T) / 2.0)


def _neighbourhoods(system: csr_matrix) -> np.ndarray:
    """Each judge and its strongest couplings, relative to both diagonals; -1 where there are fewer."""
    diagonal = system.diagonal()
    degree = np.diff(system.indptr)
    owner = np.repeat(np.arange(system.shape[0]), degree)
    strength = np.square(system.data) / (diagonal[owner] * diagonal[system.indices])
    order = np.lexsort((system.indices, -strength, owner))
    place = np.arange(len(order)) - np.repeat(system.indptr[:-1], degree)
    size = min(int(degree.max(initial=1)), MOST_NEIGHBOURS)
    chosen = place < size
    out = np.full((system.shape[0], size), -1, dtype=np.int64)
    out[owner[order][chosen], place[chosen]] = system.indices[order][chosen]
    return out


def stored_product(pairs: csr_matrix, matrix: csr_matrix) -> FloatArray:
    """``(A M)_ij`` for the stored pairs of A."""
    pattern = csr_matrix((np.ones(pairs.nnz), pairs.indices, pairs.indptr), shape=pairs.shape)
    product = csr_matrix((pairs @ matrix).multiply(pattern)) + 0.0 * pattern
    product.sort_indices()
    owner = np.repeat(np.arange(pairs.shape[0], dtype=np.int64), np.diff(pairs.indptr)) * pairs.shape[1]
    stored_at = np.repeat(np.arange(pairs.shape[0], dtype=np.int64), np.diff(product.indptr)) * pairs.shape[1]
    place = np.searchsorted(stored_at + product.indices, owner + pairs.indices)
    place = np.minimum(place, max(product.nnz - 1, 0))
    hit = (stored_at + product.indices)[place] == owner + pairs.indices
    return np.asarray(np.where(hit, product.data[place], 0.0))
