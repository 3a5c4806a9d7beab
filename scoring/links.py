"""Which entries can be compared: connected pools, the weakest link, and the entries that bridge it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, cg, splu

from scoring.arguments import instance
from scoring.solver import gram
from scoring.threads import one_thread
from scoring.totals import scored
from scoring.types import BoolArray, Composite, FloatArray, IntArray

_DENSE_JUDGES = 1500
_SPARSE_SHARE = 64
_POWER_STEPS = 30
_WALK = 8
_MIXING_STEPS = 6
_SUGGESTED = 12


@dataclass(frozen=True)
class MissingBridge:
    """What would link a pool of entries to the largest pool: one score by any of ``largest_judges`` on any of
    ``entries``, or by any of ``judges`` on an entry of the largest pool; two or more make the link firm.

    Attributes
    ----------
    component : int
        Number of the pool.
    entries, judges : tuple of int
        Positions of the pool's entries and of the judges who scored them.
    largest_judges : tuple of int
        Positions of judges of the largest pool with the fewest entries, at most 12.
    """

    component: int
    entries: tuple[int, ...]
    judges: tuple[int, ...]
    largest_judges: tuple[int, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Linkage:
    """How judges tie the entries together.

    Attributes
    ----------
    component : array of int32, shape (N,)
        Pool of each entry, 0 = the pool with most entries; -1 for an entry without a score.
    judge_component : array of int32, shape (J,)
        Pool of each judge; -1 for a judge without a score.
    n_components : int
        Number of pools.
    weakest_contrast_se : float
        Standard error of the difference in mean leniency between the two groups of judges that are tied
        together most weakly, with entries and judges as fixed effects, in units of the residual standard
        deviation of one score.  Small is good; infinite with more than one pool.  The groups are the
        signs of the Fiedler vector of the judge Laplacian ``diag(N_j) - A' diag(1/n_i) A`` (Fiedler 1973;
        MacKay, Kenna, Low & Parker 2017 use the same graph for the accuracy of a calibration).
    mixed_contrast_se : float
        The same error if the judges' scores were spread over all entries evenly: what the number of scores
        alone would give.  A link is weak where ``weakest_contrast_se`` is much larger.
    bridges : array of int32
        Positions of the entries scored on both sides of that weakest link, in increasing order.
    missing : tuple of MissingBridge
        One for each pool but the largest: what would link it.
    """

    component: IntArray
    judge_component: IntArray
    n_components: int
    weakest_contrast_se: float
    mixed_contrast_se: float
    bridges: IntArray
    missing: tuple[MissingBridge, ...] = ()

    def __repr__(self) -> str:
        return f"<Linkage: {self.n_components} pools, weakest contrast {self.weakest_contrast_se:.3g}>"


def linkage(comp: Composite) -> Linkage:
    """Components and weakest link of the entry x judge graph; looks at who scored whom, not at scores.

    Parameters
    ----------
    comp : Composite
        Rows with coverage 0 do not link anything.

    Returns
    -------
    Linkage

    References
    ----------
    Fiedler (1973), Czechoslovak Mathematical Journal 23, doi:10.21136/CMJ.1973.101168.  MacKay, Kenna, Low & Parker
    (2017), Royal Society Open Science 4, doi:10.1098/rsos.160760 (accuracy of a calibration from its graph).

    Examples
    --------
    >>> from scoring import composite_from, linkage
    >>> link = linkage(composite_from([0, 0, 1, 1, 2, 3], [0, 1, 0, 1, 2, 2], [1, 2, 3, 4, 5, 6]))
    >>> link.n_components, link.missing[0].entries, link.missing[0].judges
    (2, (2, 3), (2,))
    """
    rows = scored(instance(comp, "comp", Composite))
    counts = pair_counts(rows)
    component, judge_component, count = pools(counts)
    empty = np.zeros(0, dtype=np.int32)
    if count != 1:
        error = float("inf") if count else 0.0
        missing = missing_bridges(counts, component, judge_component, count)
        return Linkage(component, judge_component, count, error, error, empty, missing)
    pairs = sparse.coo_matrix(
        (rows.weight, (rows.entry, rows.judge)), shape=(comp.n_entries, comp.n_judges)
    ).tocsr()[:, np.flatnonzero(judge_component == 0)]
    if pairs.shape[1] < 2:
        return Linkage(component, judge_component, count, 0.0, 0.0, empty)
    with one_thread():
        side, error = _weakest_split(pairs)
    mixed = _mixed_error(pairs, side)
    touched = (pairs != 0).astype(np.float64)
    left = touched @ side
    both = (left > 0) & (left < np.asarray(touched.sum(axis=1)).ravel())
    return Linkage(component, judge_component, count, error, mixed, np.flatnonzero(both).astype(np.int32))


def missing_bridges(
    pairs: csr_matrix, component: IntArray, judge_component: IntArray, count: int
) -> tuple[MissingBridge, ...]:
    """What would link each pool but the largest to the largest one; arguments as from :func:`pools`."""
    load = np.bincount(pairs.indices, minlength=pairs.shape[1])
    largest = np.flatnonzero(judge_component == 0)
    free = tuple(sorted(largest[np.argsort(load[largest], kind="stable")][:_SUGGESTED].tolist()))
    return tuple(
        MissingBridge(
            pool,
            tuple(np.flatnonzero(component == pool).tolist()),
            tuple(np.flatnonzero(judge_component == pool).tolist()),
            free,
        )
        for pool in range(1, count)
    )


def well_mixed(pairs: csr_matrix) -> bool:
    """Whether a linked panel is so well mixed that no link in it can be weak; a few passes over the pairs.

    A random walk judge - entry - judge forgets where it began at the rate of the second eigenvalue of the
    judge graph.  The error of the weakest contrast is twice that of an evenly mixed panel only where one minus
    this eigenvalue is below a quarter of the even panel's.

    Parameters
    ----------
    pairs : csr_matrix, shape (N, J)
        Weights of one pool.
    """
    judge_weight = np.asarray(pairs.sum(axis=0)).ravel()
    per_entry = _inverse_weight(pairs)
    per_judge = np.divide(1.0, judge_weight, out=np.zeros_like(judge_weight), where=judge_weight > 0)
    share = (judge_weight / judge_weight.sum()).astype(np.float32)
    table = csr_matrix((pairs.data.astype(np.float32), pairs.indices, pairs.indptr), shape=pairs.shape, copy=False)
    back, spread_entry, spread_judge = table.T, per_entry.astype(np.float32), per_judge.astype(np.float32)
    state = np.random.default_rng(0).standard_normal(pairs.shape[1]).astype(np.float32)
    rate = 1.0
    for _ in range(_MIXING_STEPS):
        state = state - share @ state
        moved = spread_judge * (back @ (spread_entry * (table @ state)))
        rate = float((share * state) @ moved) / max(float((share * state) @ state), 1e-300)
        state = moved / max(float(np.abs(moved).max()), 1e-30)
    lost = np.count_nonzero(per_entry) / float(judge_weight.sum())
    return bool(1.0 - rate > 0.25 * (1.0 - lost))


def pair_counts(comp: Composite) -> csr_matrix:
    """Rows per judge and entry, shape (N, J), indices sorted."""
    table = sparse.coo_matrix(
        (np.ones(len(comp.y)), (comp.entry, comp.judge)), shape=(comp.n_entries, comp.n_judges)
    ).tocsr()
    table.sum_duplicates()
    return csr_matrix(table)


def pools(pairs: csr_matrix) -> tuple[IntArray, IntArray, int]:
    """Component of each entry and judge, largest pool first, and their number; -1 where unscored.

    Parameters
    ----------
    pairs : csr_matrix, shape (N, J)
        See :func:`pair_counts`.
    """
    n_entries, n_judges = pairs.shape
    seen = np.concatenate([np.diff(pairs.indptr) > 0, np.bincount(pairs.indices, minlength=n_judges) > 0])
    if _one_pool(pairs, seen):
        whole = np.where(seen, 0, -1).astype(np.int32)
        return whole[:n_entries], whole[n_entries:], 1
    graph = csr_matrix(
        (pairs.data, pairs.indices + n_entries, np.append(pairs.indptr, np.full(n_judges, pairs.nnz))),
        shape=(n_entries + n_judges, n_entries + n_judges),
    )
    _, label = connected_components(graph, directed=False)
    used, first = np.unique(label[:n_entries][seen[:n_entries]], return_index=True)
    size = np.bincount(label[:n_entries], weights=seen[:n_entries], minlength=int(label.max(initial=0)) + 1)
    order = used[np.lexsort((first, -size[used]))]
    number = np.full(len(size), -1, dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    renamed = np.where(seen, number[label], -1).astype(np.int32)
    return renamed[:n_entries], renamed[n_entries:], len(order)


def _one_pool(pairs: csr_matrix, seen: BoolArray) -> bool:
    """Whether a few steps from one judge reach everybody, as in any well-mixed panel."""
    n_entries = pairs.shape[0]
    if not seen[n_entries:].any():
        return False
    reached = np.zeros(pairs.shape[1])
    reached[int(np.argmax(seen[n_entries:]))] = 1.0
    for _ in range(_WALK):
        entries = ((pairs @ reached) > 0).astype(np.float64)
        further = ((pairs.T @ entries) > 0).astype(np.float64)
        if bool((further >= seen[n_entries:]).all()):
            return bool((((pairs @ further) > 0) >= seen[:n_entries]).all())
        if (further == reached).all():
            return False
        reached = further
    return False


def _weakest_split(pairs: csr_matrix) -> tuple[FloatArray, float]:
    """0/1 side of each judge, and the standard error of the difference of the sides' means."""
    n_judges = pairs.shape[1]
    solve = _solver(pairs)
    vector = np.random.default_rng(0).standard_normal(n_judges)
    for _ in range(_POWER_STEPS):
        vector = solve(vector - vector.mean())
        vector -= vector.mean()
        vector /= np.linalg.norm(vector)
    side = (vector > 0).astype(np.float64)
    if side[0] == 1.0:
        side = 1.0 - side
    contrast = side / side.sum() - (1.0 - side) / (n_judges - side.sum())
    return side, float(np.sqrt(max(float(contrast @ solve(contrast)), 0.0)))


