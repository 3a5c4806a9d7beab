"""The sums a crossed model needs, and nothing of size n after that.

Model: ``y = X beta + a_j q_i + b_j + e`` with ``var(e) = s v_j / w``.  With ``omega = w / v_j`` everything
the likelihood needs is the sparse entry x judge table ``A = sum(omega a_j)`` and sums over entries and over
judges, so an iteration costs O(pairs) and touches no row (Henderson 1973; Gao & Owen 2020 on cost).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from scipy import sparse
from scipy.sparse import csr_matrix

from scoring.types import AnyInts, Composite, FloatArray, IntArray, tally

_FEW_COLUMNS = 8


@dataclass(frozen=True, eq=False)
class Design:
    """Sums of one data set; ``R`` below is the row table ``[y, X]`` with centred and scaled ``y``.

    Attributes
    ----------
    entry, judge : array of int32, shape (n,)
    raw : array, shape (n,)
        Totals as given; ``y = (raw - centre) / unit``.
    columns : array, shape (n, p)
        Fixed-effect columns X, full rank; the first ``n_pools`` are pool indicators (or the intercept).
    omega : array, shape (n,)
        Effective row weight.
    pairs : csr_matrix, shape (N, J)
        ``A``; replicates are summed.
    entry_weight, judge_weight : array
        ``sum(omega a^2)`` per entry, ``sum(omega)`` per judge.
    entry_sums, judge_sums : array, shape (N, 1 + p), (J, 1 + p)
        ``sum(omega a R)`` per entry, ``sum(omega R)`` per judge.
    gram : array, shape (1 + p, 1 + p)
        ``R' diag(omega) R``.
    n_groups : int
        The last columns of X are indicators of groups of entries (topics, say) with random effects.
    penalty : array, shape (p,)
        What is added to the diagonal of ``X' H^-1 X``: ``s / var_group`` for group columns, 0 for the others.
    group_of_entry : array of int32, shape (N,)
        Group column of each entry, counted from the first; 0 without groups.
    """

    entry: IntArray
    judge: IntArray
    raw: FloatArray
    columns: FloatArray
    weight: FloatArray
    omega: FloatArray
    scale: FloatArray | None
    pairs: csr_matrix
    entry_weight: FloatArray
    judge_weight: FloatArray
    entry_sums: FloatArray
    judge_sums: FloatArray
    gram: FloatArray
    log_weight: float
    centre: float
    unit: float
    n_pools: int
    n_groups: int
    penalty: FloatArray
    group_of_entry: IntArray

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.raw)

    @property
    def y(self) -> FloatArray:
        """Centred and scaled totals."""
        return (self.raw - self.centre) / self.unit

    @property
    def p(self) -> int:
        """Columns of X: pools, fixed effects, groups."""
        return int(self.columns.shape[1])

    @property
    def log_penalty(self) -> float:
        """Sum of the logarithms of the group columns' penalties."""
        return float(np.log(self.penalty[self.p - self.n_groups :]).sum())

    def with_group_ratio(self, ratio: float) -> Design:
        """The same design with ``var_group / s = ratio``, above zero."""
        penalty = np.zeros(self.p)
        penalty[self.p - self.n_groups :] = 1.0 / ratio
        return replace(self, penalty=penalty)


def build(
    comp: Composite,
    pairs: csr_matrix,
    *,
    pool_of_entry: IntArray,
    n_pools: int,
    fixed_entries: bool = False,
    noise: FloatArray | None = None,
    scale: FloatArray | None = None,
) -> Design:
    """Sums for a composite whose rows all carry information.

    Parameters
    ----------
    comp : Composite
    pairs : csr_matrix, shape (N, J)
        Rows per judge and entry.
    pool_of_entry : array of int, shape (N,)
        Pool whose mean the entry's rows get (all 0 for one common intercept).
    n_pools : int
    fixed_entries : bool
        Entries as fixed effects: no intercept, and only columns that vary within entries.
    noise, scale : array, shape (J,), optional
        Noise-variance ratio ``v_j`` and scale ``a_j`` of each judge; default 1.
    """
    columns = _within(comp) if fixed_entries else _columns(comp, pool_of_entry, n_pools)
    n_groups, group_of_entry = 0, np.zeros(comp.n_entries, dtype=np.int32)
    if comp.group is not None and not fixed_entries:
        _, code = np.unique(comp.group[comp.entry], return_inverse=True)
        n_groups = int(code.max(initial=-1)) + 1 if code.max(initial=0) > 0 else 0
        if n_groups:
            group_of_entry[comp.entry] = code
            columns = np.column_stack([columns, code[:, None] == np.arange(n_groups)])
    total = float(comp.weight.sum())
    centre = float(comp.weight @ comp.y) / total
    spread = comp.y - centre
    unit = float(np.sqrt(comp.weight @ (spread * spread) / total)) or 1.0
    blank = Design(
        entry=comp.entry,
        judge=comp.judge,
        raw=comp.y,
        columns=columns,
        weight=comp.weight,
        omega=comp.weight,
        scale=None,
        pairs=pairs,
        entry_weight=np.zeros(0),
        judge_weight=np.zeros(0),
        entry_sums=np.zeros((0, 0)),
        judge_sums=np.zeros((0, 0)),
        gram=np.zeros((0, 0)),
        log_weight=0.0,
        centre=centre,
        unit=unit,
        n_pools=n_pools,
        n_groups=n_groups,
        penalty=np.concatenate([np.zeros(columns.shape[1] - n_groups), np.ones(n_groups)]),
        group_of_entry=group_of_entry,
    )
    return reweighted(blank, noise, scale, unbuilt=True)


