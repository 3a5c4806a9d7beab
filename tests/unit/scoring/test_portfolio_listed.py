"""Listing every feasible set gives the shares that solving each draw by itself gives."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import select

module = importlib.import_module("scoring.selection")  # the package gives the function this name


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8), st.booleans())
def test_same_shares_as_one_by_one(seed: int, n: int, tracks: bool) -> None:
    rng = np.random.default_rng(seed)
    values, cost = rng.integers(-5, 20, n), rng.integers(1, 9, n)
    draws = rng.integers(-5, 20, (7, n))
    question = {
        "budget": int(cost.sum() // 2) + 9, "call": rng.integers(0, 2, n), "slots": 3, "team": rng.integers(0, 3, n),
        "team_max": 2, "draws": draws, "tie_key": rng.permutation(n),
        "exclude": [0] if seed % 3 == 0 else [], "must": [1] if seed % 2 else [],
    }
    if tracks:
        question |= {"track": np.zeros(n, dtype=int), "track_min": {0: 1}}
    whole = select(values, cost, **question)
    listing, module.LISTED_ENTRIES = module.LISTED_ENTRIES, 0
    try:
        single = select(values, cost, **question)
    finally:
        module.LISTED_ENTRIES = listing
    assert whole.robustness is not None
    assert single.robustness is not None
    assert whole.robustness.tolist() == pytest.approx(single.robustness.tolist(), abs=1e-12)
    assert whole.chosen.tolist() == single.chosen.tolist()


def test_too_many_sets_fall_back() -> None:
    demand_size = 40
    portfolio = select(np.arange(1, 41), np.ones(demand_size, dtype=int), 20, np.zeros(demand_size, dtype=int), 40,
                   draws=np.tile(np.arange(1, 41), (2, 1)))
    assert portfolio.robustness is not None
    assert np.flatnonzero(portfolio.robustness == 1).tolist() == list(range(20, 40))
