"""Every public function, every argument, every kind of nonsense: taken, or refused by a ScoringError that names it."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import scoring
from scoring import Criterion, Infeasible, Rule, Scores, ScoringError, calibrate, composite, official

_RNG = np.random.default_rng(0)
ENTRY = np.repeat(np.arange(12), 3)
JUDGE = np.concatenate([_RNG.permutation(4)[:3] for _ in range(12)])
VALUES = _RNG.integers(0, 11, (36, 2)).astype(float)
RUBRIC = [Criterion("a", 1, 0, 10, step=1), Criterion("b", 2, 0, 10, step=1)]
SCORES = Scores(ENTRY, JUDGE, VALUES)
COMP = composite(SCORES, RUBRIC)
FIT = calibrate(COMP, level="severity")
STANDING = official(SCORES, RUBRIC, Rule())

NONSENSE: dict[str, Any] = {
    "nan": float("nan"),
    "infinite": float("inf"),
    "negative": -1,
    "fraction": 1.5,
    "complex": 1j,
    "nothing": None,
    "text": "x",
    "bool": True,
    "object": object(),
    "empty": [],
    "short": [1],
    "table": np.zeros((2, 2)),
    "texts": ["a", "b"],
    "masked": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
}
NEVER_FINE = ("nan", "object", "complex", "masked")
"""Kinds that no argument takes; the others are right somewhere: None leaves an option out, say."""

USUAL: dict[str, dict[str, Any]] = {
    "Scores": {"entry": ENTRY, "judge": JUDGE, "values": VALUES, "weight": None, "fixed": None,
               "entry_ids": list(range(12)), "judge_ids": list(range(4)), "group": list(range(12))},
    "Criterion": {"id": "a", "weight": 1, "lo": 0, "hi": 10, "step": 1, "gate": True, "floor_percent": 10},
    "Rule": {"method": "trimmed", "quorum": 3, "trim_from": 5, "pass_mark": 70, "tie_break": (), "drop": 1},
    "composite": {"scores": SCORES, "criteria": RUBRIC},
    "composite_from": {"entry": ENTRY, "judge": JUDGE, "y": VALUES[:, 0], "weight": None, "fixed": None,
                       "entry_ids": None, "judge_ids": None, "lo": 0, "hi": 10, "group": None},
    "aggregate": {"comp": COMP, "method": "trimmed", "drop": 1},
    "linkage": {"comp": COMP},
    "agreement": {"data": COMP},
    "calibrate": {"comp": COMP, "level": "auto", "pools": "refuse", "shrink": True, "exact": "auto", "seed": 0},
    "posterior": {"fit": FIT, "method": "auto", "level": 0.9, "draws": 10, "seed": 0},
    "top_k": {"fit": FIT, "k": 2, "method": "joint", "draws": 10, "seed": 0, "among": None, "band": 0.9},
    "entry_draws": {"fit": FIT, "draws": 3, "seed": 0, "method": "plugin"},
    "explain": {"fit": FIT, "i": 1},
    "judge_report": {"fit": FIT},
    "influence": {"fit": FIT, "k": 2},
    "fragility": {"result": FIT, "k": 2, "step": 1.0},
    "next_best": {"fit": FIT, "k": 2, "candidates": None, "n": 2, "most_per_judge": 1},
    "lottery": {"fit": FIT, "k": 2, "cost": np.ones(12), "budget": 3.0, "method": "clipped_linear", "band": 0.9},
    "draw": {"probabilities": np.full(4, 0.5), "seed": "s"},
    "predict": {"fit": FIT, "pairs": [(0, 1)]},
    "simulate": {"fit": FIT, "seed": 0},
    "update": {"fit": FIT, "changed": COMP},
    "refit": {"fit": FIT},
    "official": {"scores": SCORES, "criteria": RUBRIC, "rule": Rule(), "quote": None, "carried": None},
    "Carried": {"share": Fraction(1, 2), "points": (Fraction(35), None), "most": Fraction(100)},
    "select": {"values": [3, 2, 1.0], "cost": [1, 1, 1], "budget": 2, "call": [0, 0, 1], "slots": {0: 1, 1: 1},
               "track": [0, 1, 1], "track_min": {0: 1}, "team": [0, 1, 2], "team_max": 1, "must": [0],
               "exclude": [2], "tie_key": [0, 1, 2], "draws": [[3, 2, 1.0]]},
    "assign": {"affinity": _RNG.random((6, 3)), "demand": 2, "min_load": 0, "max_load": 6, "conflicts": [(0, 0)],
               "keep": [(0, 1)], "bridge_share": 0.05, "seed": 0, "variances": (100.0, 50.0, 80.0), "solver": "auto"},
    "design_se": {"pairs": np.column_stack([ENTRY, JUDGE]), "shape": (12, 4), "variances": (1.0, 1.0, 1.0)},
}  # fmt: skip
PLACES = [(name, argument) for name, usual in USUAL.items() for argument in usual]


def calls(name: str) -> Callable[..., object]:
    """The function; a generator is run to its end."""
    function: Callable[..., Any] = getattr(scoring, name)
    return (lambda **usual: list(function(**usual))) if name == "entry_draws" else function


def test_the_table_names_every_public_function() -> None:
    functions = {name for name in scoring.__all__ if name.islower() and callable(getattr(scoring, name))}
    assert functions <= set(USUAL)
    for name, usual in USUAL.items():
        calls(name)(**usual)


@pytest.mark.parametrize(("name", "argument"), PLACES)
def test_nonsense_is_refused_by_its_name(name: str, argument: str) -> None:
    for kind, value in NONSENSE.items():
        try:
            calls(name)(**{**USUAL[name], argument: value})
        except Infeasible:
            assert kind not in NEVER_FINE, kind
        except ScoringError as refused:
            assert re.search(rf"\b{argument}\b", str(refused)), (kind, str(refused))
        else:
            assert kind not in NEVER_FINE, kind


@pytest.mark.parametrize("step", [0, -1, float("nan"), "half"])
def test_a_step_that_is_no_step_is_refused_for_an_official_result_too(step: Any) -> None:
    with pytest.raises(ScoringError, match="step"):
        scoring.fragility(STANDING, 2, step)
