"""Flows from entries to judges: is there an assignment, how fair can it be, which one is best.

The network: every seat node (an entry, or part of one) sends ``need`` units over arcs of capacity one to
judges; a judge passes ``min_load`` units straight to the sink and up to ``max_load - min_load`` more
through a hub that takes exactly what the minimums leave over.  So a flow of the full demand exists if and
only if some assignment keeps every minimum and maximum (Ahuja, Magnanti & Orlin 1993, section 6.7).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from scoring.errors import Clash, Infeasible, NotConverged, places

Int64: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]
Solver = Literal["auto", "ortools", "highs"]

PRICE_SCALE, FACE = 1e3, 1e-6
"""Range of the prices HiGHS sees, whose tolerance is 1e-7, and the reduced cost that counts as zero."""

LOAD_STEPS = 8
"""Price steps of a judge's load between the smallest minimum and the largest maximum."""


@dataclass(frozen=True, eq=False)
class Network:
    """Who may judge what.

    Attributes
    ----------
    need : int array, shape (S,)
        Judges each seat node still needs.
    entry : int array, shape (S,)
        The entry each seat node belongs to.
    seat, judge : int arrays, shape (m,)
        Arcs; no pair of entry and judge appears twice.
    affinity : float array, shape (m,)
    low, high : int arrays, shape (J,)
        Least and most further entries of each judge.
    """

    need: Int64
    entry: Int64
    seat: Int64
    judge: Int64
    affinity: FloatArray
    low: Int64
    high: Int64

    @property
    def demand(self) -> int:
        """Pairs to be made."""
        return int(self.need.sum())


def _graph(net: Network, arcs: NDArray[Any], low: Int64) -> tuple[sparse.csr_matrix, int, int]:
    """Capacities for a maximum flow from the first to the second of the returned nodes."""
    seats, judges = len(net.need), len(net.high)
    source, hub, sink = seats + judges, seats + judges + 1, seats + judges + 2
    every = seats + np.arange(judges)
    tails = (np.full(seats, source), net.seat[arcs], every, every, [hub])
    heads = (np.arange(seats), seats + net.judge[arcs], np.full(judges, sink), np.full(judges, hub), [sink])
    ones = np.ones(len(tails[1]), dtype=np.int64)
    spare = max(net.demand - int(low.sum()), 0)
    caps = (net.need, ones, low, net.high - low, [spare])
    size = sink + 1
    matrix = sparse.csr_matrix(
        (np.concatenate(caps).astype(np.int32), (np.concatenate(tails), np.concatenate(heads))), shape=(size, size)
    )
    return matrix, source, sink


def possible(net: Network, arcs: NDArray[Any]) -> bool:
    """Whether the arcs (a mask or positions) carry the whole demand within the loads."""
    if net.demand < int(net.low.sum()):
        return False
    graph, source, sink = _graph(net, arcs, net.low)
    return int(maximum_flow(graph, source, sink).flow_value) == net.demand


