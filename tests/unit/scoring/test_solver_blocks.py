"""Many pools: block by block the same answers as one dense system, exact where that used to be approximate."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import Composite, calibrate, composite_from, entry_draws
from scoring.calibration import examine, likelihood_of
from scoring.fit import Links, Options
from scoring.reml import Likelihood
from scoring.solver import Exact
from scoring.solver_blocks import Blocks, partition_of


def pooled(seed: int, sizes: list[tuple[int, int]], reviews: int = 3) -> Composite:
    """Pools of so many entries and judges, all labels shuffled; the first judge has no score."""
    rng = np.random.default_rng(seed)
    entry, judge = [], []
    first_entry, first_judge = 0, 1
    for n_entries, n_judges in sizes:
        for i in range(n_entries):
            entry += [first_entry + i] * reviews
            judge += (first_judge + rng.permutation(n_judges)[:reviews]).tolist()
        first_entry, first_judge = first_entry + n_entries, first_judge + n_judges
    names = np.append(0, 1 + rng.permutation(first_judge - 1))
    e, j = rng.permutation(first_entry)[entry], names[judge]
    y = 50 + 9 * rng.standard_normal(first_entry)[e] + 5 * rng.standard_normal(first_judge)[j]
    y = y + 6 * rng.standard_normal(len(e))
    return composite_from(e, j, y, entry_ids=range(first_entry), judge_ids=range(first_judge))


MIXED = [(12, 5)] * 14 + [(9, 4)] * 8 + [(20, 9)] * 3 + [(7, 3)]


def both(comp: Composite, ratios: tuple[float, float]) -> tuple[Links, Likelihood, Blocks, Exact]:
    links = examine(comp)
    likelihood = likelihood_of(links.rows, links, Options(1, "within", True, True, 0))
    at = likelihood.solve(*ratios)
    assert isinstance(at.system, Blocks)
    dense = Exact(likelihood.design.pairs, likelihood.design.judge_weight, at.kappa, at.shrink, ratios[1])
    return links, likelihood, at.system, dense


@pytest.mark.parametrize("ratios", [(1.0, 0.5), (0.0, 2.0), (30.0, 0.0), (0.2, 50.0)])
def test_blocks_give_what_the_dense_system_gives(ratios: tuple[float, float]) -> None:
    _, likelihood, blocks, dense = both(pooled(1, MIXED), ratios)
    rhs = np.random.default_rng(0).standard_normal((likelihood.design.pairs.shape[1], 3))
    assert blocks.solve(rhs) == pytest.approx(dense.solve(rhs), abs=1e-11)
    assert blocks.log_det() == pytest.approx(dense.log_det(), abs=1e-9)
    assert blocks.trace_judges() == pytest.approx(dense.trace_judges(), rel=1e-11)
    assert blocks.trace_entries() == pytest.approx(dense.trace_entries(), rel=1e-11)
    assert blocks.inverse_table().toarray() == pytest.approx(dense.inverse, abs=1e-12)
    assert blocks.noise(np.eye(len(rhs))) @ blocks.noise(np.eye(len(rhs))).T == pytest.approx(dense.inverse, abs=1e-12)


@pytest.mark.parametrize("pools", ["within", "assume_equal_pools", "assume_equal_judges"])
@pytest.mark.parametrize("level", ["severity", "scale"])
@pytest.mark.parametrize("shrink", [True, False])
def test_fits_are_the_same(monkeypatch: pytest.MonkeyPatch, pools: str, level: str, shrink: bool) -> None:
    comp = pooled(2, MIXED)
    fit = calibrate(comp, level=level, pools=pools, shrink=shrink)
    assert isinstance(fit.model.solution.system, Blocks)
    draws = np.concatenate(list(entry_draws(fit, 20)), axis=1)
    assert np.isfinite(draws).all()
    monkeypatch.setattr("scoring.solver_blocks.Partition.worthwhile", property(lambda _: False))
    dense = calibrate(comp, level=level, pools=pools, shrink=shrink)
    assert isinstance(dense.model.solution.system, Exact)
    assert fit.deviance == pytest.approx(dense.deviance, abs=1e-8)
    assert fit.entries.score == pytest.approx(dense.entries.score, abs=1e-5)
    assert fit.entries.se == pytest.approx(dense.entries.se, rel=1e-6)
    assert fit.judges.se == pytest.approx(dense.judges.se, rel=1e-6, nan_ok=True)


def test_many_judges_in_small_pools_are_fitted_exactly() -> None:
    comp = pooled(3, [(9, 5)] * 320)
    fit = calibrate(comp, level="severity", pools="within")
    assert comp.n_judges > 1500
    assert fit.exact
    assert fit.converged
    near = calibrate(comp, level="severity", pools="within", exact=False)
    assert fit.var_entry == pytest.approx(near.var_entry, rel=0.01)


def test_pools_are_named_by_their_judges() -> None:
    comp = pooled(4, [(6, 3), (8, 3), (9, 5)])
    partition = partition_of(examine(comp).pairs)
    assert [part.shape for part in partition.judges] == [(1, 1), (2, 3), (1, 5)]
    assert sorted(np.concatenate([part.ravel() for part in partition.judges]).tolist()) == list(range(12))
    assert partition.cells == 1 + 2 * 9 + 25
    assert not partition.worthwhile
