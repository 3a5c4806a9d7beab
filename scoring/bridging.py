"""Bridges between pools of judges, so that everybody's scores can be put on one scale.

An assignment of greatest affinity gives each track its own judges and leaves nothing to compare them by.
Pools are found in the assignment itself: its connected components, each split further along the Fiedler
vector of the judge graph (Fiedler 1973) while the two sides share less than the wanted share of
assignments.  Each pool then sends that share of its assignments to judges of other pools, at the least
loss of affinity, dealt round so that every pool is tied to several others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import eigh
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigsh

from scoring.eligible import Eligible
from scoring.flow import FloatArray, Int64, Network, best_first

DENSE_JUDGES = 1500

MANY_ARCS, NEAREST = 50_000, 16


@dataclass(frozen=True, eq=False)
class Bridges:
    """Entries of which one judge must come from another pool.

    Attributes
    ----------
    entry, home, target : int arrays, shape (b,)
    pool : int array, shape (J,)
        Pool of each judge that ``home`` and ``target`` refer to.
    """

    entry: Int64
    home: Int64
    target: Int64
    pool: Int64


def weak_pools(pairs: Int64, shape: tuple[int, int], share: float) -> tuple[Int64, int]:
    """Pool of each judge (-1 without a pair) and the number of pools; one pool means well linked."""
    table = sparse.csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=shape)
    pool = np.full(shape[1], -1)
    count = 0
    judges = np.flatnonzero(np.bincount(pairs[:, 1], minlength=shape[1]))
    waiting = _components(_part(table[:, judges], judges))
    while waiting:
        part = waiting.pop(0)
        side = _weak_side(part, share)
        if side is None:
            pool[part.judges] = count
            count += 1
        else:
            halves = [_part(part.table[:, half], part.judges[half]) for half in (side, ~side)]
            waiting = [*_components(halves[0]), *_components(halves[1]), *waiting]
    return pool, count


@dataclass(frozen=True, eq=False)
class _Part:
    """Some judges, their entries (rows of ``table``) and how strongly these link them."""

    judges: Int64
    table: sparse.csr_matrix
    linked: sparse.csr_matrix


def _part(table: sparse.csr_matrix, judges: Int64) -> _Part:
    """Entries that none of these judges reads are left out: each further split has less to look at."""
    counts = np.diff(table.indptr)
    indptr = np.append(0, np.cumsum(counts[counts > 0]))
    table = sparse.csr_matrix((table.data, table.indices, indptr), shape=(len(indptr) - 1, len(judges)))
    degree = np.diff(indptr)
    scaled = sparse.csr_matrix((table.data * np.repeat(1.0 / degree, degree), table.indices, indptr), shape=table.shape)
    return _Part(judges, table, (table.T @ scaled).tocsr())


def _components(part: _Part) -> list[_Part]:
    """The part by who is linked to whom through entries of these judges alone."""
    count, label = connected_components(part.linked, directed=False)
    if count == 1:
        return [part]
    _, first = np.unique(label, return_index=True)
    groups = [np.flatnonzero(label == label[at]) for at in np.sort(first)]
    return [_part(part.table[:, group], part.judges[group]) for group in groups]


def _weak_side(part: _Part, share: float) -> NDArray[np.bool_] | None:
    """Mask of one side of the weakest split, or None when the sides share enough assignments."""
    n_judges = len(part.judges)
    if n_judges < 2:
        return None
    loads = np.bincount(part.table.indices, minlength=n_judges).astype(float)
    if n_judges <= DENSE_JUDGES:
        _, vectors = eigh(np.diag(loads) - part.linked.toarray(), subset_by_index=[0, 1])
    else:
        laplacian = sparse.diags_array(loads) - part.linked
        start = np.random.default_rng(0).standard_normal(n_judges)
        shift = sparse.csc_matrix(laplacian + 1e-6 * sparse.eye_array(n_judges))
        _, vectors = eigsh(shift, k=2, sigma=0.0, v0=start)
    # Rounding in the last digits must not decide for a judge in the middle.
    side: NDArray[np.bool_] = np.round(vectors[:, 1] / np.abs(vectors[:, 1]).max(), 6) > 0
    if side[0]:
        side = ~side
    left, degree = part.table @ side.astype(float), np.diff(part.table.indptr)
    crossing = float(np.minimum(left, degree - left).sum())
    smaller = min(float(left.sum()), float((degree - left).sum()))
    return side if crossing < share * smaller else None


def home_pools(pairs: Int64, pool: Int64, n_entries: int, n_pools: int) -> tuple[Int64, Int64]:
    """Pool most of an entry's judges belong to (-1 for none), and whether some belong to another."""
    table = np.zeros((n_entries, n_pools), dtype=np.int64)
    np.add.at(table, (pairs[:, 0], pool[pairs[:, 1]]), 1)
    home = np.where(table.any(axis=1), table.argmax(axis=1), -1)
    return home, table.sum(axis=1) - table.max(axis=1)


