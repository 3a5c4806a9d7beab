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

LEVELS = ("severity", "reliability", "scale")
"""What differs between judges: severity; also reliability; also scale."""
METHOD = 3
"""Part of a fit's digest; raised whenever the method changes in a way that moves results."""
_SHOWN = 10


@dataclass(frozen=True, eq=False, repr=False)
class Entries:
    """Calibrated entries, in the order of ``ids``; an entry without a score has NaN and component -1.

    Scores and errors are conditional on the estimated variance components (plug-in), as lme4 prints them; on
    small panels they promise too much.  :func:`scoring.posterior` integrates over the components.

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
        Pool of entries that can be compared without an assumption; with ``pools="largest"`` entries outside
        pool 0 are not comparable and have no score.
    """

    ids: Ids
    score: FloatArray
    effect: FloatArray
    se: FloatArray
    n_judges: IntArray
    component: IntArray

    def __repr__(self) -> str:
        return f"<Entries: {len(self.ids)}, {int(np.count_nonzero(~np.isnan(self.score)))} with a score>"


@dataclass(frozen=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        return f"<Judges: {len(self.ids)}, {sum(bool(flags) for flags in self.flags)} with a flag>"


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
    """Who scored whom, after leaving out rows without information.

    ``component`` is -1 for entries outside the fit; ``every_component`` numbers the pools of all entries.
    """

    rows: Composite
    pairs: csr_matrix
    component: IntArray
    n_pools: int
    judges_of_entry: IntArray
    entries_of_judge: IntArray
    constant: BoolArray
    judge_component: IntArray
    every_component: IntArray

    def with_rows(self, rows: Composite) -> Links:
        """The same links carrying other totals."""
        return replace(self, rows=rows)


@dataclass(frozen=True, eq=False, repr=False)
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
    scale_variance: float = 0.0

    def __repr__(self) -> str:
        return f"<Model of {self.design.n} rows>"


@dataclass(frozen=True, eq=False, repr=False)
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
    var_group : float
        Variance of the groups' effects; 0 without groups.
    converged : bool
        Whether the search ended where the projected gradient vanishes and the judges' parameters settled.
    iterations : int
    last_step : float
        Largest change of a judge's log noise ratio or log scale in the last round; 0 at level ``severity``.
    warnings : tuple of str
    entries : Entries
    judges : Judges
    level : {"severity", "reliability", "scale"}
    level_reason : str
        Why this level was taken.
    pools : str
    shrink : bool
    exact : bool
        Dense and exact, or by conjugate gradients (variance components then carry a relative error of
        about 3e-4 from the probes).
    fixed_effects : array, shape (p,)
        Coefficients of the extra fixed columns that were kept.
    comp : Composite
        The totals that were given.

    References
    ----------
    Henderson (1975), Biometrics 31, doi:10.2307/2529430 (best linear unbiased prediction).
    """

    mu: float
    mu_se: float
    var_entry: float
    var_judge: float
    var_residual: float
    var_group: float
    converged: bool
    iterations: int
    last_step: float
    warnings: tuple[str, ...]
    entries: Entries
    judges: Judges
    level: str
    level_reason: str
    pools: str
    shrink: bool
    exact: bool
    seed: int
    fixed_effects: FloatArray
    comp: Composite
    model: Model

    def __repr__(self) -> str:
        finite = int(np.count_nonzero(~np.isnan(self.entries.score)))
        judges = int(np.count_nonzero(self.judges.n_entries))
        mark = "" if not self.warnings else f", {len(self.warnings)} warnings"
        return f"<Fit: {finite} entries, {judges} judges, level {self.level}{mark}>"

    def summary(self) -> str:
        """What was fitted and found, as text of about 25 lines; judges stay unnamed.

        Returns
        -------
        str
        """
        return summary_of(self)

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
            "method": METHOD,
            "level": self.level,
            "var_group": _digest.significant(self.var_group),
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


def summary_of(fit: Fit) -> str:
    """The text of :meth:`Fit.summary`."""
    parts = [("entry", fit.var_entry), ("judge", fit.var_judge), ("residual", fit.var_residual)]
    if fit.model.design.n_groups:
        parts.insert(1, ("group", fit.var_group))
    judges = fit.judges
    lines = [
        f"Calibration by REML, level {fit.level} ({fit.level_reason})",
        f"{len(fit.model.used.y)} totals, {int(np.count_nonzero(~np.isnan(fit.entries.score)))} entries, "
        f"{int(np.count_nonzero(judges.n_entries))} judges, pools: {fit.pools}",
        f"REML deviance {fit.deviance:.2f}, {'converged' if fit.converged else 'NOT converged'} "
        f"after {fit.iterations} iterations",
        "",
        "Variance components   variance   sd",
        *(f"  {name:<18} {value:9.4g} {np.sqrt(value):8.4g}" for name, value in parts),
        f"Mean {fit.mu:.4g} (se {fit.mu_se:.3g})",
        f"Judges: leniency {_range(judges.leniency)}, noise ratio {_range(judges.noise_ratio)}, "
        f"scale {_range(judges.scale)}",
        "",
        "Rank  entry                 score      se  judges",
    ]
    best = np.lexsort((np.arange(len(fit.rank)), np.where(fit.rank > 0, fit.rank, len(fit.rank) + 1)))[:_SHOWN]
    for i in best[fit.rank[best] > 0].tolist():
        lines.append(
            f"{int(fit.rank[i]):4d}  {str(fit.entries.ids[i])[:20]:<20} {fit.entries.score[i]:6.2f} "
            f"{fit.entries.se[i]:7.3f} {int(fit.entries.n_judges[i]):7d}"
        )
    return "\n".join([*lines, *(f"Warning: {text}" for text in fit.warnings)])


def _range(values: FloatArray) -> str:
    finite = values[~np.isnan(values)]
    return f"{finite.min():.3g} to {finite.max():.3g}" if len(finite) else "unknown"
