"""Entries as fixed effects: standard errors against a dense inverse, with and without extra columns."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scoring import Composite, Fit, calibrate, composite_from, entry_draws, posterior

Floats = NDArray[np.float64]


def stages(seed: int, columns: int, shift: int = 0) -> Composite:
    """Nine entries, four judges; each sheet has ``columns`` covariates that differ within entries."""
    rng = np.random.default_rng(seed)
    entry = np.repeat(np.arange(9), 3)
    judge = np.concatenate([rng.permutation(4)[:3] for _ in range(9)])
    fixed = rng.standard_normal((27, columns)) + 0.3 * judge[:, None]
    y = 50 + 8 * rng.standard_normal(9)[entry] + 5 * rng.standard_normal(4)[judge] + 4 * rng.standard_normal(27)
    y = y + fixed @ np.arange(1, columns + 1)
    return composite_from(entry + shift, judge, y, fixed=fixed if columns else None)


def dense(fit: Fit, comp: Composite) -> tuple[Floats, float]:
    """Covariance of the entries' estimates by inverting V, and the error of their mean."""
    z = np.eye(comp.n_entries)[comp.entry]
    judges = np.eye(comp.n_judges)[comp.judge]
    v = fit.var_judge * judges @ judges.T + fit.var_residual * np.diag(1 / comp.weight)
    x = z if comp.fixed is None else np.column_stack([z, comp.fixed])
    information = x.T @ np.linalg.inv(v) @ x
    covariance = np.asarray(np.linalg.inv(information)[: comp.n_entries, : comp.n_entries], dtype=np.float64)
    return covariance, float(np.sqrt(covariance.mean()))


@pytest.mark.parametrize("columns", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", range(6))
def test_errors_are_those_of_the_difference_from_the_mean(seed: int, columns: int) -> None:
    comp = stages(seed, columns)
    fit = calibrate(comp, level="severity", shrink=False)
    covariance, of_mean = dense(fit, comp)
    centre = np.eye(9) - 1 / 9
    assert fit.entries.se == pytest.approx(np.sqrt(np.diag(centre @ covariance @ centre)), rel=1e-8)
    assert fit.mu_se == pytest.approx(of_mean, rel=1e-8)


def test_columns_make_entries_less_certain() -> None:
    comp = stages(3, 3)
    fit = calibrate(comp, level="severity", shrink=False)
    centre = np.eye(9) - 1 / 9
    without = centre @ dense(fit, stages_without(comp))[0] @ centre
    assert (fit.entries.se > 1.0001 * np.sqrt(np.diag(without))).all()


def stages_without(comp: Composite) -> Composite:
    """The same sheets without their columns."""
    return composite_from(comp.entry, comp.judge, comp.y)


@pytest.mark.parametrize("pools", ["within", "assume_equal_pools"])
def test_entries_of_two_pools_are_compared_with_their_own_pool(pools: str) -> None:
    one, other = stages(1, 0), stages(2, 0)
    entry, judge = np.concatenate([one.entry, other.entry + 9]), np.concatenate([one.judge, other.judge + 4])
    comp = composite_from(entry, judge, np.concatenate([one.y, other.y]))
    fit = calibrate(comp, level="severity", shrink=False, pools=pools)
    covariance, _ = dense(fit, comp)
    centre = np.eye(18) - np.kron(np.eye(2), np.full((9, 9), 1 / 9))
    assert fit.entries.se == pytest.approx(np.sqrt(np.diag(centre @ covariance @ centre)), rel=1e-8)


def test_draws_of_fixed_entries_vary_as_their_errors_say() -> None:
    fit = calibrate(stages(5, 2), level="severity", shrink=False)
    draws = np.concatenate(list(entry_draws(fit, 4000)), axis=1)
    assert draws.mean(axis=1) == pytest.approx(fit.entries.score, abs=0.25)
    assert draws.std(axis=1) == pytest.approx(fit.entries.se, rel=0.05)
    assert posterior(fit).se.min() > 0
