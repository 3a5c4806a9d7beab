"""How exact each calibrated score will be, before anybody scores: from who reads what alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from scoring.arguments import positive, unmasked
from scoring.errors import ScoringError
from scoring.flow import FloatArray
from scoring.threads import one_thread

USUAL_VARIANCES = (100.0, 50.0, 80.0)
"""Variances of entries, judges and residual in squared points of a 0..100 scale that design standard
errors assume before anybody scores: entries differ by 10 points, judges by 7, one score by 9."""

EXACT_JUDGES = 1500

CELLS = 4_000_000
"""Cells of gathered judge pairs held at a time (32 MB)."""


def design_se(
    pairs: ArrayLike, shape: tuple[int, int], variances: tuple[float, float, float] = USUAL_VARIANCES
) -> FloatArray:
    """Standard error of each entry's calibrated effect, from the design alone.

    The prediction error variance of the mixed model y = mu + q_i + b_j + e (Henderson 1975): with
    k_i = g / (1 + g n_i), g = var_entry / var_residual and S the judges' reduced system,
    PEV_i = s (k_i + k_i^2 (a_i' S^-1 a_i g_judge)) plus the border for mu.  Exact up to 1,500 judges,
    beyond that with the diagonal of S.

    Parameters
    ----------
    pairs : int array, shape (m, 2)
    shape : (E, J)
    variances : three floats
        Of entries, judges and residual.

    Returns
    -------
    float array, shape (E,)
        In the square root of the unit of ``variances``; an entry without judges gets sqrt(var_entry).

    Raises
    ------
    ScoringError
        Pairs outside the shape, or variances that are no variances.

    References
    ----------
    Henderson (1975), Biometrics 31, doi:10.2307/2529430 (prediction error variance).

    Examples
    --------
    >>> import numpy as np
    >>> from scoring import design_se
    >>> design_se(np.array([(0, 0), (0, 1), (1, 0), (1, 1), (2, 1)]), (3, 2)).round(2).tolist()
    [7.4, 7.4, 7.86]
    """
    of_entry, of_judge, noise = positive(variances, "variances", 3)
    table = _table(pairs, shape)
    ratio, judge_ratio = of_entry / noise, of_judge / noise
    n_i = np.asarray(table.sum(axis=1)).ravel()
    n_j = np.asarray(table.sum(axis=0)).ravel()
    k = ratio / (1.0 + ratio * n_i)
    coupling = (table.T @ sparse.diags_array(k) @ table).tocsr()
    if shape[1] <= EXACT_JUDGES:
        with one_thread():
            system = np.eye(shape[1]) + judge_ratio * (np.diag(n_j) - coupling.toarray())
            factor = cho_factor(system)
            inverse = judge_ratio * cho_solve(factor, np.eye(shape[1]))
        spread = _own_sums(table, inverse)
        through = inverse @ (n_j - table.T @ (k * n_i))
    else:
        diagonal = judge_ratio / (1.0 + judge_ratio * (n_j - coupling.diagonal()))
        spread = table @ diagonal
        through = diagonal * (n_j - table.T @ (k * n_i))
    # Border: mu is estimated too, with C' P C its information once entries and judges are taken out.
    effect = k * (n_i - table @ through)
    information = float(n_i.sum() - n_i @ effect - n_j @ through)
    border = effect**2 / information if information > 0 else 0.0
    pev = noise * (k + k**2 * spread + border)
    error: FloatArray = np.sqrt(pev)
    return error


def _own_sums(table: sparse.csr_matrix, matrix: FloatArray) -> FloatArray:
    """For each entry the sum of the matrix over pairs of its own judges, entries of like size at a time."""
    size = np.diff(table.indptr)
    total = np.zeros(len(size))
    for m in np.unique(size[size > 0]):
        like = np.flatnonzero(size == m)
        for rows in np.array_split(like, 1 + len(like) * m * m // CELLS):
            judges = table.indices[table.indptr[rows][:, None] + np.arange(m)]
            total[rows] = matrix[judges[:, :, None], judges[:, None, :]].sum(axis=(1, 2))
    return total


def _table(pairs: ArrayLike, shape: tuple[int, int]) -> sparse.csr_matrix:
    """How often each judge reads each entry."""
    size = positive(shape, "shape", 2)
    n_entries, n_judges = int(size[0]), int(size[1])
    if (n_entries, n_judges) != size:
        raise ScoringError("shape must be two whole numbers.")
    listed = unmasked(pairs, "pairs")
    if listed.size and (listed.ndim != 2 or listed.shape[1] != 2 or listed.dtype.kind not in "iu"):
        raise ScoringError("pairs must be pairs of entry and judge.")
    listed = listed.reshape(-1, 2).astype(np.int64)
    if listed.size and (listed.min() < 0 or (listed.max(axis=0) >= (n_entries, n_judges)).any()):
        raise ScoringError(f"pairs must point inside {n_entries} entries and {n_judges} judges.")
    return sparse.csr_matrix((np.ones(len(listed)), (listed[:, 0], listed[:, 1])), shape=(n_entries, n_judges))