def reweighted(
    design: Design, noise: FloatArray | None, scale: FloatArray | None, *, unbuilt: bool = False
) -> Design:
    """The same rows under other judge reliabilities and scales."""
    judge, entry = design.judge, design.entry
    n_entries, n_judges = design.pairs.shape
    plain = noise is None and scale is None and bool((design.weight == 1.0).all())
    omega = design.weight if noise is None else design.weight / noise[judge]
    with_scale = omega if scale is None else omega * scale[judge]
    pairs = design.pairs
    if not (plain and unbuilt):
        pairs = cast(
            csr_matrix,
            sparse.coo_matrix((with_scale, (entry, judge)), shape=(n_entries, n_judges)).tocsr(),
        )
        pairs.sum_duplicates()
    rows = np.column_stack([design.y, design.columns])
    squared = with_scale if scale is None else with_scale * scale[judge]
    weighted = rows * omega[:, None]
    return replace(
        design,
        omega=omega,
        scale=scale,
        pairs=pairs,
        entry_weight=tally(entry, squared, n_entries),
        judge_weight=tally(judge, omega, n_judges),
        entry_sums=_sums(entry, rows, with_scale, n_entries),
        judge_sums=_sums(judge, rows, omega, n_judges),
        gram=rows.T @ weighted,
        log_weight=0.0 if plain else float(np.log(omega).sum()),
    )


def shifted(design: Design, rows: AnyInts, raw: FloatArray) -> Design:
    """The same design after the totals of some rows changed: sums move by the difference.

    Parameters
    ----------
    design : Design
    rows : array of int
        Rows that changed, each once.
    raw : array, shape (n,)
        All totals, as given.
    """
    delta = (raw[rows] - design.raw[rows]) / design.unit
    middle = (raw[rows] + design.raw[rows] - 2.0 * design.centre) / design.unit
    moved = delta * design.omega[rows]
    scale = 1.0 if design.scale is None else design.scale[design.judge[rows]]
    entry_sums, judge_sums = design.entry_sums.copy(), design.judge_sums.copy()
    np.add.at(entry_sums[:, 0], design.entry[rows], moved * scale)
    np.add.at(judge_sums[:, 0], design.judge[rows], moved)
    gram = design.gram.copy()
    cross = design.columns[rows].T @ moved
    gram[0, 1:] += cross
    gram[1:, 0] += cross
    gram[0, 0] += float(middle @ moved)
    return replace(design, raw=raw, entry_sums=entry_sums, judge_sums=judge_sums, gram=gram)


def _sums(index: AnyInts, rows: FloatArray, weight: FloatArray, size: int) -> FloatArray:
    if rows.shape[1] > _FEW_COLUMNS:
        table = sparse.coo_matrix((weight, (index, np.arange(len(index)))), shape=(size, len(index))).tocsr()
        return np.asarray(table @ rows)
    return np.column_stack([tally(index, rows[:, c] * weight, size) for c in range(rows.shape[1])])


def _columns(comp: Composite, pool_of_entry: IntArray, n_pools: int) -> FloatArray:
    """Pool indicators (or the intercept) and those given columns that add something."""
    n = len(comp.y)
    base = np.ones((n, 1))
    if n_pools > 1:
        base = (pool_of_entry[comp.entry][:, None] == np.arange(n_pools)).astype(np.float64)
    if comp.fixed is None:
        return base
    orthogonal, _ = np.linalg.qr(base)
    return np.column_stack([base, *_independent(comp.fixed, comp.fixed, orthogonal)])


def _within(comp: Composite) -> FloatArray:
    """Given columns that are independent after taking out the entries' means."""
    nothing = np.zeros((len(comp.y), 0))
    if comp.fixed is None:
        return nothing
    count = np.maximum(np.bincount(comp.entry, minlength=comp.n_entries), 1)
    means = _sums(comp.entry, comp.fixed, np.ones(len(comp.y)), comp.n_entries) / count[:, None]
    return np.column_stack([nothing, *_independent(comp.fixed, comp.fixed - means[comp.entry], nothing)])


def _independent(columns: FloatArray, parts: FloatArray, orthogonal: FloatArray) -> list[FloatArray]:
    """Columns whose part is not explained by ``orthogonal`` and the columns kept before."""
    independent = []
    for column, part in zip(columns.T, parts.T, strict=True):
        rest = part - orthogonal @ (orthogonal.T @ part)
        rest -= orthogonal @ (orthogonal.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > 1e-9 * max(float(np.linalg.norm(column)), 1e-300):
            independent.append(column[:, None])
            orthogonal = np.column_stack([orthogonal, rest / size])
    return independent
