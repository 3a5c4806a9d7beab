"""Who may judge what: affinities without conflicts, kept work taken out, cut down where there is plenty."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from scoring.arguments import numbers, unmasked
from scoring.errors import Clash, Infeasible, ScoringError
from scoring.flow import FloatArray, Int64

FULL_ARCS = 1_000_000
"""Up to this many entry-judge pairs all are offered to the solver."""

NEAREST, RANDOM = 60, 10
"""Beyond it each entry offers its judges of greatest affinity and some seeded random ones."""

BLOCK = 32
"""Entries of a dense table handled at a time, so that they stay in the cache."""


@dataclass(frozen=True, eq=False)
class Eligible:
    """Eligible pairs as a dense table (-inf = not eligible) or as csr (stored = eligible), and kept pairs.

    Attributes
    ----------
    table : float array, shape (E, J), or None
    stored : csr matrix, shape (E, J), or None
    kept : int array, shape (m, 2)
    kept_affinity : float array, shape (m,)
        0 where the kept pair had no affinity.
    """

    table: FloatArray | None
    stored: sparse.csr_matrix | None
    fixed_pairs: Int64
    kept_affinity: FloatArray
    shape: tuple[int, int]

    def arcs(self, entries: Int64 | None = None) -> tuple[Int64, Int64, FloatArray]:
        """Entry, judge and affinity of all eligible pairs, of all or of some entries, sorted."""
        rows = np.arange(self.shape[0]) if entries is None else entries
        if self.table is not None:
            part = self.table if entries is None else self.table[rows]
            where, judge, affinity = _marked(part > -np.inf, part)
            return where if entries is None else rows[where], judge, affinity
        assert self.stored is not None
        part = self.stored if entries is None else self.stored[rows]
        where = np.repeat(np.arange(len(rows)), np.diff(part.indptr))
        return rows[where], part.indices.astype(np.int64), part.data.astype(float)

    def arcs_into(self, entries: Int64, pool: Int64, target: Int64) -> tuple[Int64, Int64, FloatArray]:
        """Position in ``entries`` (sorted), judge and affinity of the pairs with a judge of the entry's target pool."""
        if self.table is not None:
            part = self.table[entries]
            return _marked((part > -np.inf) & (pool == target[:, None]), part)
        entry, judge, affinity = self.arcs(entries)
        place = np.searchsorted(entries, entry)
        good = pool[judge] == target[place]
        return place[good], judge[good], affinity[good]

    def near(self, demand: Int64, seed: int) -> tuple[Int64, Int64, FloatArray]:
        """The arcs of each entry's best judges and of some random ones, sorted, without repeats."""
        n_entries, n_judges = self.shape
        width = min(max(NEAREST, 6 * int(demand.max(initial=1))), n_judges)
        rng = np.random.default_rng(seed)
        if self.table is not None:
            offered = _top(self.table, width)
            offered[np.arange(n_entries)[:, None], rng.integers(0, n_judges, (n_entries, RANDOM))] = True
            offered &= self.table > -np.inf
            return _marked(offered, self.table)
        entry, judge, affinity = self.arcs()
        order = np.lexsort((-affinity, entry))
        place = np.arange(len(entry)) - np.searchsorted(entry, np.arange(n_entries))[entry]
        keep = np.zeros(len(entry), dtype=bool)
        keep[order[place < width]] = True
        lottery = np.lexsort((rng.random(len(entry)), entry))
        keep[lottery[place < RANDOM]] = True
        return entry[keep], judge[keep], affinity[keep]

    def best_in_pools(self, pool: Int64, n_pools: int) -> FloatArray:
        """Greatest eligible affinity of each entry in each pool of judges, shape (E, P); -inf for none."""
        result = np.full((self.shape[0], n_pools), -np.inf)
        if self.table is not None:
            order = np.argsort(pool, kind="stable")
            order = order[pool[order] >= 0]
            start = np.searchsorted(pool[order], np.arange(n_pools))
            for at in range(0, self.shape[0], BLOCK):
                # Judges as rows: whole rows are compared at a time.
                part = np.ascontiguousarray(self.table[at : at + BLOCK].T).take(order, axis=0)
                result[at : at + BLOCK] = np.maximum.reduceat(part, start, axis=0).T
            return result
        entry, judge, affinity = self.arcs()
        good = pool[judge] >= 0
        np.maximum.at(result, (entry[good], pool[judge[good]]), affinity[good])
        return result


def _marked(mask: NDArray[np.bool_], table: FloatArray) -> tuple[Int64, Int64, FloatArray]:
    """Entry, judge and affinity of the marked cells, sorted."""
    flat = np.flatnonzero(mask)
    entry = np.repeat(np.arange(len(mask)), np.count_nonzero(mask, axis=1))
    return entry, flat - entry * mask.shape[1], table.ravel()[flat]


