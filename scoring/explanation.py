"""The worked arithmetic of one calibrated score, as data for a page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.arguments import instance, position
from scoring.errors import ScoringError
from scoring.fit import Fit
from scoring.types import AnyInts, BoolArray, FloatArray


@dataclass(frozen=True)
class Contribution:
    """One judge's part in an entry's score.

    ``adjusted = base + (total - context - base - leniency) / scale`` is what an average judge would have
    given; ``weight`` is this judge's share in the entry's mean (0 for a judge whose constant scores got
    no weight).
    """

    judge: object
    judge_position: int
    total: float
    context: float
    leniency: float
    scale: float
    adjusted: float
    weight: float


@dataclass(frozen=True, repr=False)
class Explanation:
    """From each judge's raw total to the calibrated score.

    ``mean_adjusted = sum(weight adjusted)``;
    ``score = base + trust (mean_adjusted - base)``: the mean is moved toward ``base`` (the mean of all
    entries, of the pool, or of the entry's group) by what chance alone explains, ``trust = g n / (1 + g n)``.

    Attributes
    ----------
    entry : object
        Label.
    entry_position : int
    plain_mean : float
        Mean of the totals as given.
    base, mean_adjusted, trust, score, se : float
        Points; ``trust`` in 0..1, 1 with ``shrink=False`` (``base`` is then the mean of the totals and only
        the point from which scales are counted).
    rank : int
    contributions : tuple of Contribution
        In the order of the judges.
    """

    entry: object
    entry_position: int
    plain_mean: float
    base: float
    mean_adjusted: float
    trust: float
    score: float
    se: float
    rank: int
    contributions: tuple[Contribution, ...]

    def __repr__(self) -> str:
        return f"<Explanation: {self.entry}, score {self.score:.2f}, {len(self.contributions)} judges>"


def explain(fit: Fit, i: int) -> Explanation:
    """Worked arithmetic of one entry's score.

    Parameters
    ----------
    fit : Fit
    i : int
        Position of the entry.

    Returns
    -------
    Explanation
        At the estimated variance components, judge by judge.

    Raises
    ------
    ScoringError
        No such entry, or one without a score.

    References
    ----------
    Robinson (1991), Statistical Science 6, doi:10.1214/ss/1177011926 (predictions as weighted means).

    Examples
    --------
    >>> from scoring import calibrate, composite_from, explain
    >>> comp = composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31])
    >>> worked = explain(calibrate(comp), 0)
    >>> round(worked.base + worked.trust * (worked.mean_adjusted - worked.base) - worked.score, 9)
    0.0
    """
    instance(fit, "fit", Fit)
    i = position(i, "i", len(fit.entries.score))
    if fit.model.links.component[i] < 0:
        raise ScoringError(f"Entry {fit.entries.ids[i]} has no score to explain.")
    rows = fit.model.links.rows
    mine = np.flatnonzero(rows.entry == i)
    mine = mine[np.argsort(rows.judge[mine], kind="stable")]
    base, shift = _base(fit, i)
    design, at = fit.model.design, fit.model.solution
    used = ~fit.model.silenced[rows.judge[mine]]
    context = _context(fit, mine, used)
    leniency = np.where(used, design.unit * at.judge_effect[rows.judge[mine]] - shift, 0.0)
    leniency = np.where(used, leniency, fit.judges.leniency[rows.judge[mine]])
    scale = np.where(used, fit.model.scale[rows.judge[mine]], 1.0)
    adjusted = base + (rows.y[mine] - context - base - leniency) / scale
    weight = rows.weight[mine] / fit.model.noise[rows.judge[mine]] * scale * scale * used
    weight = weight / weight.sum()
    mean = float(weight @ adjusted)
    trust = float(at.shrink[i] * design.entry_weight[i])
    parts = tuple(
        Contribution(*values)
        for values in zip(
            (rows.judge_ids[j] for j in rows.judge[mine]),
            rows.judge[mine].tolist(),
            rows.y[mine].tolist(),
            context.tolist(),
            leniency.tolist(),
            scale.tolist(),
            adjusted.tolist(),
            weight.tolist(),
            strict=True,
        )
    )
    return Explanation(
        entry=fit.entries.ids[i],
        entry_position=int(i),
        plain_mean=float(np.average(rows.y[mine], weights=rows.weight[mine])),
        base=base,
        mean_adjusted=mean,
        trust=trust,
        score=float(fit.entries.score[i]),
        se=float(fit.entries.se[i]),
        rank=int(fit.rank[i]),
        contributions=parts,
    )


def _base(fit: Fit, i: int) -> tuple[float, float]:
    """Mean toward which the entry is moved, as reported, and its shift from the fitted one."""
    design, at = fit.model.design, fit.model.solution
    pool = int(fit.model.links.component[i])
    own = design.unit * float(at.entry_effect[i])
    if not fit.shrink:
        shift = float(fit.entries.score[i]) - design.centre - own
        return design.centre + shift, shift
    fitted = design.centre + design.unit * float(at.beta[pool])
    if design.n_groups:
        group = design.p - design.n_groups + int(design.group_of_entry[i])
        fitted += design.unit * float(at.beta[group])
    base = float(fit.entries.score[i]) - own
    return base, base - fitted


def _context(fit: Fit, rows: AnyInts, used: BoolArray) -> FloatArray:
    """What the extra fixed columns (call, stage) add to each of these rows."""
    pools = fit.model.links.n_pools if fit.shrink else 0
    out = np.zeros(len(rows))
    design = fit.model.design
    columns = design.columns[:, pools : design.p - design.n_groups]
    if not columns.shape[1]:
        return out
    order = np.flatnonzero(~fit.model.silenced[fit.model.links.rows.judge])
    place = np.searchsorted(order, rows[used])
    out[used] = columns[place] @ fit.fixed_effects
    return out
