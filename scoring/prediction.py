"""What a fit expects of totals: for given pairs, and for a whole panel drawn from the model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from scoring.arguments import instance, unmasked, whole
from scoring.errors import ScoringError
from scoring.fit import Fit
from scoring.types import Composite, FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """Expected totals, ``mean``, and the standard deviation of a new total about them, ``sd``; shape (m,).

    NaN for an entry without a score; a judge without scores is taken as an average one.
    """

    mean: FloatArray
    sd: FloatArray

    def __repr__(self) -> str:
        return f"<Prediction: {len(self.mean)} totals>"


def predict(fit: Fit, pairs: ArrayLike) -> Prediction:
    """Totals that judges would give to entries, at the mean of all extra fixed columns' zero.

    Parameters
    ----------
    fit : Fit
    pairs : int array, shape (m, 2)
        Positions of entry and judge.

    Returns
    -------
    Prediction
        ``sd`` counts the errors of entry and judge as independent, at the estimated components.

    Raises
    ------
    ScoringError
        Pairs outside the fit.

    References
    ----------
    Henderson (1975), Biometrics 31, doi:10.2307/2529430.

    Examples
    --------
    >>> from scoring import calibrate, composite_from, predict
    >>> comp = composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31])
    >>> predict(calibrate(comp, level="severity"), [(0, 0), (2, 1)]).mean.round(1).tolist()
    [69.7, 30.8]
    """
    instance(fit, "fit", Fit)
    table = unmasked(pairs, "pairs")
    if table.ndim != 2 or table.shape[1:] != (2,) or table.dtype.kind not in "iu":
        raise ScoringError("pairs must be pairs of entry and judge.")
    size = (len(fit.entries.score), len(fit.judges.leniency))
    if table.size and (table.min() < 0 or (table.max(axis=0) >= size).any()):
        raise ScoringError(f"pairs must point inside {size[0]} entries and {size[1]} judges.")
    entry, judge = table[:, 0], table[:, 1]
    judges = fit.judges
    leniency, scale, noise = (
        np.where(np.isnan(values), average, values)
        for values, average in ((judges.leniency, 0.0), (judges.scale, 1.0), (judges.noise_ratio, 1.0))
    )
    start = _start(fit)
    own = fit.entries.score - start
    mean = start[entry] + scale[judge] * own[entry] + leniency[judge]
    judge_variance = np.where(np.isnan(judges.se), fit.var_judge, np.nan_to_num(judges.se) ** 2)
    variance = fit.var_residual * noise[judge] + judge_variance[judge]
    variance = variance + (scale[judge] * fit.entries.se[entry]) ** 2
    return Prediction(mean, np.sqrt(variance))


def _start(fit: Fit) -> FloatArray:
    """Score of an entry without an effect of its own: the mean, its pool's or its group's."""
    return np.asarray(fit.entries.score - fit.model.design.unit * fit.model.solution.entry_effect)


def simulate(fit: Fit, seed: int = 0) -> Composite:
    """New totals for the same pairs, from the model at its estimates: new entries, judges, groups and noise.

    A posterior check in one line: calibrate many of these and see whether the real panel looks like them.

    Parameters
    ----------
    fit : Fit
        With ``shrink=True``.
    seed : int

    Returns
    -------
    Composite
        ``fit.comp`` with other totals; rows that the fit left out stay as they are.

    Raises
    ------
    ScoringError
        A bad seed, or ``shrink=False``.

    References
    ----------
    Gelman, Meng & Stern (1996), Statistica Sinica 6 (posterior predictive checks).

    Examples
    --------
    >>> from scoring import calibrate, composite_from, simulate
    >>> comp = composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31])
    >>> fit = calibrate(comp)
    >>> checks = [calibrate(simulate(fit, seed)).var_residual for seed in range(3)]
    >>> len(checks)
    3
    """
    if not instance(fit, "fit", Fit).shrink:
        raise ScoringError("simulate is for fits with shrink=True.")
    rng = np.random.default_rng(whole(seed, "seed"))
    model, design, comp = fit.model, fit.model.design, fit.comp
    quality = np.sqrt(fit.var_entry) * rng.standard_normal(comp.n_entries)
    leniency = np.sqrt(fit.var_judge) * rng.standard_normal(comp.n_judges)
    fixed = design.p - design.n_groups
    base = design.centre + design.unit * (design.columns[:, :fixed] @ model.solution.beta[:fixed])
    if design.n_groups:
        base = base + (np.sqrt(fit.var_group) * rng.standard_normal(design.n_groups))[
            design.group_of_entry[design.entry]
        ]
    noise = np.sqrt(fit.var_residual * model.noise[design.judge] / design.weight) * rng.standard_normal(design.n)
    scale = 1.0 if design.scale is None else design.scale[design.judge]
    used = (comp.coverage > 0) & (model.links.component[comp.entry] >= 0) & ~model.silenced[comp.judge]
    y = comp.y.copy()
    y[used] = base + scale * quality[design.entry] + leniency[design.judge] + noise
    return replace(comp, y=y, lo=-np.inf, hi=np.inf)