def _mixed_error(pairs: csr_matrix, side: FloatArray) -> float:
    """Error of the sides' difference when every entry's judges are a random draw."""
    weight = np.asarray(pairs.sum(axis=0)).ravel()
    one, other = float(weight @ side), float(weight @ (1.0 - side))
    scored_entries = np.count_nonzero(np.diff(pairs.indptr))
    lost = scored_entries / float(weight.sum())
    return float(np.sqrt((1.0 / one + 1.0 / other) / max(1.0 - lost, 1e-12)))


def _solver(pairs: csr_matrix) -> Callable[[FloatArray], FloatArray]:
    """Pseudo-inverse of the judge Laplacian: dense, sparse where few judges meet each other, or iterative."""
    if pairs.shape[1] <= _DENSE_JUDGES:
        return _dense_solver(pairs)
    met = int(np.square(np.diff(pairs.indptr).astype(np.float64)).sum())
    return _sparse_solver(pairs) if met <= _SPARSE_SHARE * pairs.shape[1] ** 1.5 else _iterative_solver(pairs)


def _sparse_solver(pairs: csr_matrix) -> Callable[[FloatArray], FloatArray]:
    """By a sparse factor of the Laplacian with its first judge held at zero."""
    scaled = sparse.diags(np.sqrt(_inverse_weight(pairs))) @ pairs
    laplacian = sparse.diags(np.asarray(pairs.sum(axis=0)).ravel()) - scaled.T @ scaled
    factor = splu(sparse.csc_matrix(laplacian[1:, 1:]))

    def solve(vector: FloatArray) -> FloatArray:
        out = np.concatenate([[0.0], factor.solve((vector - vector.mean())[1:])])
        return np.asarray(out - out.mean())

    return solve


