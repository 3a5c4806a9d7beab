"""What a calibration returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from scoring import digest as _digest
from scoring.design import Design
from scoring.reml import Likelihood, Solution
from scoring.summaries import competition_ranks
from scoring.types import BoolArray, Composite, FloatArray, Ids, IntArray
from scoring.uncertainty import Spread


@dataclass(frozen=True, eq=False)
class Entries:
    """Calibrated entries, in the order of ``ids``; an entry without a score has NaN and component -1.

    Attributes
    ----------
    ids : array, shape (N,)
    score : array
        ``mu + effect``, on the scale of y, not clamped to its ends.
    effect : array
        Best linear unbiased prediction (``shrink=True``) or estimate of the deviation from the mean.
    se : array
        Standard error of the effect given the fixed effects (lme4's ``condVar``); with ``shrink=False``
        that of the difference from the mean of all entries.
    n_judges : array of int
        Judges who scored the entry.
    component : array of int
        Pool of entries that can be compared without an assumption.
    """

    ids: Ids
    score: FloatArray
    effect: FloatArray
    se: FloatArray
    n_judges: IntArray
    component: IntArray


@dataclass(frozen=True, eq=False)
class Judges:
    """Judges, in the order of ``ids``.  Not for publication: small panels are identifiable.

    Attributes
    ----------
    ids : array, shape (J,)
    leniency : array
        Points the judge adds on average; negative = severe.  NaN without scores.
    se : array
        Its standard error.
    noise_ratio : array
        Ratio of the judge's noise variance to the panel's: 1 = average, smaller = more reliable.  1 at
        level 1; NaN for a constant judge whose scores were given no weight.
    scale : array
        Points the judge moves per point of quality, 1 = average; 1 below level 3.
    n_entries : array of int
    flags : tuple of tuple of str
        ``no_scores``, ``constant``, ``few_entries`` (keeps reliability and scale 1), ``noisy``.
    """

    ids: Ids
    leniency: FloatArray
    se: FloatArray
    noise_ratio: FloatArray
    scale: FloatArray
    n_entries: IntArray
    flags: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Options:
    """How a fit was asked for; see :func:`scoring.calibrate`."""

    level: int
    pools: str
    shrink: bool
    exact: bool
    seed: int


@dataclass(frozen=True, eq=False)
class Links:
    """Who scored whom, after leaving out rows without information."""

    rows: Composite
    pairs: csr_matrix
    component: IntArray
    n_pools: int
    judges_of_entry: IntArray
    entries_of_judge: IntArray
    constant: BoolArray

    def with_rows(self, rows: Composite) -> Links:
        """The same links carrying other totals."""
        return replace(self, rows=rows)


@dataclass(frozen=True, eq=False)
class Model:
    """The state behind a fit: what updates, draws and explanations need; not part of the public API."""

    options: Options
    links: Links
    used: Composite
    silenced: BoolArray
    design: Design
    likelihood: Likelihood
    solution: Solution
    spread: Spread
    noise: FloatArray
    scale: FloatArray


@dataclass(frozen=True, eq=False)
class Fit:
    """A calibration: scores, their uncertainty, the judges, and how it was made.

    Attributes
    ----------
    mu, mu_se : float
        Mean of the scale (the intercept; the mean of the pool means with several pools) and its standard
        error.
    var_entry, var_judge, var_residual : float
        REML variance components in squared points; with ``shrink=False`` ``var_entry`` is the variance of
        the estimates less their mean squared error.
    converged : bool
    iterations : int
    warnings : tuple of str
    entries : Entries
    judges : Judges
    level : int
    pools : str
    shrink : bool
    exact : bool
        Dense and exact, or by conjugate gradients (variance components then carry a relative error of
        about 3e-4 from the probes).
    fixed_effects : array, shape (p,)
        Coefficients of the extra fixed columns that were kept.
    comp : Composite
        The totals that were given.
    """

    mu: float
    mu_se: float
    var_entry: float
    var_judge: float
    var_residual: float
    converged: bool
    iterations: int
    warnings: tuple[str, ...]
    entries: Entries
    judges: Judges
    level: int
    pools: str
    shrink: bool
    exact: bool
    seed: int
    fixed_effects: FloatArray
    comp: Composite
    model: Model

    @cached_property
    def deviance(self) -> float:
        """REML criterion, ``-2 log`` restricted likelihood with all constants, as lme4 reports it.

        At levels 2 and 3 it is conditional on the judges' estimated reliability and scale.
        """
        likelihood = self.model.likelihood
        unit = likelihood.freedom * np.log(self.model.design.unit**2)
        return likelihood.deviance(self.model.solution) + float(unit)

    @cached_property
    def rank(self) -> IntArray:
        """Competition rank (1, 2, 2, 4) by score; within each pool for ``pools="within"``; 0 unscored."""
        if self.pools != "within":
            return competition_ranks(self.entries.score)
        out = np.zeros(len(self.entries.score), dtype=np.int32)
        for pool in range(int(self.entries.component.max(initial=-1)) + 1):
            inside = np.flatnonzero(self.entries.component == pool)
            out[inside] = competition_ranks(self.entries.score[inside])
        return out

    @cached_property
    def digest(self) -> str:
        """SHA-256 of input, options and rounded results; see :mod:`scoring.digest`."""
        parameters: dict[str, object] = {
            "input": _digest.of_composite(self.comp),
            "level": self.level,
            "pools": self.pools,
            "shrink": self.shrink,
            "exact": self.exact,
            "seed": self.seed,
            "mu": _digest.significant(self.mu),
            "var_entry": _digest.significant(self.var_entry),
            "var_judge": _digest.significant(self.var_judge),
            "var_residual": _digest.significant(self.var_residual),
        }
        arrays = {
            "effect": self.entries.effect,
            "se": self.entries.se,
            "leniency": self.judges.leniency,
        }
        return _digest.of_results("fit", parameters, arrays, 1e-5 * self.model.design.unit)
