"""Which judge reads which entry: fair first, then best, never in conflict, and always comparable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scoring.arguments import chosen, positive, real, unmasked, whole
from scoring.bridging import Bridges, home_pools, plan, weak_pools, with_bridges
from scoring.design_errors import USUAL_VARIANCES, design_se
from scoring.eligible import FULL_ARCS, Eligible, eligible
from scoring.errors import Clash, Infeasible, ScoringError, places
from scoring.flow import FloatArray, Int64, Network, Solver, best, best_first, fair_floor, possible
from scoring.links import Linkage, linkage
from scoring.threads import one_thread
from scoring.types import Composite

ROUNDS = 6


@dataclass(frozen=True, eq=False)
class Assignment:
    """Who judges what.

    Attributes
    ----------
    pairs : int array, shape (m, 2)
        Entry and judge, sorted; kept pairs included.
    floor : float
        Smallest affinity among all pairs (NaN without pairs).
    fair_floor : float
        The floor that every new pair keeps apart from bridges: no assignment could promise more.
    total : float
        Sum of the affinities of all pairs.
    loads : int array, shape (J,)
        Entries of each judge.
    linkage : Linkage
        Components and weakest link of the resulting design.
    bridges : int array, shape (b,)
        Entries that were given a judge from another pool on purpose.
    expected_se : float array, shape (E,)
        Standard error each calibrated score will have, in points of a 0..100 scale, before anybody scores.
    """

    pairs: Int64
    floor: float
    fair_floor: float
    total: float
    loads: Int64
    linkage: Linkage
    bridges: Int64
    expected_se: FloatArray


def assign(
    affinity: Any,
    demand: ArrayLike,
    min_load: ArrayLike,
    max_load: ArrayLike,
    conflicts: Any,
    keep: Any = None,
    bridge_share: float = 0.05,
    seed: int = 0,
    *,
    variances: tuple[float, float, float] = USUAL_VARIANCES,
    solver: Solver = "auto",
) -> Assignment:
    """Assign judges to entries.

    In this order: no pair in conflict and none twice; kept pairs stay; each entry gets its demand, each
    judge a load between minimum and maximum; judges form one connected design in which pools share at
    least ``bridge_share`` of their assignments; the worst pair is as good as it can be; the total is the
    greatest; loads are even where that costs nothing.

    Parameters
    ----------
    affinity : array, shape (E, J), or scipy sparse
        Fitness of each pair, higher is better.  Dense: NaN marks a pair that is not eligible (language,
        expertise).  Sparse: only stored pairs are eligible, stored zeros included.
    demand : int or array of int, shape (E,)
        Judges per entry.  Kept pairs count; an entry with more kept judges than its demand keeps them.
    min_load, max_load : int or array of int, shape (J,)
        Least and most entries per judge.
    conflicts : bool array (E, J), scipy sparse, pairs (m, 2), or None
        Pairs that must never be made.
    keep : pairs (m, 2), bool array (E, J) or scipy sparse, optional
        Pairs that must stay, because work has begun.
    bridge_share : float
        Least share of a pool's assignments that go to judges of other pools, 0..1; 0 switches bridging
        off.  Without entries that take two judges nothing can be bridged.
    seed : int
        Decides between entries that would bridge at equal loss, and which random pairs are offered to
        the solver when there are more than a million.
    variances : three floats
        Variances of entries, judges and residual behind ``expected_se``.
    solver : {"auto", "ortools", "highs"}
        OR-tools if it can be imported, else the linear programme with the same optimum.

    Returns
    -------
    Assignment

    Raises
    ------
    Infeasible
        Names the entries or judges for whom demand, loads, conflicts or bridges cannot be met.
    ScoringError
        Arrays of wrong shape or value.

    Notes
    -----
    The floor is the bottleneck of Garg, Kavitha, Kumar, Mehlhorn & Mestre 2010 ("Assigning papers to
    referees") on single pairs; the total is a minimum-cost flow.  Affinities count in steps of 1e-9 of
    their range, 1e-6 beyond 200,000 pairs.  Beyond a million eligible pairs each entry offers its 60 best
    and 10 random judges, so floor and total are optimal among those (on 10,000 x 500 equal to the
    optimum over all pairs).

    References
    ----------
    Ahuja, Magnanti & Orlin (1993), Network Flows (minimum-cost flow).  Kobren, Saha & McCallum (2019), Paper
    matching with local fairness constraints, doi:10.1145/3292500.3330899 (floors).

    Examples
    --------
    >>> import numpy as np
    >>> from scoring import assign
    >>> result = assign(np.array([[0.9, 0.1, 0.5], [0.2, 0.8, 0.6]]), 2, 1, 2, None)
    >>> len(result.pairs), result.linkage.n_components
    (4, 1)
    """
    options = eligible(affinity, conflicts, keep)
    n_entries, n_judges = options.shape
    fixed_pairs = options.fixed_pairs
    wanted = _whole(demand, n_entries, "demand")
    low, high = _whole(min_load, n_judges, "min_load"), _whole(max_load, n_judges, "max_load")
    if not 0 <= real(bridge_share, "bridge_share") <= 1:
        raise ScoringError("bridge_share must be between 0 and 1.")
    whole(seed, "seed")
    chosen(solver, "solver", ("auto", "ortools", "highs"))
    positive(variances, "variances", 3)
    fixed_load = np.bincount(fixed_pairs[:, 1], minlength=n_judges)
    begun = np.bincount(fixed_pairs[:, 0], minlength=n_entries)
    _check_loads(low, high, fixed_load)
    need, low_left = np.maximum(wanted - begun, 0), np.maximum(low - fixed_load, 0)
    empty = np.empty(0, dtype=np.int64)
    shell = Network(need, np.arange(n_entries), empty, empty, np.empty(0), low_left, high - fixed_load)
    net, tau = _offered(shell, options, seed)
    matching, bridged = _linked(net, options, tau, np.maximum(wanted, begun), bridge_share, seed, solver)
    pairs = np.concatenate([fixed_pairs, matching.pairs])
    values = np.concatenate([options.kept_affinity, matching.affinity])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, values = pairs[order], values[order]
    links = _linkage(pairs, options.shape)
    if links.n_components > 1 and bridge_share > 0 and np.maximum(wanted, begun).max(initial=0) > 1:
        raise _unlinked(pairs, options.shape)
    return Assignment(
        pairs=pairs,
        floor=float(values.min()) if len(values) else float("nan"),
        fair_floor=matching.floor,
        total=float(values.sum()),
        loads=np.bincount(pairs[:, 1], minlength=n_judges).astype(np.int64),
        linkage=links,
        bridges=bridged,
        expected_se=design_se(pairs, options.shape, variances),
    )


def _whole(demands: ArrayLike, n: int, what: str) -> Int64:
    numbers = unmasked(demands, what)
    if numbers.shape not in ((), (n,)):
        raise ScoringError(f"{what} must be one number or {n} of them.")
    if numbers.dtype.kind not in "iuf" or not (np.isfinite(numbers) & (numbers == np.rint(numbers))).all():
        raise ScoringError(f"{what} must be whole.")
    if numbers.size and numbers.min() < 0:
        raise ScoringError(f"{what} must not be negative.")
    return np.broadcast_to(numbers, (n,)).astype(np.int64)


def _check_loads(low: Int64, high: Int64, fixed_load: Int64) -> None:
    crossed = np.flatnonzero(low > high)
    if len(crossed):
        raise Infeasible(
            "Minimum above maximum load", [f"judge {j}: {low[j]} > {high[j]}" for j in crossed],
            [Clash("crossed_loads", (), (int(j),), needed=int(low[j]), available=int(high[j])) for j in crossed],
        )  # fmt: skip
    full = np.flatnonzero(fixed_load > high)
    if len(full):
        raise Infeasible(
            "More kept pairs than the maximum load",
            [f"judge {j}: {fixed_load[j]} kept, at most {high[j]}" for j in full],
            [Clash("kept_over_load", (), (int(j),), needed=int(fixed_load[j]), available=int(high[j])) for j in full],
        )  # fmt: skip


def _offered(shell: Network, options: Eligible, seed: int) -> tuple[Network, float]:
    """The arcs offered to the solver, all or the near ones when those are enough, and their fair floor."""
    size = options.shape[0] * options.shape[1] if options.stored is None else options.stored.nnz
    if size > FULL_ARCS:
        entry, judge, affinity = options.near(shell.need, seed)
        net = replace(shell, seat=entry, judge=judge, affinity=affinity)
        try:
            return net, fair_floor(net)
        except Infeasible:
            pass  # the pairs that were left out may be the ones that are missing
    entry, judge, affinity = options.arcs()
    net = replace(shell, seat=entry, judge=judge, affinity=affinity)
    return net, fair_floor(net)


@dataclass(frozen=True, eq=False)
class _Matching:
    pairs: Int64
    affinity: FloatArray
    floor: float


def _solved(net: Network, floor: float, solver: Solver) -> _Matching:
    used = np.flatnonzero(best(net, solver))
    pairs = np.column_stack([net.entry[net.seat[used]], net.judge[used]])
    return _Matching(pairs, net.affinity[used], floor)


def _linked(
    net: Network, options: Eligible, tau: float, judges_of: Int64, share: float, seed: int, solver: Solver
) -> tuple[_Matching, Int64]:
    """The best assignment, with bridges added until judges are one well linked group."""
    bridges: list[Bridges] = []
    matching: _Matching | None = None
    bridging = share > 0 and int(judges_of.max(initial=0)) > 1
    if bridging and len(net.seat) > FULL_ARCS // 5:
        # One solution costs most of the time: guess the pools from every entry's favourite judges.
        better = _bridged(net, options, _favourites(net, tau), bridges, tau, judges_of, share, seed, solver)
        if better is not None:
            bridges, matching = better
    if matching is None:
        matching = _solved(with_bridges(net, bridges, options, tau), tau, solver)
    for _ in range(ROUNDS if bridging else 0):
        better = _bridged(net, options, matching, bridges, tau, judges_of, share, seed, solver)
        if better is None:
            break
        bridges, matching = better
    entries = np.concatenate([part.entry for part in bridges]) if bridges else np.empty(0, dtype=np.int64)
    return matching, np.unique(entries)


def _favourites(net: Network, tau: float) -> _Matching:
    """Every entry with the judges it would take if loads did not count."""
    good = np.flatnonzero(net.affinity >= tau)
    order, first = best_first(net.seat[good], net.affinity[good], len(net.need))
    order = good[order]
    place = np.arange(len(order)) - first[net.seat[order]]
    top = order[place < net.need[net.seat[order]]]
    return _Matching(np.column_stack([net.seat[top], net.judge[top]]), net.affinity[top], 0.0)


def _bridged(
    net: Network, options: Eligible, matching: _Matching, before: list[Bridges], tau: float, judges_of: Int64,
    share: float, seed: int, solver: Solver,
) -> tuple[list[Bridges], _Matching] | None:  # fmt: skip
    """The bridges that weakly linked pools need beside those before, the fullest plan that can be met, and the
    best assignment with them; None when nothing is missing or nothing helps."""
    pairs = np.concatenate([options.fixed_pairs, matching.pairs])
    with one_thread():
        pool, count = weak_pools(pairs, options.shape, share)
    if count <= 1:
        return None
    worst = np.full(options.shape[0], np.inf)
    np.minimum.at(worst, matching.pairs[:, 0], matching.affinity)
    free = net.need.copy()
    for part in before:
        free[part.entry] = 0
    trials: list[list[Bridges]] = []
    for wanted, even in ((share, False), (share, True), (share / 2, True), (0.0, True)):
        new = plan(options, pairs, worst, free, judges_of, pool, count, wanted, even, seed)
        trials.append([*before, new])
        try:
            return trials[-1], _solved(with_bridges(net, trials[-1], options, tau), tau, solver)
        except Infeasible:
            pass  # fewer bridges, or a lower floor, may do
    for trial in trials:
        bridged = with_bridges(net, trial, options, -np.inf)
        if possible(bridged, np.ones(len(bridged.seat), dtype=bool)):
            exempt = np.where(bridged.seat >= options.shape[0], np.inf, bridged.affinity)
            floor = fair_floor(replace(bridged, affinity=exempt))
            return trial, _solved(with_bridges(net, trial, options, floor), floor, solver)
    return None


def _unlinked(pairs: Int64, shape: tuple[int, int]) -> Infeasible:
    """The error that names the pools nothing links."""
    pool, count = weak_pools(pairs, shape, 0.0)
    home, _ = home_pools(pairs, pool, shape[0], count)
    groups = [(np.flatnonzero(pool == number), np.flatnonzero(home == number)) for number in range(count)]
    named = [f"judges {judges[:5].tolist()} (entries {entries[:5].tolist()})" for judges, entries in groups]
    clashes = [Clash("unlinked", places(entries), places(judges)) for judges, entries in groups]
    text = "No eligible pairs are left that would link these pools (bridge_share=0 allows it)"
    return Infeasible(text, named, clashes)


def _linkage(pairs: Int64, shape: tuple[int, int]) -> Linkage:
    ones = np.ones(len(pairs))
    return linkage(
        Composite(
            entry=pairs[:, 0].astype(np.int32), judge=pairs[:, 1].astype(np.int32), y=np.zeros(len(pairs)),
            weight=ones, coverage=ones, fixed=None, entry_ids=np.arange(shape[0]), judge_ids=np.arange(shape[1]),
            n_entries=shape[0], n_judges=shape[1], lo=-np.inf, hi=np.inf,
        )
    )  # fmt: skip
