"""Selection: proven optimum, published tie order, prices, robustness, and named clashes."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scoring_decide import direct, selection
from scoring import Clash, Infeasible, ScoringError, select


def best_by_trying_all(case: dict[str, Any]) -> np.ndarray | None:
    """The set that ``select`` promises, found by looking at every set."""
    values, cost, call, track, team = (np.asarray(case[k]) for k in ("values", "cost", "call", "track", "team"))
    n = len(values)
    order = np.argsort(case["tie_key"], kind="stable")
    free = np.ones(n, dtype=bool)
    free[list(case["must"])] = False
    best: tuple[Any, np.ndarray] | None = None
    for bits in itertools.product((True, False), repeat=n):
        x = np.array(bits)
        allowed = (
            all(x[i] for i in case["must"])
            and not any(x[i] for i in case["exclude"])
            and cost[x].sum() <= case["budget"]
            and all((call[x] == c).sum() <= room for c, room in case["slots"].items())
            and all((track[x] == t).sum() >= least for t, least in case["track_min"].items())
            and all((team[x] == g).sum() <= case["team_max"] for g in set(team.tolist()))
        )
        if allowed:
            key = (values[x].sum(), -int((values[x & free] <= 0).sum()), tuple(x[order]))
            if best is None or key > best[0]:
                best = key, x
    return None if best is None else best[1]


@st.composite
def small_cases(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(1, 8))
    top = draw(st.sampled_from([3, 10, 1000]))

    def column(lo: int, hi: int) -> st.SearchStrategy[list[int]]:
        return st.lists(st.integers(lo, hi), min_size=n, max_size=n)

    cost = draw(column(0, top))
    return {
        "values": draw(column(-1, top)),
        "cost": cost,
        "budget": draw(st.integers(0, sum(cost) + 1)),
        "call": draw(column(0, 1)),
        "slots": {0: draw(st.integers(0, 4)), 1: draw(st.integers(1, 4))},
        "track": draw(column(-1, 1)),
        "track_min": {0: draw(st.integers(0, 1)), 1: draw(st.integers(0, 1))},
        "team": draw(column(0, 3)),
        "team_max": draw(st.integers(1, 2)),
        "must": draw(st.sets(st.integers(0, n - 1), max_size=1)),
        "exclude": draw(st.sets(st.integers(0, n - 1), max_size=1)),
        "tie_key": draw(column(0, 3)),
    }


@settings(max_examples=150, deadline=None, derandomize=True)
@given(small_cases())
def test_equals_the_best_of_all_sets_with_ties_in_published_order(case: dict[str, Any]) -> None:
    expected = best_by_trying_all(case)
    if expected is None:
        with pytest.raises(Infeasible):
            select(**case)
        return
    portfolio = select(**case)
    assert portfolio.chosen.tolist() == np.flatnonzero(expected).tolist()
    assert portfolio.gap == 0.0
    assert portfolio.objective == np.asarray(case["values"])[expected].sum()
    assert portfolio.cost == np.asarray(case["cost"])[expected].sum()


@pytest.mark.parametrize(("n", "seed"), [(300, 1), (3000, 2)])
def test_same_optimum_as_one_plain_integer_programme(n: int, seed: int) -> None:
    case = selection(n, seed)
    portfolio = select(**case)
    assert int(portfolio.objective) == direct(case)[0]
    picked = portfolio.chosen
    assert case["cost"][picked].sum() == portfolio.cost <= case["budget"]
    assert np.bincount(case["team"][picked]).max() == 1
    assert all((case["call"][picked] == call).sum() <= room for call, room in case["slots"].items())
    assert all((case["track"][picked] == track).sum() >= least for track, least in case["track_min"].items())


def test_the_order_of_the_input_changes_nothing() -> None:
    rng = np.random.default_rng(5)
    n = 400
    # Whole points and few prices: many equal sets.
    values, cost = rng.integers(1, 6, n), rng.integers(1, 4, n) * 1000
    call, key = rng.integers(0, 3, n), rng.permutation(n)
    first = select(values, cost, 60_000, call, 20, tie_key=key)
    shuffled = rng.permutation(n)
    second = select(values[shuffled], cost[shuffled], 60_000, call[shuffled], 20, tie_key=key[shuffled])
    assert sorted(shuffled[second.chosen].tolist()) == first.chosen.tolist()


def test_like_entries_are_taken_in_tie_order() -> None:
    portfolio = select([7] * 100_000, [10] * 100_000, 5_000, [0] * 100_000, {0: 600}, tie_key=np.arange(100_000)[::-1])
    assert portfolio.chosen.tolist() == list(range(99_500, 100_000))


def test_equal_totals_of_unlike_entries_go_by_the_first_that_differs() -> None:
    # {0, 3} and {1, 2} both bring 10 for 10; entry 0 is first in the published order.
    assert select([6, 5, 5, 4], [6, 5, 5, 4], 10, [0] * 4, 2).chosen.tolist() == [0, 3]
    assert select([6, 5, 5, 4], [6, 5, 5, 4], 10, [0] * 4, 2, tie_key=[9, 1, 2, 8]).chosen.tolist() == [1, 2]


def test_differences_below_a_billionth_of_the_range_are_ties() -> None:
    assert select([80.0, 80.0 + 1e-9], [1, 1], 1, [0, 0], 1).chosen.tolist() == [0]
    assert select([80.0, 80.0 + 1e-6], [1, 1], 1, [0, 0], 1).chosen.tolist() == [1]


def test_worthless_entries_are_only_picked_where_they_must_be() -> None:
    assert select([3, 0, -2], [1, 1, 1], 9, [0] * 3, 3).chosen.tolist() == [0]
    assert select([3, 0, -2], [1, 1, 1], 9, [0] * 3, 3, must=[2]).chosen.tolist() == [0, 2]
    needed = select([3, 0, -2, 0], [1, 1, 1, 1], 9, [0] * 4, 4, track=["a", "b", "b", "b"], track_min={"b": 1})
    assert needed.chosen.tolist() == [0, 1]


def test_money_has_a_price_and_entries_a_margin() -> None:
    # Two picks fit; the marginal 1,000 would buy half a point of the fractional third entry.
    portfolio = select([10.0, 9.0, 5.0], [10_000, 10_000, 10_000], 25_000, ["x"] * 3, {"x": 3})
    assert portfolio.chosen.tolist() == [0, 1]
    assert portfolio.budget_price == pytest.approx(0.5, abs=1e-9)
    assert portfolio.margin == pytest.approx([5.0, 4.0, 0.0], abs=1e-6)
    assert portfolio.duals["budget"] == pytest.approx(0.0005, abs=1e-12)


def test_slots_tracks_and_teams_have_prices() -> None:
    portfolio = select([10, 8, 6, 1], [1] * 4, None, ["x"] * 4, {"x": 2}, ["s", "s", "s", "t"], {"t": 1})
    assert portfolio.chosen.tolist() == [0, 3]
    assert portfolio.duals["call"]["x"] == pytest.approx(8.0, rel=0.3)
    assert portfolio.duals["track"]["t"] > 0
    teams = select([10, 8, 6], [1] * 3, None, [0] * 3, 3, team=["a", "a", "b"], team_max=1)
    assert teams.chosen.tolist() == [0, 2]
    assert 8.0 <= teams.duals["team"]["a"] <= 10.0


def test_limits_may_be_mapping_array_or_number() -> None:
    chosen = [select([3, 2, 1], [1, 1, 1], 9, [0, 0, 1], slots).chosen.tolist() for slots in ({0: 1, 1: 1}, [1, 1], 1)]
    assert chosen == [[0, 2], [0, 2], [0, 2]]


def test_entries_without_team_or_track_are_bound_by_neither() -> None:
    groups = {"team": [-1, -1, 2], "team_max": 1, "track": [None, "a", None], "track_min": 1}
    portfolio = select([5, 4, 3], [1] * 3, 9, [0] * 3, 3, **groups)
    assert portfolio.chosen.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("changes", "named", "clashes"),
    [
        ({"must": [0], "exclude": [0]}, ("entry 0 must be in and is excluded",), (Clash("must_excluded", (0,)),)),
        (
            {"must": [0, 1, 2], "slots": {0: 2}},
            ("call 0: 3 entries must be in, the limit is 2",),
            (Clash("must_call", (0, 1, 2), group=0, needed=3, available=2),),
        ),
        (
            {"must": [0, 1], "budget": 70},
            ("budget: the entries that must be in cost 80, the budget is 70",),
            (Clash("must_budget", (0, 1), needed=80, available=70),),
        ),
        (
            {"must": [0, 1], "team": [5, 5, 6], "team_max": 1},
            ("team 5: 2 entries must be in, the limit is 1",),
            (Clash("must_team", (0, 1), group=5, needed=2, available=1),),
        ),
        (
            {"track": [0, 0, 1], "track_min": {0: 1, 1: 2}},
            ("track 1: the minimum is 2, 1 entries are eligible",),
            (Clash("track_minimum", group=1, needed=2, available=1),),
        ),
        (
            {"track": [0, 1, 1], "track_min": {0: 1, 1: 1}, "slots": {0: 1}},
            ("call 0: 1 slots", "track 0: at least 1", "track 1: at least 1"),
            (Clash("call", group=0, available=1), Clash("track", group=0, needed=1), Clash("track", group=1, needed=1)),
        ),
        (
            {"track": ["a", "b", "b"], "track_min": {"a": 1, "b": 1}, "budget": 50},
            ("budget: 50", "track 'a': at least 1", "track 'b': at least 1"),
            (Clash("budget", available=50), Clash("track", group="a", needed=1), Clash("track", group="b", needed=1)),
        ),
        (
            {"must": [0], "team": [5, 5, 6], "team_max": 1, "track": [0, 1, 2], "track_min": {1: 1}},
            ("team_max", "track 1: at least 1", "must: entries [0]"),
            (Clash("team", (0, 1)), Clash("track", group=1, needed=1), Clash("must", (0,))),
        ),
    ],
)
def test_clashes_are_named(changes: dict[str, Any], named: tuple[str, ...], clashes: tuple[Clash, ...]) -> None:
    case: dict[str, Any] = {"values": [3, 2, 1], "cost": [40, 40, 40], "budget": 120, "call": [0] * 3, "slots": {0: 3}}
    with pytest.raises(Infeasible) as caught:
        select(**(case | changes))
    assert caught.value.constraints == named
    assert caught.value.clashes == clashes
    assert str(caught.value) == f"No portfolio satisfies these constraints together: {'; '.join(named)}"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": [1.0, np.nan]}, "values must be finite; look at entries [1]."),
        ({"cost": [1.5, 1]}, "cost must be in whole minor units."),
        ({"cost": [1, -1]}, "cost must not be negative; look at entries [1]."),
        ({"slots": {0: 1}}, "call 1 has no limit in slots."),
        ({"slots": {0: 1, 1: -1}}, "slots must not be negative."),
        ({"must": [2]}, "must must hold entry positions from 0 to 1."),
        ({"tie_key": [1]}, "tie_key must be one-dimensional with 2 items."),
        ({"draws": [[1.0]]}, "draws must have one row per draw and 2 columns."),
    ],
)
def test_wrong_input_is_refused(changes: dict[str, Any], message: str) -> None:
    case: dict[str, Any] = {"values": [1, 2], "cost": [1, 1], "budget": 2, "call": [0, 1], "slots": [1, 1]}
    with pytest.raises(ScoringError) as caught:
        select(**(case | changes))
    assert str(caught.value) == message


def test_no_entry_no_portfolio() -> None:
    portfolio = select([], [], 10, [], {})
    assert (portfolio.chosen.tolist(), portfolio.objective, portfolio.cost) == ([], 0.0, 0)


def test_robustness_counts_the_draws_and_bands_follow() -> None:
    draws = np.array([[9, 5, 4, 1]] * 7 + [[9, 3, 4, 1]] * 3)
    portfolio = select([9, 5, 4, 1], [1] * 4, None, [0] * 4, 2, exclude=[3], draws=draws)
    assert portfolio.robustness is not None
    assert portfolio.robustness.tolist() == [1.0, 0.7, 0.3, 0.0]
    assert portfolio.band.tolist() == ["core", "contested", "reserve", "out"]


def test_without_draws_there_is_no_robustness() -> None:
    portfolio = select([9, 5, 4, 1], [1] * 4, None, [0] * 4, 2, exclude=[3])
    assert portfolio.robustness is None
    assert portfolio.band.tolist() == ["core", "core", "reserve", "out"]


def test_relaxed_draws_are_close_to_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    case = selection(400, 3)
    draws = case["values"] + np.rint(np.random.default_rng(1).normal(0, 20_000, (20, 400))).astype(np.int64)
    exact = select(**case, draws=draws)
    monkeypatch.setattr(sys.modules["scoring.selection"], "EXACT_WORK", 0)
    relaxed = select(**case, draws=draws)
    assert exact.robustness is not None
    assert relaxed.robustness is not None
    assert np.abs(exact.robustness - relaxed.robustness).mean() < 0.01


def test_the_solver_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    select(**selection(1000, 1))
    assert capfd.readouterr().out == ""
