"""A plan as a solved problem: who fits what, how even the loads can be, and what the solver says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from competition.judging.queries.planning_inputs import Design
from competition.judging.service.plan import Inputs, Outcome
from competition.kernel.text.lists import few
from scoring import Clash, Infeasible, ScoringError, assign

EXPERTISE, LANGUAGE = 0.5, 0.5


def solve(inputs: Inputs) -> Outcome:
    """Plan with even loads, and with looser ones where capacity or ties make even loads impossible."""
    design = inputs.design
    entry_at = {entry[0]: at for at, entry in enumerate(design.entries)}
    judge_at = {judge.id: at for at, judge in enumerate(design.judges)}
    keep = [
        (entry_at[one.entry_id], judge_at[one.seat_id]) for one in design.begun if one.started or inputs.keep_all
    ]
    barred = [
        (entry_at[entry], judge_at[seat]) for seat, entry in design.conflicts if entry in entry_at and seat in judge_at
    ]
    kept_loads = np.bincount([judge for _entry, judge in keep], minlength=len(design.judges))
    capacity = np.maximum(np.array([judge.capacity for judge in design.judges], dtype=np.int64), kept_loads)
    affinity = fitness(design)
    none = Outcome([], {})
    for low, high in _loads(len(design.entries) * inputs.reviews, capacity, kept_loads):
        try:
            assignment = assign(
                affinity, inputs.reviews, low, high, np.array(barred, dtype=np.int64).reshape(-1, 2),
                np.array(keep, dtype=np.int64).reshape(-1, 2), bridge_share=inputs.bridge_share,
            )
        except Infeasible as error:
            # The loosest loads come last: what they cannot meet is missing, not only less even.
            none = Outcome([], {}, error.message, reasons(error, design))
            continue
        except ScoringError as error:
            return Outcome([], {}, str(error))
        pairs = [(entry, judge) for entry, judge in assignment.pairs.tolist()]
        return Outcome(pairs, _report(assignment, inputs, keep))
    return none


def fitness(design: Design) -> npt.NDArray[np.float64]:
    """Affinity of every entry (row) and judge (column), 0..1: theme expertise and a shared language.

    A judge or an entry of whom nothing is known counts as fitting, so that silence costs nobody.
    """
    expert = np.array([not j.expertise or not design.theme or design.theme in j.expertise for j in design.judges])
    tongues = sorted({entry[2] for entry in design.entries})
    reads = np.array([
        [not tongue or not judge.languages or tongue in judge.languages for judge in design.judges]
        for tongue in tongues
    ])
    spoken = np.array([tongues.index(entry[2]) for entry in design.entries], dtype=np.int64)
    return EXPERTISE * expert[None, :] + LANGUAGE * reads[spoken].astype(np.float64)


def _loads(
    total: int, capacity: npt.NDArray[np.int64], kept_loads: npt.NDArray[np.int64]
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Least and most entries per judge to try, the evenest first."""
    level = 0
    while level < int(capacity.max(initial=0)) and int(np.minimum(capacity, level + 1).sum()) <= total:
        level += 1
    tries = []
    for slack in (0, 1, max(2, level // 4)):
        low = np.minimum(capacity, max(level - slack, 0))
        high = np.maximum(np.minimum(capacity, level + 1 + slack), kept_loads)
        tries.append((np.minimum(low, high), high))
    tries.append((np.zeros_like(capacity), capacity))
    return tries


def reasons(error: Infeasible, design: Design) -> list[dict[str, Any]]:
    """The solver's facts with entries and judges named as the page names them; alike entries are one reason."""
    facts: list[dict[str, Any]] = []
    lonely: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
    barred: dict[int, list[int]] = defaultdict(list)
    for clash in error.clashes:
        if clash.kind == "judges_of_entry":
            lonely[clash.needed, clash.available].extend(clash.entries)
        elif clash.kind == "kept_in_conflict":
            barred[clash.judges[0]].extend(clash.entries)
        elif clash.kind == "room":
            facts.append({
                "kind": "room", "entries": _codes(clash.entries, design), "judges": _numbers(clash, design),
                "needed": clash.needed, "available": clash.available,
            })
        elif clash.kind != "unlinked":
            facts.append({"kind": clash.kind, "text": error.message})
    facts += [
        {"kind": "judges_of_entry", "entries": _codes(entries, design), "needed": needed, "available": available}
        for (needed, available), entries in lonely.items()
    ]
    facts += [
        {"kind": "kept_in_conflict", "judge": design.judges[judge].number, "entries": _codes(entries, design)}
        for judge, entries in barred.items()
    ]
    groups = [_numbers(clash, design) for clash in error.clashes if clash.kind == "unlinked"]
    return [*facts, {"kind": "unlinked", "groups": groups}] if groups else facts


def _codes(entries: Sequence[int], design: Design) -> dict[str, Any]:
    return few([design.entries[at][1] for at in entries])


def _numbers(clash: Clash, design: Design) -> dict[str, Any]:
    return few([design.judges[at].number for at in clash.judges])


def _report(assignment: Any, inputs: Inputs, keep: list[tuple[int, int]]) -> dict[str, Any]:
    design = inputs.design
    kept_loads = np.bincount([judge for _entry, judge in keep], minlength=len(design.judges))
    standing = {(one.entry_id, one.seat_id) for one in design.begun}
    pairs = {(design.entries[e][0], design.judges[j].id) for e, j in assignment.pairs.tolist()}
    return {
        "entries": len(design.entries), "judges": len(design.judges), "pairs": len(assignment.pairs),
        "new": len(pairs - standing), "kept": len(pairs & standing), "dropped": len(standing - pairs),
        "floor": round(float(np.nan_to_num(assignment.floor)), 4),
        "fair_floor": round(float(np.nan_to_num(assignment.fair_floor, posinf=1.0, neginf=0.0)), 4),
        "mean_affinity": round(assignment.total / max(len(assignment.pairs), 1), 4),
        "components": int(assignment.linkage.n_components), "bridges": len(assignment.bridges),
        "se_mean": round(float(assignment.expected_se.mean()), 3),
        "se_max": round(float(assignment.expected_se.max()), 3),
        "loads": [
            {"seat": judge.number, "load": int(load), "kept": int(kept_loads[at]), "capacity": judge.capacity}
            for at, (judge, load) in enumerate(zip(design.judges, assignment.loads, strict=True))
        ],
    }