def check(net: Network) -> None:
    """Raise Infeasible, naming entries or judges, when no assignment exists."""
    everything = np.ones(len(net.seat), dtype=bool)
    if possible(net, everything):
        return
    lonely = np.flatnonzero(np.bincount(net.seat, minlength=len(net.need)) < net.need)
    if len(lonely):
        taken = np.bincount(net.seat, minlength=len(net.need))
        named = [f"entry {net.entry[s]} needs {net.need[s]} more judges, {taken[s]} may take it" for s in lonely]
        clashes = [
            Clash("judges_of_entry", (int(net.entry[s]),), needed=int(net.need[s]), available=int(taken[s]))
            for s in lonely
        ]
        raise Infeasible("Too few eligible judges", named, clashes)
    graph, source, sink = _graph(net, everything, np.zeros_like(net.low))
    flow = maximum_flow(graph, source, sink)
    if flow.flow_value < net.demand:
        # The source side of a minimum cut is a set of entries whose judges cannot carry them (Hall).
        reached = _reached(graph - flow.flow, source)
        side = reached[reached < len(net.need)]
        full = reached[(reached >= len(net.need)) & (reached < source)] - len(net.need)
        needed = int(net.need[side].sum())
        placeable = needed - (net.demand - int(flow.flow_value))
        entries = np.unique(net.entry[side])
        raise Infeasible(
            "Too few free judges",
            [f"entries {_some(entries)} need {needed} more judgements, their judges can give {placeable}"],
            [Clash("room", places(entries), places(full), needed=needed, available=placeable)],
        )
    taken = np.bincount(net.judge, minlength=len(net.low))
    idle = np.flatnonzero(taken < net.low)
    if not len(idle):
        idle = np.flatnonzero(_unfilled(net) > 0)
    raise Infeasible(
        "Too few entries for the minimum loads",
        [f"judges {_some(idle)} cannot reach their minimum; the minimums add up to {int(net.low.sum())} and "
         f"{net.demand} judgements are needed"],
        [Clash("minimum_loads", (), places(idle), needed=int(net.low.sum()), available=net.demand)],
    )  # fmt: skip


def _reached(residual: sparse.csr_matrix, source: int) -> Int64:
    residual = sparse.csr_matrix(residual)
    residual.data[residual.data < 0] = 0
    residual.eliminate_zeros()
    order: Int64 = breadth_first_order(residual, source, return_predecessors=False).astype(np.int64)
    return np.sort(order)


def _unfilled(net: Network) -> Int64:
    """Units each judge lacks to the minimum in a flow that fills the minimums as far as it can."""
    strict = Network(net.need, net.entry, net.seat, net.judge, net.affinity, net.low, net.low)
    graph, source, sink = _graph(strict, np.ones(len(net.seat), dtype=bool), net.low)
    flow = maximum_flow(graph, source, sink).flow
    seats = len(net.need)
    into = np.asarray(flow[seats : seats + len(net.low), sink].todense()).ravel()
    lacking: Int64 = net.low - into
    return lacking


def _unmet(demand: int) -> Infeasible:
    return Infeasible(
        "No assignment satisfies demand and loads together", clashes=[Clash("demand_and_loads", needed=demand)]
    )


def _some(items: NDArray[Any]) -> list[int]:
    return [int(item) for item in items[:10]]


def fair_floor(net: Network) -> float:
    """Largest t such that some assignment uses only arcs of affinity t or more.

    The search starts at the best value that each entry and each judge alone would allow, which is
    usually the answer, and goes down in growing steps of arcs, then by halving.

    Raises
    ------
    Infeasible
        No assignment exists; see :func:`check`.
    """
    if not net.demand:
        check(net)
        return float("inf")
    top = _kth_best(net.seat, net.affinity, net.need)
    if (np.bincount(net.judge[net.affinity >= top], minlength=len(net.low)) < net.low).any():
        top = min(top, _kth_best(net.judge, net.affinity, net.low))
    if top > -np.inf and possible(net, net.affinity >= top):
        return top
    check(net)
    levels = np.unique(net.affinity[net.affinity <= top])[::-1]
    count = int((net.affinity > top).sum())
    share, low = 0.02, 0
    ranked = np.sort(net.affinity[net.affinity <= top])[::-1]
    while True:
        place = min(int((count + 1) * share), len(ranked) - 1)
        high = int(np.searchsorted(-levels, -ranked[place]))
        high = max(high, low + 1)
        if high >= len(levels) - 1 or possible(net, net.affinity >= levels[high]):
            high = min(high, len(levels) - 1)
            break
        low, share = high, share * 3
    while high - low > 1:
        middle = (low + high) // 2
        if possible(net, net.affinity >= levels[middle]):
            high = middle
        else:
            low = middle
    return float(levels[high])


