"""Assignment: fair floor, total, loads, conflicts, bridges, expected error, and named clashes."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from scoring import Assignment, Clash, Infeasible, ScoringError, assign, design_se
from scoring.eligible import NEAREST, eligible
from scoring.flow import Network, best

SOLVERS = ("ortools", "highs")


def best_by_trying_all(
    affinity: np.ndarray, demand: np.ndarray, low: np.ndarray, high: np.ndarray, barred: np.ndarray
) -> tuple[float, float] | None:
    """Greatest floor, then total, over all assignments."""
    judges = affinity.shape[1]
    options = [
        [c for c in itertools.combinations(range(judges), need) if not barred[entry, list(c)].any()]
        for entry, need in enumerate(demand)
    ]
    best: tuple[float, float] | None = None
    for chosen in itertools.product(*options):
        pairs = [(entry, judge) for entry, group in enumerate(chosen) for judge in group]
        loads = np.bincount([judge for _, judge in pairs], minlength=judges)
        if (loads >= low).all() and (loads <= high).all():
            values = [affinity[pair] for pair in pairs]
            key = (min(values, default=np.inf), float(sum(values)))
            best = key if best is None else max(best, key)
    return best


def assert_valid(result: Assignment, demand: np.ndarray, low: np.ndarray, high: np.ndarray, barred: np.ndarray) -> None:
    assert not barred[result.pairs[:, 0], result.pairs[:, 1]].any()
    assert len(np.unique(result.pairs, axis=0)) == len(result.pairs)
    assert np.bincount(result.pairs[:, 0], minlength=len(demand)).tolist() == demand.tolist()
    assert result.loads.tolist() == np.bincount(result.pairs[:, 1], minlength=len(low)).tolist()
    assert (result.loads >= low).all()
    assert (result.loads <= high).all()


@st.composite
def small_cases(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    entries, judges = draw(st.integers(1, 4)), draw(st.integers(1, 4))

    def column(n: int, lo: int, hi: int) -> np.ndarray:
        return np.array(draw(st.lists(st.integers(lo, hi), min_size=n, max_size=n)))

    affinity = column(entries * judges, 0, draw(st.sampled_from([2, 1000]))).reshape(entries, judges).astype(float)
    barred = column(entries * judges, 0, 6).reshape(entries, judges) == 0
    low = column(judges, 0, 1)
    return affinity, column(entries, 0, 2), low, low + column(judges, 0, 3), barred


@settings(max_examples=120, deadline=None, derandomize=True)
@given(small_cases())
def test_floor_first_then_total_by_either_solver(case: tuple[np.ndarray, ...]) -> None:
    affinity, demand, low, high, barred = case
    expected = best_by_trying_all(*case)
    for solver in SOLVERS:
        if expected is None:
            with pytest.raises(Infeasible):
                assign(affinity, demand, low, high, barred, bridge_share=0, solver=solver)
            continue
        result = assign(affinity, demand, low, high, barred, bridge_share=0, solver=solver)
        assert_valid(result, demand, low, high, barred)
        assert (result.fair_floor, result.total) == expected


@settings(max_examples=80, deadline=None, derandomize=True)
@given(small_cases())
def test_bridged_judges_are_one_group_or_it_is_refused(case: tuple[np.ndarray, ...]) -> None:
    affinity, demand, low, high, barred = case
    try:
        result = assign(affinity, demand, low, high, barred)
    except Infeasible:
        return
    assert_valid(result, demand, low, high, barred)
    assert demand.max() < 2 or result.linkage.n_components <= 1


@pytest.mark.parametrize(("entries", "judges"), [(60, 12), (500, 40)])
def test_both_solvers_reach_the_same_total(entries: int, judges: int) -> None:
    rng = np.random.default_rng(entries)
    affinity = rng.random((entries, judges))
    barred = rng.random((entries, judges)) < 0.1
    first, second = (
        assign(affinity, 3, 1, 3 * entries // judges + 2, barred, bridge_share=0, solver=s) for s in SOLVERS
    )
    assert first.total == pytest.approx(second.total, rel=1e-9)
    assert first.floor == second.floor == first.fair_floor
    assert first.pairs.tolist() == second.pairs.tolist()


def test_without_ortools_the_linear_programme_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    affinity = np.random.default_rng(1).random((20, 6))
    expected = assign(affinity, 3, 0, 12, None)
    monkeypatch.setitem(sys.modules, "ortools.graph.python.min_cost_flow", None)
    assert assign(affinity, 3, 0, 12, None).pairs.tolist() == expected.pairs.tolist()
    with pytest.raises(ImportError):
        assign(affinity, 3, 0, 12, None, solver="ortools")


def test_equal_totals_share_the_work_evenly() -> None:
    for solver in SOLVERS:
        assert assign(np.ones((20, 5)), 2, 0, 20, None, solver=solver).loads.tolist() == [8] * 5


def tracks(pools: int, entries: int, judges: int, seed: int = 0) -> np.ndarray:
    """Specialists: every pool of judges fits its own entries only."""
    noise = np.random.default_rng(seed).random((pools * entries, pools * judges))
    return 0.7 * np.kron(np.eye(pools), np.ones((entries, judges))) + 0.3 * noise


@pytest.mark.parametrize(
    ("pools", "entries", "judges", "share"), [(2, 20, 5, 0.05), (4, 25, 6, 0.1), (10, 40, 8, 0.05)]
)
def test_pools_share_the_wanted_part_of_their_assignments(pools: int, entries: int, judges: int, share: float) -> None:
    affinity = tracks(pools, entries, judges)
    high = -(-entries * 3 // judges)
    apart = assign(affinity, 3, 0, high, None, bridge_share=0)
    assert apart.linkage.n_components == pools
    result = assign(affinity, 3, 0, high, None, bridge_share=share)
    assert_valid(result, np.full(pools * entries, 3), np.zeros(pools * judges), np.full(pools * judges, high),
                 np.zeros_like(affinity, dtype=bool))  # fmt: skip
    foreign = result.pairs[:, 0] // entries != result.pairs[:, 1] // judges
    assert result.linkage.n_components == 1
    assert [foreign[result.pairs[:, 0] // entries == pool].mean() >= share for pool in range(pools)] == [True] * pools
    assert foreign.mean() <= 2 * share
    home = affinity[result.pairs[~foreign, 0], result.pairs[~foreign, 1]]
    assert home.min() >= result.fair_floor == apart.floor
    assert result.linkage.weakest_contrast_se < 1.0


def test_an_assignment_that_is_linked_anyway_is_left_alone() -> None:
    affinity = np.random.default_rng(4).random((80, 10))
    free, linked = (assign(affinity, 4, 0, 40, None, bridge_share=share) for share in (0, 0.05))
    assert linked.pairs.tolist() == free.pairs.tolist()
    assert linked.bridges.tolist() == []


def test_pools_that_nobody_may_link_are_refused_by_name() -> None:
    language = np.where(tracks(2, 4, 3) >= 0.7, 1.0, np.nan)
    with pytest.raises(Infeasible) as caught:
        assign(language, 2, 0, 4, None)
    assert caught.value.constraints == (
        "judges [0, 1, 2] (entries [0, 1, 2, 3])",
        "judges [3, 4, 5] (entries [4, 5, 6, 7])",
    )
    assert caught.value.clashes == (
        Clash("unlinked", (0, 1, 2, 3), (0, 1, 2)), Clash("unlinked", (4, 5, 6, 7), (3, 4, 5))
    )  # fmt: skip
    assert assign(language, 2, 0, 4, None, bridge_share=0).linkage.n_components == 2


def test_kept_pairs_stay_and_count() -> None:
    affinity = np.array([[1.0, 0.0, 0.9], [1.0, 0.8, 0.0], [0.9, 1.0, 0.2]])
    result = assign(affinity, [2, 1, 0], 0, 2, None, keep=[(0, 1), (2, 2)], bridge_share=0)
    assert result.pairs.tolist() == [[0, 0], [0, 1], [1, 0], [2, 2]]
    assert result.total == pytest.approx(1.0 + 0.0 + 1.0 + 0.2)
    assert (result.floor, result.fair_floor) == (0.0, 1.0)


def test_sparse_affinity_offers_stored_pairs_only_zeros_included() -> None:
    stored = sparse.csr_matrix((np.array([0.0, 2.0, 3.0]), ([0, 0, 1], [0, 1, 1])), shape=(2, 2))
    result = assign(stored, 1, 0, 1, None, bridge_share=0)
    assert result.pairs.tolist() == [[0, 0], [1, 1]]
    with pytest.raises(Infeasible):
        assign(stored, 1, 0, 1, sparse.csr_matrix(np.array([[True, False], [False, False]])), bridge_share=0)


def test_conflicts_in_every_form() -> None:
    affinity = np.array([[3.0, 2.0, 1.0]])
    mask = np.array([[True, False, False]])
    forms: list[Any] = [mask, sparse.csr_matrix(mask), [(0, 0)], np.array([[0, 0]]), {(0, 0)}]
    assert [assign(affinity, 1, 0, 1, form).pairs.tolist() for form in forms] == [[[0, 1]]] * 5


def test_many_pairs_are_thinned_without_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    affinity = np.round(rng.random((400, 90)), 3)
    full = assign(affinity, 4, 0, 24, None)
    monkeypatch.setattr("scoring.eligible.FULL_ARCS", 1000)
    monkeypatch.setattr(sys.modules["scoring.assignment"], "FULL_ARCS", 1000)
    for form in (affinity, sparse.csr_matrix(affinity)):
        thin = assign(form, 4, 0, 24, None)
        assert (thin.floor, thin.loads.max()) == (full.floor, full.loads.max())
        assert thin.total == pytest.approx(full.total, rel=1e-12)
        assert thin.linkage.n_components == 1


def test_same_seed_same_pairs() -> None:
    affinity = tracks(3, 15, 4)
    runs = [assign(affinity, 3, 0, 12, None, seed=seed).pairs.tolist() for seed in (7, 7)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("changes", "named", "clash"),
    [
        (
            {"conflicts": [(1, 0), (1, 1)]},
            "entry 1 needs 2 more judges, 1 may take it",
            Clash("judges_of_entry", (1,), needed=2, available=1),
        ),
        (
            {"high": 1},
            "entries [0, 1, 2] need 6 more judgements, their judges can give 3",
            Clash("room", (0, 1, 2), (0, 1, 2), needed=6, available=3),
        ),
        (
            {"high": [1, 1, 9], "conflicts": [(0, 2)]},
            "entries [0, 1, 2] need 6 more judgements, their judges can give 4",
            Clash("room", (0, 1, 2), (0, 1), needed=6, available=4),
        ),
        (
            {"high": [0, 9, 9], "conflicts": [(0, 2)]},
            "entries [0] need 2 more judgements, their judges can give 1",
            Clash("room", (0,), (0,), needed=2, available=1),
        ),
        (
            {"low": [4, 0, 0]},
            "judges [0] cannot reach their minimum",
            Clash("minimum_loads", (), (0,), needed=4, available=6),
        ),
        (
            {"low": 3},
            "the minimums add up to 9 and 6 judgements are needed",
            Clash("minimum_loads", (), (2,), needed=9, available=6),
        ),
        ({"low": [0, 5, 0], "high": 4}, "judge 1: 5 > 4", Clash("crossed_loads", (), (1,), needed=5, available=4)),
        (
            {"keep": [(0, 0), (1, 0)], "high": 1},
            "judge 0: 2 kept, at most 1",
            Clash("kept_over_load", (), (0,), needed=2, available=1),
        ),
        ({"keep": [(0, 0)], "conflicts": [(0, 0)]}, "entry 0 with judge 0", Clash("kept_in_conflict", (0,), (0,))),
    ],
)
def test_clashes_are_named(changes: dict[str, Any], named: str, clash: Clash) -> None:
    case: dict[str, Any] = {"low": 0, "high": 9, "conflicts": None, "keep": None} | changes
    with pytest.raises(Infeasible) as caught:
        assign(np.ones((3, 3)), 2, case["low"], case["high"], case["conflicts"], case["keep"])
    assert any(named in constraint for constraint in caught.value.constraints)
    assert caught.value.clashes == (clash,)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    ("low", "high", "message", "clash"),
    [
        (0, 1, "No assignment satisfies demand and loads together", Clash("demand_and_loads", needed=4)),
        (
            3, 9, "The minimum loads add up to more than the demand",
            Clash("minimum_loads", needed=6, available=4),
        ),
    ],
)  # fmt: skip
def test_a_flow_that_does_not_exist_has_its_facts(solver: Any, low: int, high: int, message: str, clash: Clash) -> None:
    seat, judge = np.repeat([0, 1], 2), np.tile([0, 1], 2)
    net = Network(np.array([2, 2]), np.arange(2), seat, judge, np.ones(4), np.full(2, low), np.full(2, high))
    with pytest.raises(Infeasible) as caught:
        best(net, solver)
    assert (str(caught.value), caught.value.constraints, caught.value.clashes) == (message, (), (clash,))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones(3), 1, 0, 1, None), "affinity must be a table of entries x judges."),
        ((np.ones((2, 2)), [1], 0, 1, None), "demand must be one number or 2 of them."),
        ((np.ones((2, 2)), 1, -1, 1, None), "min_load must not be negative."),
        ((np.ones((2, 2)), 1.5, 0, 1, None), "demand must be whole."),
        ((np.ones((2, 2)), 1, 0, 1, [(2, 0)]), "conflicts must point inside a table of shape (2, 2)."),
        ((np.full((2, 2), np.inf), 1, 0, 1, None), "affinity must not be infinite."),
    ],
)
def test_wrong_input_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ScoringError) as caught:
        assign(*arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("judges", [4, 9])
def test_expected_error_is_that_of_the_mixed_model(judges: int) -> None:
    rng = np.random.default_rng(judges)
    entries, (of_entry, of_judge, noise) = 15, (90.0, 40.0, 70.0)
    pairs = np.array([(e, j) for e in range(entries) for j in rng.permutation(judges)[: rng.integers(1, 4)]])
    design = np.zeros((len(pairs), 1 + entries + judges))
    design[:, 0] = 1.0
    design[np.arange(len(pairs)), 1 + pairs[:, 0]] = 1.0
    design[np.arange(len(pairs)), 1 + entries + pairs[:, 1]] = 1.0
    # Henderson's mixed model equations, inverted as they stand.
    equations = design.T @ design / noise
    equations += np.diag([0.0] + [1 / of_entry] * entries + [1 / of_judge] * judges)
    expected = np.sqrt(np.diag(np.linalg.inv(equations)))[1 : 1 + entries]
    assert design_se(pairs, (entries, judges), (of_entry, of_judge, noise)) == pytest.approx(expected, rel=1e-9)


def test_expected_error_for_large_panels_is_close(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    pairs = np.array([(e, j) for e in range(600) for j in rng.permutation(60)[:5]])
    exact = design_se(pairs, (600, 60))
    monkeypatch.setattr(sys.modules["scoring.design_errors"], "EXACT_JUDGES", 10)
    assert design_se(pairs, (600, 60)) == pytest.approx(exact, rel=0.02)


def test_entries_without_judges_keep_the_spread_of_the_population() -> None:
    result = assign(np.ones((3, 2)), [2, 2, 0], 0, 3, None)
    assert result.expected_se[2] == 10.0
    assert (result.expected_se[:2] < 10.0).all()


@pytest.mark.parametrize("levels", [1, 2, 5, 10_000])
def test_each_entry_offers_just_its_best_judges_however_many_are_alike(
    levels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scoring.eligible.RANDOM", 0)
    rng = np.random.default_rng(levels)
    table = rng.integers(0, levels, (90, 200)) / levels
    table[rng.random((90, 200)) < 0.1] = np.nan
    table[3, 5:] = np.nan
    entry, judge, affinity = eligible(table, None, None).near(np.full(90, 2), seed=1)
    assert affinity.tolist() == table[entry, judge].tolist()
    assert (np.diff(entry * 200 + judge) > 0).all()
    for e in range(90):
        best = np.sort(table[e][~np.isnan(table[e])])[::-1][:NEAREST]
        assert np.sort(affinity[entry == e])[::-1].tolist() == best.tolist()
    if levels == 1:
        assert np.bincount(judge, minlength=200).min() > 0
