"""How much judges' scales differ: the maximum of the marginal likelihood, and quick where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import calibrate
from scoring.levels import SCALE_VARIANCE_BOUNDS, _scale_variance, scales
from scoring.uncertainty import pair_of_row
from tests.unit.scoring.reference import panel


@pytest.mark.parametrize("seed", range(6))
def test_the_variance_is_the_maximum_of_the_marginal_likelihood(seed: int) -> None:
    rng = np.random.default_rng(seed)
    doubt = rng.uniform(0.005, 0.05, 30)
    off = np.sqrt(0.04 + doubt) * rng.standard_normal(30)
    grid = np.geomspace(*SCALE_VARIANCE_BOUNDS, 20001)[:, None]
    likelihood = -0.5 * (np.log(grid + doubt) + off**2 / (grid + doubt)).sum(axis=1)
    assert _scale_variance(off, doubt) == pytest.approx(float(grid[int(np.argmax(likelihood)), 0]), rel=1e-3)


def test_the_variance_stays_inside_its_bounds() -> None:
    assert _scale_variance(np.zeros(5), np.full(5, 0.01)) == SCALE_VARIANCE_BOUNDS[0]
    assert _scale_variance(np.full(5, 3.0), np.full(5, 0.01)) == SCALE_VARIANCE_BOUNDS[1]
    # Without doubt it is the mean square: (0.09 + 0.01) / 2.
    assert _scale_variance(np.array([0.3, -0.1]), np.zeros(2)) == pytest.approx(0.05)


def test_expectation_maximisation_has_the_same_fixed_point() -> None:
    fit = calibrate(panel(2)[0], level="scale")
    model = fit.model
    usable = np.ones(fit.comp.n_judges, dtype=np.bool_)
    at, design = model.solution, model.design
    scale, variance = scales(design, at, model.spread, model.spread.pair[pair_of_row(design)], usable, 0.04)
    assert variance == pytest.approx(model.scale_variance, rel=1e-4)
    assert scale == pytest.approx(fit.judges.scale, rel=1e-4)


@pytest.mark.parametrize("exact", [True, False])
def test_judges_who_are_alike_settle_at_once(exact: bool) -> None:
    comp, _ = panel(3, 400, 20, 5, unequal_noise=0.0, unequal_scale=0.0)
    fit = calibrate(comp, level="scale", exact=exact)
    assert fit.converged
    assert fit.iterations < 60
    assert fit.judges.scale == pytest.approx(np.ones(20), abs=0.25)
    assert calibrate(comp, exact=exact).level == "scale"