def _dense_solver(pairs: csr_matrix) -> Callable[[FloatArray], FloatArray]:
    """Pseudo-inverse of the judge Laplacian on vectors without mean."""
    laplacian = np.diag(np.asarray(pairs.sum(axis=0)).ravel()) - gram(pairs, _inverse_weight(pairs))
    laplacian += np.trace(laplacian) / len(laplacian) ** 2
    factor = cho_factor(laplacian)
    return lambda vector: np.asarray(cho_solve(factor, vector, check_finite=False))


def _iterative_solver(pairs: csr_matrix) -> Callable[[FloatArray], FloatArray]:
    weight = np.asarray(pairs.sum(axis=0)).ravel()
    inverse = _inverse_weight(pairs)
    diagonal = weight - np.asarray(pairs.power(2).T @ inverse)
    shape = (len(weight), len(weight))
    operator = LinearOperator(shape, lambda v: weight * v - pairs.T @ (inverse * (pairs @ v)))
    jacobi = LinearOperator(shape, lambda v: v / np.maximum(diagonal, 1e-12 * weight))

    def solve(vector: FloatArray) -> FloatArray:
        solution, _ = cg(operator, vector - vector.mean(), rtol=1e-9, maxiter=2000, M=jacobi)
        return np.asarray(solution - solution.mean())

    return solve


def _inverse_weight(pairs: csr_matrix) -> FloatArray:
    total = np.asarray(pairs.sum(axis=1)).ravel()
    return np.asarray(np.divide(1.0, total, out=np.zeros_like(total), where=total > 0))