def _top(table: FloatArray, width: int) -> NDArray[np.bool_]:
    """Mask of each entry's ``width`` best judges.

    Of judges equal in the last place those come first that follow the entry's own place in the round of
    judges, so that entries without preferences do not all offer the same ones.
    """
    n_entries, n_judges = table.shape
    last = np.empty(n_entries)
    for at in range(0, n_entries, BLOCK):
        last[at : at + BLOCK] = np.partition(table[at : at + BLOCK], n_judges - width, axis=1)[:, n_judges - width]
    mask: NDArray[np.bool_] = table >= last[:, None]
    crowded = np.flatnonzero((np.count_nonzero(mask, axis=1) > width) & (last > -np.inf))
    for rows in np.array_split(crowded, 1 + len(crowded) // 1000):
        turn = (rows[:, None] * width + np.arange(n_judges)) % n_judges
        tied = table[rows[:, None], turn] == last[rows, None]
        room = width - np.count_nonzero(table[rows] > last[rows, None], axis=1)
        mask[rows[:, None], turn] &= ~tied | (np.cumsum(tied, axis=1) <= room[:, None])
    return mask


def eligible(affinity: Any, conflicts: Any, keep: Any) -> Eligible:
    """Check and combine what :func:`scoring.assign` was given; see there for the forms it takes."""
    raw_pairs = sparse.csr_matrix(affinity) if sparse.issparse(affinity) else numbers(affinity, "affinity")
    if raw_pairs.ndim != 2:
        raise ScoringError("affinity must be a table of entries x judges.")
    n_entries, n_judges = int(raw_pairs.shape[0]), int(raw_pairs.shape[1])
    shape = (n_entries, n_judges)
    barred = pairs_of(conflicts, shape, "conflicts")
    fixed_pairs = pairs_of(keep, shape, "keep")
    clash = np.intersect1d(barred @ [n_judges, 1], fixed_pairs @ [n_judges, 1], assume_unique=True)
    if len(clash):
        named = [f"entry {key // n_judges} with judge {key % n_judges}" for key in clash]
        clashes = [Clash("kept_in_conflict", (int(key // n_judges),), (int(key % n_judges),)) for key in clash]
        raise Infeasible("Kept pairs are in conflict", named, clashes)
    gone = np.concatenate([barred, fixed_pairs])
    if isinstance(raw_pairs, np.ndarray):
        table = raw_pairs.copy()
        if not np.isfinite(table).all():
            if np.isposinf(table).any():
                raise ScoringError("affinity must not be infinite.")
            table[np.isnan(table)] = -np.inf
        kept_affinity = table[fixed_pairs[:, 0], fixed_pairs[:, 1]]
        table[gone[:, 0], gone[:, 1]] = -np.inf
        return Eligible(table, None, fixed_pairs, np.where(np.isfinite(kept_affinity), kept_affinity, 0.0), shape)
    raw_pairs.sum_duplicates()
    kept_affinity = np.array([raw_pairs[entry, judge] for entry, judge in fixed_pairs], dtype=float)
    entry = np.repeat(np.arange(n_entries), np.diff(raw_pairs.indptr))
    key = entry * n_judges + raw_pairs.indices
    good = np.isfinite(raw_pairs.data) & ~np.isin(key, gone @ [n_judges, 1])
    data = raw_pairs.data[good].astype(float)
    # Built from parts: a matrix operation would drop stored zeros, which are eligible pairs too.
    indptr = np.searchsorted(entry[good], np.arange(n_entries + 1))
    stored = sparse.csr_matrix((data, raw_pairs.indices[good], indptr), shape=shape)
    return Eligible(None, stored, fixed_pairs, np.where(np.isfinite(kept_affinity), kept_affinity, 0.0), shape)


def pairs_of(raw_pairs: Any, shape: tuple[int, int], what: str) -> Int64:
    """Distinct (entry, judge) pairs, sorted, from pairs, a boolean table, a sparse table or None."""
    if raw_pairs is None:
        return np.empty((0, 2), dtype=np.int64)
    if sparse.issparse(raw_pairs):
        table = sparse.csr_matrix(raw_pairs)
        if table.shape != shape:
            raise ScoringError(f"{what} must be of shape {shape}.")
        table.sum_duplicates()
        table.eliminate_zeros()
        rows = np.repeat(np.arange(shape[0]), np.diff(table.indptr))
        return np.column_stack([rows, table.indices]).astype(np.int64)
    listed = unmasked(sorted(raw_pairs) if isinstance(raw_pairs, Set) else raw_pairs, what)
    if listed.dtype == bool and listed.ndim == 2:
        if listed.shape != shape:
            raise ScoringError(f"{what} must be of shape {shape}.")
        at = np.flatnonzero(listed)
        rows = at // max(shape[1], 1)
        return np.column_stack([rows, at - rows * shape[1]]).astype(np.int64)
    if not listed.size:
        return np.empty((0, 2), dtype=np.int64)
    if listed.ndim != 2 or listed.shape[1] != 2 or listed.dtype.kind not in "iu":
        raise ScoringError(f"{what} must be pairs of entry and judge, or a boolean table of shape {shape}.")
    if listed.min() < 0 or (listed.max(axis=0) >= np.array(shape)).any():
        raise ScoringError(f"{what} must point inside a table of shape {shape}.")
    return np.unique(listed.astype(np.int64), axis=0)
