"""Prediction error variances from the judge system.

With ``C_bb = s g_j S^-1``, ``var(q_i) = s k_i + k_i^2 a_i' C_bb a_i`` and
``cov(q_i, b_j) = -k_i (A C_bb)_ij``.
These are conditional on the fixed effects, as lme4's ``condVar``; the fixed effects' own variance is the
same for all entries of a pool and cancels in comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from scoring.design import Design
from scoring.links import well_mixed
from scoring.neighbours import inverse_nearby, stored_product
from scoring.reml import Solution
from scoring.solver import Exact
from scoring.solver_blocks import Blocks
from scoring.types import AnyInts, FloatArray

_CELLS = 2_000_000


@dataclass(frozen=True, eq=False)
class Spread:
    """Prediction error (co)variances in scaled units.

    ``entry`` (N,), ``judge`` (J,), and ``pair`` = cov(q_i, b_j) for the stored pairs of the design.
    """

    entry: FloatArray
    judge: FloatArray
    pair: FloatArray


def spread(design: Design, at: Solution) -> Spread:
    """Variances of entry and judge effects; approximate in iterative mode.

    In an evenly mixed panel the diagonal of S is within 1 % from about 500 judges on.  In panels of blocks the
    inverse is taken in each judge's neighbourhood instead (:mod:`scoring.neighbours`).
    """
    pairs, shrink = design.pairs, at.shrink
    s_judge = at.residual * at.ratios[1]
    if isinstance(at.system, Exact):
        along = _along(pairs, at.system.inverse)
        judge = s_judge * np.diagonal(at.system.inverse)
    elif isinstance(at.system, Blocks):
        table = at.system.inverse_table()
        along = stored_product(pairs, table)
        judge = s_judge * table.diagonal()
    elif not well_mixed(pairs):
        local = inverse_nearby(pairs, design.judge_weight, shrink, at.ratios[1])
        along = stored_product(pairs, local)
        judge = s_judge * local.diagonal()
    else:
        inverse = 1.0 / at.system.diagonal
        along = pairs.data * inverse[pairs.indices]
        judge = s_judge * inverse
    quadratic = row_sums(pairs, pairs.data * along)
    entry = at.residual * shrink + s_judge * shrink * shrink * quadratic
    pair = -s_judge * np.repeat(shrink, np.diff(pairs.indptr)) * along
    return Spread(entry, np.asarray(judge), pair)


def row_sums(pairs: csr_matrix, data: FloatArray) -> FloatArray:
    """Sum of per-pair values over each entry."""
    index = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
    return np.asarray(np.bincount(index, data, pairs.shape[0]), dtype=np.float64)


def pair_of_row(design: Design) -> AnyInts:
    """Position of each row's judge-entry pair in the design's sparse table."""
    pairs = design.pairs
    n_judges = max(pairs.shape[1], 1)
    owner = np.repeat(np.arange(pairs.shape[0], dtype=np.int64), np.diff(pairs.indptr))
    stored = owner * n_judges + pairs.indices
    wanted = design.entry.astype(np.int64) * n_judges + design.judge
    if len(stored) == len(wanted) and bool((stored == wanted).all()):
        return np.arange(len(wanted))
    return np.asarray(np.searchsorted(stored, wanted))


def _along(pairs: csr_matrix, inverse: FloatArray) -> FloatArray:
    """``(A S^-1)_ij`` for the stored pairs, by pair gathers or by blocks, whichever costs less."""
    counts = np.diff(pairs.indptr)
    if float(np.square(counts, dtype=np.float64).sum()) < 0.2 * float(pairs.nnz) * pairs.shape[1]:
        return _gathered(pairs, inverse, counts)
    out = np.empty(pairs.nnz)
    step = max(1, _CELLS // max(pairs.shape[1], 1))
    for start in range(0, pairs.shape[0], step):
        stop = min(start + step, pairs.shape[0])
        block = pairs[start:stop]
        first, last = int(pairs.indptr[start]), int(pairs.indptr[stop])
        owner = np.repeat(np.arange(stop - start), counts[start:stop])
        out[first:last] = (block @ inverse)[owner, block.indices]
    return out


def _gathered(pairs: csr_matrix, inverse: FloatArray, counts: AnyInts) -> FloatArray:
    first = np.repeat(pairs.indptr[:-1], counts)
    size = np.repeat(counts, counts)
    out = np.zeros(pairs.nnz)
    for offset in range(int(counts.max(initial=0))):
        rows = np.flatnonzero(size > offset)
        other = first[rows] + offset
        out[rows] += pairs.data[other] * inverse[pairs.indices[other], pairs.indices[rows]]
    return out
