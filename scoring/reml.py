"""Restricted likelihood of crossed entries and judges: value, gradient, average information.

Patterson & Thompson (1971), REML; Gilmour, Thompson & Cullis (1995), average information; Henderson (1973),
the mixed model equations.  Written in the ratios ``g_e = s_e / s`` and ``g_j = s_j / s`` with the residual
variance profiled out, so that a component of exactly zero is an ordinary point.  Random group effects are
columns of X with the penalty ``1 / g_t`` (:attr:`scoring.design.Design.penalty`).
:mod:`scoring.maximum` finds the maximum.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from scoring.design import Design
from scoring.krylov import Iterative, rademacher
from scoring.solver import Exact
from scoring.solver_blocks import Blocks, Partition, partition_of
from scoring.types import FloatArray

NOISE_FLOOR = 1e-9
"""Smallest residual variance, in units of the variance of y: below it scores count as noiseless."""
_UPDATE = 1e-7


@dataclass(frozen=True, eq=False)
class Solution:
    """Mixed model equations solved at one pair of ratios, in the design's scaled units.

    ``entry_part = Z_e' H^-1 [y, X]`` and ``judge_part = Z_j' H^-1 [y, X]`` with ``H = V / s``; ``residual``
    is the restricted estimate of s (floored), ``cross = X' H^-1 X`` plus the penalty of the group columns,
    inverted, is ``covariance``.
    """

    ratios: tuple[float, float]
    residual: float
    rss: float
    beta: FloatArray
    covariance: FloatArray
    entry_effect: FloatArray
    judge_effect: FloatArray
    entry_part: FloatArray
    judge_part: FloatArray
    shrink: FloatArray
    kappa: FloatArray
    log_det_fixed: float
    system: Exact | Blocks | Iterative

    @property
    def floored(self) -> bool:
        """Whether the residual variance sits on the floor (noiseless scores)."""
        return self.residual <= NOISE_FLOOR


class Likelihood:
    """The restricted likelihood of one design.

    Parameters
    ----------
    design : Design
    exact : bool
        Dense Cholesky, or conjugate gradients with probes.
    seed : int
        Seed of the probes.
    fixed_entries : bool
        Entries as fixed effects (the limit of infinite ``g_e``); the design then has no column that is
        constant within entries.
    partition : Partition, optional
        The judges by pool, where the caller has it; an exact design of several pools finds it otherwise.
    """

    def __init__(
        self,
        design: Design,
        *,
        exact: bool,
        seed: int = 0,
        fixed_entries: bool = False,
        partition: Partition | None = None,
    ) -> None:
        self.design, self.exact, self.fixed_entries, self.seed = design, exact, fixed_entries, seed
        self.probes = None if exact else rademacher(design.pairs.shape[1], seed)
        self.transposed = design.pairs.T
        self.partition = partition
        if exact and partition is None and design.n_pools > 1:
            self.partition = partition_of(design.pairs)
        if self.partition is not None and not self.partition.worthwhile:
            self.partition = None
        self.entry_total = np.zeros(0) if exact else np.asarray(design.pairs.sum(axis=1)).ravel()
        scored = int(np.count_nonzero(design.entry_weight > 0))
        self.freedom = design.n - (design.p - design.n_groups) - (scored if fixed_entries else 0)

    def under(self, design: Design) -> Likelihood:
        """The same kind of likelihood of another design."""
        return Likelihood(
            design, exact=self.exact, seed=self.seed, fixed_entries=self.fixed_entries, partition=self.partition
        )

    def with_group_ratio(self, ratio: float) -> Likelihood:
        """The same likelihood at another ratio of the groups' variance to the residual variance."""
        return self.with_sums(self.design.with_group_ratio(ratio))

    def with_sums(self, design: Design) -> Likelihood:
        """The same likelihood after totals changed but nothing else did."""
        other = copy(self)
        other.design = design
        return other

    def predict(self, at: Solution, before: Design) -> Solution:
        """Effects for changed totals under the same system and variance components: one solve.

        With conjugate gradients judge effects are accurate to about 1e-7 standard deviations of y.
        """
        d, g_judge = self.design, at.ratios[1]
        moved = d.judge_sums[:, 0] - before.judge_sums[:, 0]
        change = d.entry_sums[:, 0] - before.entry_sums[:, 0]
        entries = np.flatnonzero(change)  # few as a rule: the others would add nothing
        moved = moved - d.pairs[entries].T @ (at.shrink[entries] * change[entries])
        judge_part = at.judge_part.copy()
        judge_part[:, 0] += at.system.solve(moved[:, None], within=_UPDATE)[:, 0]
        left = d.entry_sums[:, 0] - d.pairs @ (g_judge * judge_part[:, 0])
        entry_part = np.column_stack([at.kappa * left, at.entry_part[:, 1:]])
        cross = d.gram[1:, 0] - d.entry_sums[:, 1:].T @ (at.shrink * left)
        cross -= d.judge_sums[:, 1:].T @ (g_judge * judge_part[:, 0])
        beta = at.covariance @ cross
        to_y = np.concatenate([[1.0], -beta])
        effect = at.ratios[0] * (entry_part @ to_y)
        if self.fixed_entries:
            slope = g_judge * (d.pairs @ (judge_part[:, 1:] @ beta))
            effect = at.shrink * (left - d.entry_sums[:, 1:] @ beta + slope)
        return replace(
            at,
            beta=beta,
            entry_effect=effect,
            judge_effect=g_judge * (judge_part @ to_y),
            entry_part=entry_part,
            judge_part=judge_part,
        )

    def solve(self, g_entry: float, g_judge: float, *, precise: bool = True) -> Solution:
        """Best linear unbiased predictions at these ratios; to about 1e-5 only unless ``precise``."""
        d = self.design
        kappa, shrink = self._shrinkage(g_entry)
        system = self._system(kappa, shrink, g_judge, precise)
        rhs = d.judge_sums - self.transposed @ (shrink[:, None] * d.entry_sums)
        judge_part = system.solve(rhs)
        left = d.entry_sums - d.pairs @ (g_judge * judge_part)
        cross = d.gram - d.entry_sums.T @ (shrink[:, None] * d.entry_sums) - g_judge * rhs.T @ judge_part
        precision = cross[1:, 1:] + np.diag(d.penalty)
        covariance = np.linalg.inv(precision)
        beta = covariance @ cross[1:, 0]
        rss = float(cross[0, 0] - beta @ cross[1:, 0])
        to_y = np.concatenate([[1.0], -beta])
        return Solution(
            ratios=(g_entry, g_judge),
            residual=max(rss / self.freedom, NOISE_FLOOR),
            rss=rss,
            beta=beta,
            covariance=covariance,
            entry_effect=shrink * (left @ to_y),
            judge_effect=g_judge * (judge_part @ to_y),
            entry_part=kappa[:, None] * left,
            judge_part=judge_part,
            shrink=shrink,
            kappa=kappa,
            log_det_fixed=_log_det(precision) - d.log_penalty,
            system=system,
        )

    def deviance(self, at: Solution) -> float:
        """``-2 log`` restricted likelihood in scaled units, with all constants (as lme4 reports it)."""
        weight = self.design.entry_weight
        if self.fixed_entries:
            entries = float(np.log(weight[weight > 0]).sum())
        else:
            entries = float(np.log1p(at.ratios[0] * weight).sum())
        spread = self.freedom * np.log(2.0 * np.pi * at.residual) + at.rss / at.residual
        fixed = at.log_det_fixed - self.design.log_weight
        return float(spread + entries + fixed + at.system.log_det())

    def slope(self, at: Solution) -> tuple[FloatArray, FloatArray]:
        """Traces ``tr(P Z Z')`` and squares ``y'P Z Z'P y / s``; the gradient is their difference."""
        to_y = np.concatenate([[1.0], -at.beta])
        g_judge = at.ratios[1]
        traces, squares = np.zeros(2), np.zeros(2)
        if not self.fixed_entries:
            traces[0] = float(at.kappa @ self.design.entry_weight) - g_judge * at.system.trace_entries()
            traces[0] -= _border(at.entry_part[:, 1:], at.covariance)
            squares[0] = float(np.square(at.entry_part @ to_y).sum()) / at.residual
        traces[1] = at.system.trace_judges() - _border(at.judge_part[:, 1:], at.covariance)
        squares[1] = float(np.square(at.judge_part @ to_y).sum()) / at.residual
        return traces, squares

    def information(self, at: Solution) -> FloatArray:
        """Average information of ``(g_e, g_j)`` with s eliminated, shape (2, 2)."""
        d = self.design
        to_y = np.concatenate([[1.0], -at.beta])
        u_entry, u_judge = at.entry_part @ to_y, at.judge_part @ to_y
        forward, back = d.pairs @ u_judge, self.transposed @ u_entry
        entry_sums = np.column_stack([d.entry_weight * u_entry, forward])
        judge_sums = np.column_stack([back, d.judge_weight * u_judge])
        mixed = float(u_entry @ forward)
        own = np.array([[u_entry @ entry_sums[:, 0], mixed], [mixed, u_judge @ judge_sums[:, 1]]])
        rhs = judge_sums - self.transposed @ (at.shrink[:, None] * entry_sums)
        own -= entry_sums.T @ (at.shrink[:, None] * entry_sums)
        own -= at.ratios[1] * rhs.T @ at.system.solve(rhs, rough=True)
        to_x = np.vstack([u_entry @ at.entry_part[:, 1:], u_judge @ at.judge_part[:, 1:]])
        own = (own - to_x @ at.covariance @ to_x.T) / at.residual
        if not at.floored:
            squares = np.array([u_entry @ u_entry, u_judge @ u_judge])
            own -= np.outer(squares, squares) / (at.rss * at.residual)
        return np.asarray(own)

    def _shrinkage(self, g_entry: float) -> tuple[FloatArray, FloatArray]:
        weight = self.design.entry_weight
        if self.fixed_entries:
            inverse = np.divide(1.0, weight, out=np.zeros_like(weight), where=weight > 0)
            return np.zeros_like(weight), inverse
        kappa = 1.0 / (1.0 + g_entry * weight)
        return kappa, g_entry * kappa

    def _system(
        self, kappa: FloatArray, shrink: FloatArray, g_judge: float, precise: bool
    ) -> Exact | Blocks | Iterative:
        d = self.design
        if self.probes is None:
            if self.partition is not None:
                return Blocks(d.pairs, d.judge_weight, kappa, shrink, g_judge, self.partition)
            return Exact(d.pairs, d.judge_weight, kappa, shrink, g_judge)
        return Iterative(
            d.pairs,
            self.entry_total,
            d.judge_weight,
            kappa,
            shrink,
            g_judge,
            probes=self.probes,
            precise=precise,
        )


def _log_det(matrix: FloatArray) -> float:
    """Logarithm of the determinant; where noise all but vanishes rounding may leave none."""
    with np.errstate(invalid="ignore"):
        return float(np.linalg.slogdet(matrix)[1])


def _border(part: FloatArray, covariance: FloatArray) -> float:
    return float(np.vdot(part @ covariance, part))
