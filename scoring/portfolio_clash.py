"""Which constraints of a selection clash: a smallest set of them that no portfolio satisfies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from scoring.errors import Clash, places
from scoring.portfolio_problem import Demand, counts
from scoring.portfolio_search import branch_and_bound


def clashing(demand: Demand) -> tuple[list[str], list[Clash]]:
    """Constraints that cannot hold together, by name and as facts; dropping any one of them would make room.

    Deletion filter (Chinneck & Dravnieks 1991, "Locating minimal infeasible constraint sets in linear
    programs"), one integer search per constraint group.
    """
    groups = _groups(demand)
    needed_groups = list(range(len(groups)))
    for candidate in range(len(groups)):
        rest = [g for g in needed_groups if g != candidate]
        if not _possible(demand, [groups[g] for g in rest]):
            needed_groups = rest
    return [groups[g].name for g in needed_groups], [groups[g].clash for g in needed_groups]


@dataclass(frozen=True, eq=False)
class _Group:
    """Rows ``matrix @ x <= limits`` of one constraint."""

    name: str
    clash: Clash
    rows: sparse.csr_matrix
    limits: np.ndarray


def _groups(demand: Demand) -> list[_Group]:
    """Every constraint, those that ask for entries last so that they are kept."""
    n = len(demand.cost)
    minimal: list[_Group] = []
    unit = max(int(np.gcd.reduce(demand.cost)) if n else 1, 1)
    money = sparse.csr_matrix((demand.cost // unit).astype(float)[None, :])
    most = np.array([float(demand.budget // unit)])
    minimal.append(_Group(f"budget: {demand.budget}", Clash("budget", available=demand.budget), money, most))
    for name, part in (("call", demand.call), ("team", demand.team)):
        required = counts(part.code, np.ones(n, dtype=bool), len(part.labels))
        binding = np.flatnonzero(required > part.limit)
        if name == "team":
            if len(binding):
                rows = sparse.vstack([_row(part.code == g) for g in binding], format="csr")
                clash = Clash("team", places(np.flatnonzero(np.isin(part.code, binding))))
                minimal.append(_Group("team_max", clash, rows, part.limit[binding].astype(float)))
            continue
        for group in binding:
            label, slots = part.labels[group], int(part.limit[group])
            clash = Clash("call", group=label, available=slots)
            rows = _row(part.code == group)
            minimal.append(_Group(f"call {label!r}: {slots} slots", clash, rows, np.array([float(slots)])))
    for group in np.flatnonzero(demand.track.limit > 0):
        label, least = demand.track.labels[group], int(demand.track.limit[group])
        clash = Clash("track", group=label, needed=least)
        rows = -_row(demand.track.code == group)
        minimal.append(_Group(f"track {label!r}: at least {least}", clash, rows, np.array([-float(least)])))
    if demand.must.any():
        inside = np.flatnonzero(demand.must)
        least_all = np.array([-float(len(inside))])
        name = f"must: entries {inside[:10].tolist()}"
        minimal.append(_Group(name, Clash("must", places(inside)), -_row(demand.must), least_all))
    return minimal


def _row(mask: np.ndarray) -> sparse.csr_matrix:
    return sparse.csr_matrix(mask.astype(float)[None, :])


def _possible(demand: Demand, groups: list[_Group]) -> bool:
    if not groups:
        return True
    matrix = sparse.vstack([group.rows for group in groups], format="csr")
    limits = np.concatenate([group.limits for group in groups])
    upper = np.where(demand.excluded, 0, 1)
    return branch_and_bound(np.zeros(len(upper)), upper, matrix, limits) is not None
