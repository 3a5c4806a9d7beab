"""Budgets that are hit exactly: the table over money finds what listing and branch and bound find."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scoring.portfolio_exact as portfolio_exact
from scoring import select


def subset_sums(n: int, seed: int, top: int = 20_000) -> dict[str, Any]:
    """Entries worth what they cost, some of them alike; three tenths of all the money there is."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(top // 20, top, n)
    cost[: n // 10] = cost[n // 10 : 2 * (n // 10)]
    return {
        "values": cost,
        "cost": cost,
        "budget": int(cost.sum() * 3 // 10),
        "call": np.zeros(n, dtype=int),
        "slots": {0: n},
        "tie_key": rng.permutation(n),
    }


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_table_equals_the_best_of_all_sets(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 9))
    top = data.draw(st.sampled_from([2, 6, 50]))
    cost = np.array(data.draw(st.lists(st.integers(1, top), min_size=n, max_size=n)))
    values = cost
    if data.draw(st.booleans()):
        values = np.array(data.draw(st.lists(st.integers(1, top), min_size=n, max_size=n)))
        cost = cost - 1
    money = data.draw(st.integers(0, int(cost.sum())))
    sets = [np.array(bits) for bits in itertools.product((True, False), repeat=n)]
    fitting = [x for x in sets if cost[x].sum() <= money]
    # max() keeps the first of equals, and sets come in tie order.
    best = max(fitting, key=lambda x: int(values[x].sum()))
    assert portfolio_exact.first_optimum(values, cost, money).tolist() == best.tolist()


@pytest.mark.parametrize(("n", "seed", "top"), [(24, 0, 60), (40, 1, 200), (40, 2, 400), (80, 3, 100), (150, 4, 200)])
def test_the_table_chooses_what_branch_and_bound_chooses(
    n: int, seed: int, top: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = subset_sums(n, seed, top)
    case["must"], case["exclude"] = [n // 2], [0, n - 1]
    monkeypatch.setattr(portfolio_exact, "ALIKE", 0)
    portfolio = select(**case)
    monkeypatch.setattr(portfolio_exact, "MOST_MONEY", 0)
    searched = select(**case)
    assert portfolio.chosen.tolist() == searched.chosen.tolist()
    assert (portfolio.objective, portfolio.cost, portfolio.budget_price) == (
        searched.objective, searched.cost, searched.budget_price,
    )  # fmt: skip
    assert portfolio.objective == case["budget"]


def test_three_hundred_subset_sums_hit_the_budget_in_tie_order() -> None:
    case = subset_sums(300, 0)
    best = select(**case)
    assert best.objective == best.cost == case["budget"]
    # Whatever is first in the published order and fits is in, as long as the rest can still fill the budget.
    first = np.argsort(case["tie_key"])
    affordable = int((np.cumsum(case["cost"][first]) <= case["budget"] * 9 // 10).sum())
    assert np.isin(first[:affordable], best.chosen).all()
    shuffled = np.random.default_rng(1).permutation(300)
    again = select(**{k: v[shuffled] if isinstance(v, np.ndarray) else v for k, v in case.items()})
    assert sorted(shuffled[again.chosen].tolist()) == best.chosen.tolist()