def _kth_best(group: Int64, affinity: FloatArray, k: Int64) -> float:
    """Smallest, over the groups with k > 0, of the k-th largest affinity in the group; -inf if one lacks."""
    wanted = np.flatnonzero(k > 0)
    if not len(wanted):
        return float("inf")
    taken = np.bincount(group, minlength=len(k))
    if (taken[wanted] < k[wanted]).any():
        return float("-inf")
    width, most = int(taken.max()), int(k.max())
    if width * len(k) <= 4 * len(group) and most <= 64 and bool((np.diff(group) >= 0).all()):
        # Groups of like size in order: a table and a partial sort.
        table = np.full((len(k), width), -np.inf)
        table[np.arange(width) < taken[:, None]] = affinity
        head = -np.sort(np.partition(-table, most - 1, axis=1)[:, :most], axis=1)
        return float(head[wanted, k[wanted] - 1].min())
    order, first = best_first(group, affinity, len(k))
    return float(affinity[order[first[wanted] + k[wanted] - 1]].min())


def best_first(group: Int64, affinity: FloatArray, n_groups: int) -> tuple[Int64, Int64]:
    """Arcs by group and falling affinity, and where each group starts in that order."""
    order = np.argsort(-affinity, kind="stable")
    # Two-byte keys are sorted by radix, several times faster than any other stable sort.
    key = group[order].astype(np.uint16 if n_groups <= 65_536 else np.int64)
    order = order[np.argsort(key, kind="stable")]
    first = np.append(0, np.cumsum(np.bincount(group, minlength=n_groups)))[:-1]
    return order, first.astype(np.int64)


@dataclass(frozen=True, eq=False)
class Costs:
    """Whole-number prices: affinity first, load balance only between equal totals."""

    arc: Int64
    step: Int64
    width: Int64
    unit: int


def costs_of(net: Network) -> Costs:
    """Integer costs in which one step of affinity outweighs every load price together."""
    judges = len(net.high)
    lowest, highest = int(net.low.min(initial=0)), int(net.high.max(initial=0))
    steps = int(np.clip(highest - lowest, 1, LOAD_STEPS))
    edges = lowest + np.ceil(np.arange(steps + 1) * (highest - lowest) / steps).astype(np.int64)
    width = np.clip(np.minimum(edges[1:], net.high[:, None]) - np.maximum(edges[:-1], net.low[:, None]), 0, None)
    unit = 1 + net.demand * steps
    nodes = len(net.need) + judges + 2
    exact = net.affinity.size and bool((net.affinity == np.rint(net.affinity)).all())
    span = float(np.ptp(net.affinity)) if net.affinity.size else 0.0
    finest = min(1e9 if net.affinity.size <= 200_000 else 1e6, 2.0**60 / (unit * nodes))
    grid = 1.0 if exact and span <= finest else finest / span if span > 0 else 1.0
    base = float(net.affinity.max(initial=0))
    arc = np.rint((base - net.affinity) * grid).astype(np.int64) * unit
    return Costs(arc, np.arange(steps, dtype=np.int64), width, unit)


def best(net: Network, solver: Solver = "auto") -> NDArray[np.bool_]:
    """Arcs of an assignment of greatest total affinity, and most even loads among those.

    ``auto`` takes OR-tools when it can be imported and HiGHS otherwise; both reach the same total.

    Raises
    ------
    Infeasible
        No assignment exists.  OR-tools finds that out at once by itself, HiGHS might search for long.
    """
    if net.demand < int(net.low.sum()):
        clash = Clash("minimum_loads", needed=int(net.low.sum()), available=net.demand)
        raise Infeasible("The minimum loads add up to more than the demand", clashes=[clash])
    if not net.demand:
        return np.zeros(len(net.seat), dtype=bool)
    costs = costs_of(net)
    tool = None if solver == "highs" else _ortools(required=solver == "ortools")
    if tool is None and not possible(net, np.arange(len(net.seat))):
        raise _unmet(net.demand)
    return _by_linear_programme(net, costs) if tool is None else _by_cost_scaling(net, costs, tool)


