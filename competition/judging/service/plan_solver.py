"""A plan as a solved problem: who fits what, how even the loads can be, and what the solver says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from competition.judging.queries.planning_inputs import Design
from competition.judging.service.planning import Inputs, Outcome
from competition.kernel.text.lists import few
from scoring import Clash, Infeasible, ScoringError, assign

EXPERTISE, LANGUAGE = 0.5, 0.5


def solve(inputs: Inputs) -> Outcome:
    """Plan with even loads, and with looser ones where capacity or ties make even loads impossible."""
    given = inputs.design
    entry_at = {entry[0]: at for at, entry in enumerate(given.entries)}
    judge_at = {judge.id: at for at, judge in enumerate(given.judges)}
    keep = [
        (entry_at[one.entry_id], judge_at[one.seat_id]) for one in given.begun if one.started or inputs.keep_all
    ]
    barred = [
        (entry_at[entry], judge_at[seat]) for seat, entry in given.conflicts if entry in entry_at and seat in judge_at
    ]
    held = np.bincount([judge for _entry, judge in keep], minlength=len(given.judges))
    capacity = np.maximum(np.array([judge.capacity for judge in given.judges], dtype=np.int64), held)
    affinity = fitness(given)
    none = Outcome([], {})
    for low, high in _loads(len(given.entries) * inputs.reviews, capacity, held):
        try:
            made = assign(
                affinity, inputs.reviews, low, high, np.array(barred, dtype=np.int64).reshape(-1, 2),
                np.array(keep, dtype=np.int64).reshape(-1, 2), bridge_share=inputs.bridge_share,
            )
        except Infeasible as error:
            # The loosest loads come last: what they cannot meet is missing, not only less even.
            none = Outcome([], {}, error.message, reasons(error, given))
            continue
        except ScoringError as error:
            return Outcome([], {}, str(error))
        return Outcome([(entry, judge) for entry, judge in made.pairs.tolist()], _report(made, inputs, keep), "")
    return none


def fitness(given: Design) -> npt.NDArray[np.float64]:
    """Affinity of every entry (row) and judge (column), 0..1: theme expertise and a shared language.

    A judge or an entry of whom nothing is known counts as fitting, so that silence costs nobody.
    """
    expert = np.array([not j.expertise or not given.theme or given.theme in j.expertise for j in given.judges])
    tongues = sorted({entry[2] for entry in given.entries})
    reads = np.array([
        [not tongue or not judge.languages or tongue in judge.languages for judge in given.judges]
        for tongue in tongues
    ])
    spoken = np.array([tongues.index(entry[2]) for entry in given.entries], dtype=np.int64)
    return EXPERTISE * expert[None, :] + LANGUAGE * reads[spoken].astype(np.float64)


def _loads(
    total: int, capacity: npt.NDArray[np.int64], held: npt.NDArray[np.int64]
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Least and most entries per judge to try, the evenest first."""
    level = 0
    while level < int(capacity.max(initial=0)) and int(np.minimum(capacity, level + 1).sum()) <= total:
        level += 1
    tries = []
    for slack in (0, 1, max(2, level // 4)):
        low = np.minimum(capacity, max(level - slack, 0))
        high = np.maximum(np.minimum(capacity, level + 1 + slack), held)
        tries.append((np.minimum(low, high), high))
    tries.append((np.zeros_like(capacity), capacity))
    return tries


def reasons(error: Infeasible, given: Design) -> list[dict[str, Any]]:
    """The solver's facts with entries and judges named as the page names them; alike entries are one reason."""
    told: list[dict[str, Any]] = []
    lonely: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
    barred: dict[int, list[int]] = defaultdict(list)
    for clash in error.clashes:
        if clash.kind == "judges_of_entry":
            lonely[clash.needed, clash.available].extend(clash.entries)
        elif clash.kind == "kept_in_conflict":
            barred[clash.judges[0]].extend(clash.entries)
        elif clash.kind == "room":
            told.append({
                "kind": "room", "entries": _codes(clash.entries, given), "judges": _numbers(clash, given),
                "needed": clash.needed, "available": clash.available,
            })
        elif clash.kind != "unlinked":
            told.append({"kind": clash.kind, "text": error.message})
    told += [
        {"kind": "judges_of_entry", "entries": _codes(entries, given), "needed": needed, "available": available}
        for (needed, available), entries in lonely.items()
    ]
    told += [
        {"kind": "kept_in_conflict", "judge": given.judges[judge].number, "entries": _codes(entries, given)}
        for judge, entries in barred.items()
    ]
    groups = [_numbers(clash, given) for clash in error.clashes if clash.kind == "unlinked"]
    return [*told, {"kind": "unlinked", "groups": groups}] if groups else told


def _codes(entries: Sequence[int], given: Design) -> dict[str, Any]:
    return few([given.entries[at][1] for at in entries])


def _numbers(clash: Clash, given: Design) -> dict[str, Any]:
    return few([given.judges[at].number for at in clash.judges])


def _report(made: Any, inputs: Inputs, keep: list[tuple[int, int]]) -> dict[str, Any]:
    given = inputs.design
    kept = np.bincount([judge for _entry, judge in keep], minlength=len(given.judges))
    standing = {(one.entry_id, one.seat_id) for one in given.begun}
    pairs = {(given.entries[e][0], given.judges[j].id) for e, j in made.pairs.tolist()}
    return {
        "entries": len(given.entries), "judges": len(given.judges), "pairs": len(made.pairs),
        "new": len(pairs - standing), "kept": len(pairs & standing), "dropped": len(standing - pairs),
        "floor": round(float(np.nan_to_num(made.floor)), 4),
        "fair_floor": round(float(np.nan_to_num(made.fair_floor, posinf=1.0, neginf=0.0)), 4),
        "mean_affinity": round(made.total / max(len(made.pairs), 1), 4),
        "components": int(made.linkage.n_components), "bridges": len(made.bridges),
        "se_mean": round(float(made.expected_se.mean()), 3), "se_max": round(float(made.expected_se.max()), 3),
        "loads": [
            {"seat": judge.number, "load": int(load), "kept": int(kept[at]), "capacity": judge.capacity}
            for at, (judge, load) in enumerate(zip(given.judges, made.loads, strict=True))
        ],
    }
