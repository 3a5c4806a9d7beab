"""Which constraints of a selection clash: a smallest set of them that no portfolio satisfies."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from scoring.portfolio_problem import Demand, counts
from scoring.portfolio_search import branch_and_bound


def clashing(demand: Demand) -> list[str]:
    """Names of constraints that cannot hold together; dropping any one of them would make room.

    Deletion filter (Chinneck & Dravnieks 1991, "Locating minimal infeasible constraint sets in linear
    programs"), one integer search per constraint group.
    """
    groups = _groups(demand)
    kept = list(range(len(groups)))
    for candidate in range(len(groups)):
        rest = [g for g in kept if g != candidate]
        if not _possible(demand, [groups[g] for g in rest]):
            kept = rest
    return [groups[g][0] for g in kept]


_Group = tuple[str, sparse.csr_matrix, np.ndarray]


def _groups(demand: Demand) -> list[_Group]:
    """Named rows ``matrix @ x <= limits``, those that ask for entries last so that they are kept."""
    n = len(demand.cost)
    found: list[_Group] = []
    unit = max(int(np.gcd.reduce(demand.cost)) if n else 1, 1)
    money = sparse.csr_matrix((demand.cost // unit).astype(float)[None, :])
    found.append((f"budget: {demand.budget}", money, np.array([float(demand.budget // unit)])))
    for name, part in (("call", demand.call), ("team", demand.team)):
        held = counts(part.code, np.ones(n, dtype=bool), len(part.labels))
        binding = np.flatnonzero(held > part.limit)
        if name == "team":
            if len(binding):
                rows = sparse.vstack([_row(part.code == g) for g in binding], format="csr")
                found.append(("team_max", rows, part.limit[binding].astype(float)))
            continue
        for group in binding:
            label = f"call {part.labels[group]!r}: {part.limit[group]} slots"
            found.append((label, _row(part.code == group), part.limit[group : group + 1].astype(float)))
    for group in np.flatnonzero(demand.track.limit > 0):
        least = demand.track.limit[group]
        label = f"track {demand.track.labels[group]!r}: at least {least}"
        found.append((label, -_row(demand.track.code == group), np.array([-float(least)])))
    if demand.must.any():
        label = f"must: entries {np.flatnonzero(demand.must)[:10].tolist()}"
        found.append((label, -_row(demand.must), np.array([-float(demand.must.sum())])))
    return found


def _row(mask: np.ndarray) -> sparse.csr_matrix:
    return sparse.csr_matrix(mask.astype(float)[None, :])


def _possible(demand: Demand, groups: list[_Group]) -> bool:
    if not groups:
        return True
    matrix = sparse.vstack([rows for _, rows, _ in groups], format="csr")
    limits = np.concatenate([limit for _, _, limit in groups])
    upper = np.where(demand.excluded, 0, 1)
    return branch_and_bound(np.zeros(len(upper)), upper, matrix, limits) is not None