def _ortools(required: bool) -> Any:
    try:
        return importlib.import_module("ortools.graph.python.min_cost_flow")
    except ImportError:
        if required:
            raise
        return None


def _by_cost_scaling(net: Network, costs: Costs, tool: Any) -> NDArray[np.bool_]:
    seats, judges, steps = len(net.need), len(net.high), len(costs.step)
    hub, sink = seats + judges, seats + judges + 1
    every = seats + np.arange(judges)
    tails = np.concatenate([net.seat, every, np.repeat(every, steps), [hub]])
    heads = np.concatenate([seats + net.judge, np.full(judges, sink), np.full(judges * steps, hub), [sink]])
    caps = np.concatenate([np.ones(len(net.seat)), net.low, costs.width.ravel(), [net.demand - int(net.low.sum())]])
    prices = np.concatenate([costs.arc, np.zeros(judges), np.tile(costs.step, judges), [0]])
    flow = tool.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        tails.astype(np.int32), heads.astype(np.int32), caps.astype(np.int64), prices.astype(np.int64)
    )
    nodes = np.append(np.arange(seats), sink).astype(np.int32)
    flow.set_nodes_supplies(nodes, np.append(net.need, -net.demand).astype(np.int64))
    status = flow.solve()
    if status == flow.INFEASIBLE:
        raise _unmet(net.demand)
    if status != flow.OPTIMAL:
        raise NotConverged(f"The flow was not solved: {status}")
    used: NDArray[np.bool_] = np.asarray(flow.flows(np.arange(len(net.seat), dtype=np.int32))) > 0
    return used


def _by_linear_programme(net: Network, costs: Costs) -> NDArray[np.bool_]:
    """The same flow as two linear programmes, whose vertices are whole because it is a network.

    The first finds the greatest total.  The second evens the loads on the face of its optima, which the
    reduced costs of the first describe: one programme for both would need more digits than there are.
    """
    seats, judges, steps = len(net.need), len(net.high), len(costs.step)
    arcs = len(net.seat)
    at, owner = np.arange(arcs), np.repeat(np.arange(judges), steps)
    seat_rows = sparse.csr_matrix((np.ones(arcs), (net.seat, at)), shape=(seats, arcs))
    judge_rows = sparse.csr_matrix((np.ones(arcs), (net.judge, at)), shape=(judges, arcs))
    load_rows = sparse.csr_matrix((-np.ones(judges * steps), (owner, np.arange(judges * steps))))
    matrix = sparse.block_array([[seat_rows, None], [judge_rows, load_rows]], format="csc")
    right = np.concatenate([net.need, net.low]).astype(float)
    price = costs.arc / max(float(costs.arc.max(initial=1)), 1.0) * PRICE_SCALE
    bounds = np.zeros((arcs + judges * steps, 2))
    bounds[:, 1] = np.concatenate([np.ones(arcs), costs.width.ravel()])
    first = _programme(np.append(price, np.zeros(judges * steps)), matrix, right, bounds, net.demand)
    bounds[first.lower.marginals > FACE, 1] = 0.0
    full = first.upper.marginals < -FACE
    bounds[full, 0] = bounds[full, 1]
    second = _programme(np.append(np.zeros(arcs), np.tile(costs.step, judges)), matrix, right, bounds, net.demand)
    used: NDArray[np.bool_] = np.asarray(second.x)[:arcs] > 0.5
    return used


def _programme(price: FloatArray, matrix: sparse.csc_matrix, right: FloatArray, bounds: FloatArray, demand: int) -> Any:
    result = linprog(price, A_eq=matrix, b_eq=right, bounds=bounds, method="highs-ds")
    if result.status == 2:
        raise _unmet(demand)
    if result.status != 0:
        raise NotConverged(f"The flow was not solved: {result.message}")
    return result
