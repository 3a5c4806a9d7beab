"""The selection problem in whole numbers: what :func:`scoring.select` was asked, ready for a solver.

Entries that must be in are taken out and charged first, entries that cannot be in (excluded, dearer than
the budget that is left, in a full call or team) are dropped, and entries that are alike in everything a
constraint can see become one integer column, taken in tie order.  What remains is

    maximise values'x,  0 <= x <= size,  cost'x <= budget,
    sum of x in call c <= slots[c],  sum in track t >= need[t],  sum in team g <= team_left[g].
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from scoring.arguments import real, unmasked
from scoring.errors import Clash, ClashKind, Infeasible, ScoringError, places

Int64: TypeAlias = NDArray[np.int64]
Limits: TypeAlias = Mapping[Any, int] | ArrayLike | None

RESOLUTION = 1e-9
"""Values closer than this share of the largest value count as equal."""

UNLIMITED = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, eq=False)
class Factor:
    """One grouping of the entries: position of the group of each entry (-1 = none) and its limit."""

    code: Int64
    labels: NDArray[Any]
    limit: Int64


@dataclass(frozen=True, eq=False)
class Problem:
    """Columns (classes of like entries) and right-hand sides; see the module text.

    Attributes
    ----------
    values, cost, size, call, track, team : int64 arrays, shape (m,)
        Per column; ``track`` and ``team`` are -1 where no constraint can bind.
    order : int64 array
        Entries sorted by column and, within a column, by tie order; ``start`` (m + 1) cuts it.
    tie_rank : int64 array, shape (n,)
        Place of each entry in the tie order, 0 first.
    rows, limits : csc matrix (r, m), float array (r,)
        ``rows @ x <= limits`` for budget, calls and tracks; ``kinds`` says (name, group) of each row.
    team_rows, team_limits : csr matrix (k, m), float array (k,)
        The same for teams, kept apart because few of them ever bind.
    """

    values: Int64
    cost: Int64
    size: Int64
    call: Int64
    track: Int64
    team: Int64
    order: Int64
    start: Int64
    tie_rank: Int64
    rows: sparse.csc_matrix
    limits: NDArray[np.float64]
    kinds: tuple[tuple[str, int], ...]
    team_rows: sparse.csr_matrix
    team_limits: NDArray[np.float64]
    team_kinds: Int64

    @property
    def n_columns(self) -> int:
        """Number of columns m."""
        return len(self.values)

    def members(self, counts: Int64) -> Int64:
        """Entries picked when column i takes its first ``counts[i]`` members."""
        place = np.arange(len(self.order)) - np.repeat(self.start[:-1], self.size)
        picked: Int64 = self.order[place < np.repeat(counts, self.size)]
        return picked


@dataclass(frozen=True, eq=False)
class Demand:
    """The checked question: whole-number data per entry, before anything is taken out."""

    cost: Int64
    budget: int
    call: Factor
    track: Factor
    team: Factor
    must: NDArray[np.bool_]
    excluded: NDArray[np.bool_]
    tie_rank: Int64


def whole_numbers(values: NDArray[Any]) -> tuple[Int64, float]:
    """Values as integers and the size of one step.

    Integers, and floats that all are integers, below 2**31 keep their value (step 1).  Other values are
    rounded to :data:`RESOLUTION` of the largest magnitude, so that ties are exact.
    """
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise ScoringError("values must be a one-dimensional array of numbers.")
    if not np.isfinite(values).all():
        bad = np.flatnonzero(~np.isfinite(values))
        raise ScoringError(f"values must be finite; look at entries {bad[:10].tolist()}.")
    top = float(np.abs(values).max(initial=0))
    if top < 2**31 and (values.dtype.kind in "iu" or bool((values == np.rint(values)).all())):
        return values.astype(np.int64), 1.0
    step = top * RESOLUTION
    return np.rint(values / step).astype(np.int64), step


def whole_cost(cost: ArrayLike, budget: int | None, n: int) -> tuple[Int64, int]:
    """Costs and budget in minor units as integers; raises ScoringError on fractions and negatives."""
    raw = unmasked(cost, "cost")
    if raw.shape != (n,):
        raise ScoringError(f"cost must be one-dimensional with {n} items, as many as values.")
    if n and (raw.dtype.kind not in "iuf" or not (raw == np.rint(raw)).all()):
        raise ScoringError("cost must be in whole minor units.")
    amounts = raw.astype(np.int64)
    if (amounts < 0).any():
        bad = np.flatnonzero(amounts < 0)
        raise ScoringError(f"cost must not be negative; look at entries {bad[:10].tolist()}.")
    if budget is not None and (isinstance(budget, bool) or real(budget, "budget") % 1 != 0):
        raise ScoringError("budget must be in whole minor units.")
    total = int(amounts.sum())
    return amounts, total if budget is None else min(int(budget), total)


def factor(labels: ArrayLike | None, limits: Limits, n: int, names: tuple[str, str], default: int | None) -> Factor:
    """Codes and limits of one grouping.

    ``limits`` is a mapping by label, an array indexed by integer label, or one number for every group.
    A group without a limit takes ``default``; None means that it must have one.  A negative or None
    label means that the entry is in no group.  ``names`` are those of the two arguments, for errors.
    """
    what, limits_name = names
    if labels is None or (limits is None and default is not None):
        if limits is not None:
            raise ScoringError(f"{limits_name} was given without a {what} of each entry.")
        return Factor(np.full(n, -1), np.empty(0, dtype=object), np.empty(0, dtype=np.int64))
    raw = unmasked(labels, what)
    if raw.shape != (n,):
        raise ScoringError(f"{what} must be one-dimensional with {n} items.")
    if raw.dtype.kind == "O":
        labelled = np.array([item is not None for item in raw], dtype=bool)
    else:
        labelled = raw >= 0 if raw.dtype.kind in "if" else np.ones(n, dtype=bool)
    present_labels, inverse = np.unique(raw[labelled], return_inverse=True)
    code = np.full(n, -1)
    code[labelled] = inverse
    extra: list[Any] = []
    if isinstance(limits, Mapping):
        present = set(present_labels.tolist())
        extra = [name for name in limits if name not in present]
    every = [*present_labels.tolist(), *extra]
    limit = np.array([_limit(limits, name, names, default) for name in every], dtype=np.int64)
    if (limit < 0).any():
        raise ScoringError(f"{limits_name} must not be negative.")
    box = np.empty(len(every), dtype=object)
    box[:] = every
    return Factor(code, box, limit)


def _limit(limits: Limits, name: Any, names: tuple[str, str], default: int | None) -> int:
    what, limits_name = names
    own_limit: Any = None
    if isinstance(limits, Mapping):
        own_limit = limits.get(name)
    elif limits is not None:
        table = unmasked(limits, limits_name)
        if table.ndim == 0:
            own_limit = table.item()
        elif isinstance(name, int) and name < len(table):
            own_limit = table[name]
    if own_limit is None:
        if default is None:
            raise ScoringError(f"{what} {name!r} has no limit in {limits_name}.")
        return default
    if isinstance(own_limit, bool) or not isinstance(own_limit, int | float | np.number) or float(own_limit) % 1 != 0:
        raise ScoringError(f"{limits_name}: the limit of {what} {name!r} must be a whole number.")
    return min(int(own_limit), UNLIMITED)


def positions(chosen: ArrayLike | Set[int], n: int, what: str) -> NDArray[np.bool_]:
    """A mask from entry positions or from a mask."""
    raw = unmasked(sorted(chosen) if isinstance(chosen, Set) else chosen, what)
    mask = np.zeros(n, dtype=bool)
    if raw.dtype == bool and raw.shape == (n,):
        return raw.copy()
    if raw.size == 0:
        return mask
    if raw.dtype.kind not in "iu" or raw.min() < 0 or raw.max() >= n:
        raise ScoringError(f"{what} must hold entry positions from 0 to {n - 1}.")
    mask[raw] = True
    return mask


def tie_order(tie_key: ArrayLike | None, n: int) -> Int64:
    """Place of each entry in the tie order: lower key first, then lower position."""
    if tie_key is None:
        return np.arange(n)
    key = unmasked(tie_key, "tie_key")
    if key.shape != (n,):
        raise ScoringError(f"tie_key must be one-dimensional with {n} items.")
    rank = np.empty(n, dtype=np.int64)
    rank[np.argsort(key, kind="stable")] = np.arange(n)
    return rank


def counts(code: Int64, mask: NDArray[np.bool_], n_groups: int) -> Int64:
    """Entries under ``mask`` in each group."""
    return np.bincount(code[mask & (code >= 0)], minlength=n_groups).astype(np.int64)


def check_fixed(demand: Demand) -> None:
    """Raise Infeasible where the entries that must be in, or cannot be in, already break a constraint."""
    both = np.flatnonzero(demand.must & demand.excluded)
    named = [f"entry {i} must be in and is excluded" for i in both]
    clashes = [Clash("must_excluded", (int(i),)) for i in both]
    spent = int(demand.cost[demand.must].sum())
    if spent > demand.budget:
        named.append(f"budget: the entries that must be in cost {spent}, the budget is {demand.budget}")
        dear = places(np.flatnonzero(demand.must))
        clashes.append(Clash("must_budget", dear, needed=spent, available=demand.budget))
    limited: tuple[tuple[ClashKind, Factor], ...] = (("must_call", demand.call), ("must_team", demand.team))
    for kind, part in limited:
        used = counts(part.code, demand.must, len(part.labels))
        for g in np.flatnonzero(used > part.limit):
            label, most = part.labels[g], int(part.limit[g])
            named.append(f"{kind[5:]} {label!r}: {used[g]} entries must be in, the limit is {most}")
            inside = places(np.flatnonzero(demand.must & (part.code == g)))
            clashes.append(Clash(kind, inside, group=label, needed=int(used[g]), available=most))
    track = demand.track
    usable = counts(track.code, ~demand.excluded, len(track.labels))
    for g in np.flatnonzero(usable < track.limit):
        label, least = track.labels[g], int(track.limit[g])
        named.append(f"track {label!r}: the minimum is {least}, {usable[g]} entries are eligible")
        clashes.append(Clash("track_minimum", group=label, needed=least, available=int(usable[g])))
    if named:
        raise Infeasible("No portfolio satisfies these constraints together", named, clashes)


def reduce(demand: Demand, values: Int64) -> Problem:
    """Columns and right-hand sides that are left once the fixed entries are taken out."""
    must = demand.must
    call, track, team = demand.call, demand.track, demand.team
    budget = demand.budget - int(demand.cost[must].sum())
    slots = call.limit - counts(call.code, must, len(call.labels))
    need = np.maximum(track.limit - counts(track.code, must, len(track.labels)), 0)
    team_left = team.limit - counts(team.code, must, len(team.labels))
    wanted = np.append(need > 0, False)[track.code]
    alive = ~must & ~demand.excluded & ((values > 0) | wanted) & (demand.cost <= budget)
    alive &= np.append(slots > 0, True)[call.code] & np.append(team_left > 0, True)[team.code]
    crowded = counts(team.code, alive, len(team.labels)) > team_left
    track_code = np.where(wanted, track.code, -1)
    team_code = np.where(np.append(crowded, False)[team.code], team.code, -1)
    keep = np.flatnonzero(alive)
    keys = (demand.tie_rank, team_code, track_code, call.code, demand.cost, values)
    order = keep[np.lexsort([key[keep] for key in keys])]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = False
    for key in keys[1:]:
        is_first[1:] |= np.diff(key[order]) != 0
    start = np.append(np.flatnonzero(is_first), len(order)).astype(np.int64)
    head = order[start[:-1]] if len(order) else order
    column = (values[head], demand.cost[head], np.diff(start), call.code[head], track_code[head], team_code[head])
    rows, limits, kinds = _main_rows(column, budget, slots, need)
    team_rows, team_limits, team_kinds = _team_rows(column[5], column[2], team_left)
    return Problem(
        *column, order=order, start=start, tie_rank=demand.tie_rank,
        rows=rows, limits=limits, kinds=kinds,
        team_rows=team_rows, team_limits=team_limits, team_kinds=team_kinds,
    )  # fmt: skip


def _main_rows(
    column: tuple[Int64, ...], budget: int, slots: Int64, need: Int64
) -> tuple[sparse.csc_matrix, NDArray[np.float64], tuple[tuple[str, int], ...]]:
    _, cost, size, call, track, _ = column
    m = len(cost)
    # Dividing by the common divisor keeps the coefficients, and so the solver's rounding, small.
    unit = max(int(np.gcd.reduce(cost)) if m else 1, 1)
    kinds: list[tuple[str, int]] = []
    parts: list[tuple[Int64, Int64, int]] = []
    if int((cost * size).sum()) > budget:
        spending = np.flatnonzero(cost)
        parts.append((spending, cost[spending] // unit, budget // unit))
        kinds.append(("budget", unit))
    required = np.bincount(call[call >= 0], weights=size[call >= 0], minlength=len(slots))
    for group in np.flatnonzero(required > slots):
        where = np.flatnonzero(call == group)
        parts.append((where, np.ones(len(where), dtype=np.int64), int(slots[group])))
        kinds.append(("call", int(group)))
    for group in np.flatnonzero(need > 0):
        where = np.flatnonzero(track == group)
        parts.append((where, -np.ones(len(where), dtype=np.int64), -int(need[group])))
        kinds.append(("track", int(group)))
    row = np.repeat(np.arange(len(parts)), [len(where) for where, _, _ in parts])
    col = np.concatenate([where for where, _, _ in parts]) if parts else np.empty(0, dtype=np.int64)
    data = np.concatenate([what for _, what, _ in parts]) if parts else np.empty(0)
    matrix = sparse.csc_matrix((data.astype(float), (row, col)), shape=(len(parts), m))
    return matrix, np.array([limit for _, _, limit in parts], dtype=float), tuple(kinds)


def _team_rows(team: Int64, size: Int64, team_left: Int64) -> tuple[sparse.csr_matrix, NDArray[np.float64], Int64]:
    inside = np.flatnonzero(team >= 0)
    groups, row = np.unique(team[inside], return_inverse=True)
    required = np.bincount(row, weights=size[inside], minlength=len(groups))
    matrix = sparse.csr_matrix((np.ones(len(inside)), (row, inside)), shape=(len(groups), len(team)))
    binding = np.flatnonzero(required > team_left[groups]) if len(groups) else np.empty(0, dtype=np.int64)
    return matrix[binding], team_left[groups[binding]].astype(float), groups[binding].astype(np.int64)