def plan(
    options: Eligible, pairs: Int64, worst: FloatArray, free: Int64, judges_of: Int64,
    pool: Int64, n_pools: int, share: float, even: bool, seed: int,
) -> Bridges:  # fmt: skip
    """Choose the entries that bridge.

    Parameters
    ----------
    pairs : int array, shape (m, 2)
        The assignment that lacks bridges.
    worst : float array, shape (E,)
        Affinity of the pair an entry would give up.
    free, judges_of : int arrays, shape (E,)
        Judges still open, and judges in all, of each entry.
    even : bool
        Whether two pools send each other equally many, which leaves every load as it was.
    """
    home, crossing = home_pools(pairs, pool, options.shape[0], n_pools)
    size = np.bincount(home[pairs[:, 0]], minlength=n_pools)
    already = np.bincount(home[home >= 0], weights=crossing[home >= 0], minlength=n_pools)
    wanted = _quota(size.astype(np.int64), already, share, even)
    best = options.best_in_pools(pool, n_pools)
    lottery = np.random.default_rng(seed).permutation(options.shape[0])
    open_ = (free > 0) & (judges_of > 1) & (crossing == 0) & (home >= 0)
    picked: list[tuple[int, int, int]] = []
    for shift in range(1, n_pools):
        for source in range(n_pools):
            target = (source + shift) % n_pools
            ready = np.flatnonzero(open_ & (home == source) & np.isfinite(best[:, target]))
            loss = worst[ready] - best[ready, target]
            chosen = ready[np.lexsort((lottery[ready], loss))][: wanted[source, target]]
            open_[chosen] = False
            picked += [(int(entry), source, target) for entry in chosen]
    table = np.array(picked, dtype=np.int64).reshape(-1, 3)
    return Bridges(table[:, 0], table[:, 1], table[:, 2], pool)


def _quota(size: Int64, already: NDArray[Any], share: float, even: bool) -> Int64:
    """Bridges from each pool to each other one, dealt round; at least one to the next pool."""
    n_pools = len(size)
    wanted = np.zeros((n_pools, n_pools), dtype=np.int64)
    least = np.maximum(np.ceil(share * size - already - 1e-9), 1).astype(np.int64)
    for source in range(n_pools):
        turn = (source + 1 + np.arange(n_pools - 1)) % n_pools
        base, rest = divmod(int(least[source]), n_pools - 1)
        wanted[source, turn] = base
        wanted[source, turn[:rest]] += 1
    if even:
        wanted = np.minimum(wanted, wanted.T)
        here = np.arange(n_pools)
        following = (here + 1) % n_pools
        wanted[here, following] = np.maximum(wanted[here, following], 1)
        wanted[following, here] = np.maximum(wanted[following, here], 1)
    return wanted


def with_bridges(net: Network, bridges: list[Bridges], options: Eligible, floor: float) -> Network:
    """The network in which bridging entries hold one seat for a judge of their target pool.

    Arcs below ``floor`` are left out, except those of bridging seats.  With a floor, and more than 50,000
    arcs to bridging seats, each seat offers its 16 best judges: enough to find places, and much faster.
    """
    good = np.flatnonzero(net.affinity >= floor)
    need = net.need.copy()
    seat, judge, affinity, entry = [], [], [], [net.entry]
    for part in bridges:
        need[part.entry] -= 1
        home = np.full(len(net.entry), -1)
        home[part.entry] = part.home
        bound = home[net.seat[good]]
        good = good[(bound < 0) | (part.pool[net.judge[good]] == bound)]
        first = sum(len(group) for group in entry)
        number = np.argsort(part.entry)
        place, arc_judge, arc_affinity = options.arcs_into(part.entry[number], part.pool, part.target[number])
        arc_seat = number[place]
        if len(place) > MANY_ARCS and np.isfinite(floor):
            near = _nearest(arc_seat, arc_affinity, len(part.entry))
            arc_seat, arc_judge, arc_affinity = arc_seat[near], arc_judge[near], arc_affinity[near]
        seat.append(first + arc_seat)
        judge.append(arc_judge)
        affinity.append(arc_affinity)
        entry.append(part.entry)
    return Network(
        need=np.concatenate([need, np.ones(sum(len(group) for group in entry[1:]), dtype=np.int64)]),
        entry=np.concatenate(entry),
        seat=np.concatenate([net.seat[good], *seat]),
        judge=np.concatenate([net.judge[good], *judge]),
        affinity=np.concatenate([net.affinity[good], *affinity]),
        low=net.low,
        high=net.high,
    )


def _nearest(seat: Int64, affinity: FloatArray, seats: int) -> Int64:
    """Positions of the best few arcs of each seat."""
    order, first = best_first(seat, affinity, seats)
    place = np.arange(len(order)) - first[seat[order]]
    return np.sort(order[place < NEAREST])
