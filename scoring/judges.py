"""Diagnostics of the judges, for the organizers' eyes only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.arguments import instance
from scoring.fit import Fit
from scoring.levels import leverage, residuals
from scoring.types import AnyInts, Composite, FloatArray, Ids, IntArray, tally
from scoring.uncertainty import pair_of_row

OUTLIER = 3.0


@dataclass(frozen=True, eq=False, repr=False)
class JudgeReport:
    """How each judge scored, in the order of ``ids``.  Never publish: small panels are identifiable.

    Attributes
    ----------
    ids : array, shape (J,)
    leniency, se, noise_ratio, scale : array
        As in :class:`scoring.Judges`.
    n_entries : array of int
    identical : array
        Share of the judge's totals that equal the judge's most frequent total, 0..1; NaN without scores.
    outliers : array of int
        Rows whose standardised residual exceeds 3 in size.
    agreement : array
        Correlation of the judge's totals with the mean of the other judges' totals, freed of their
        leniency, on the same entries; NaN with fewer than three such entries or without variance.
    outlier_rows : array of int
        Positions in ``fit.comp`` of all outlying rows, largest residual first.
    standardised : array, shape (n,)
        Standardised residual of each row of ``fit.comp``; NaN for rows that were left out.
    """

    ids: Ids
    leniency: FloatArray
    se: FloatArray
    noise_ratio: FloatArray
    scale: FloatArray
    n_entries: IntArray
    identical: FloatArray
    outliers: IntArray
    agreement: FloatArray
    outlier_rows: AnyInts
    standardised: FloatArray

    def __repr__(self) -> str:
        return f"<JudgeReport: {len(self.ids)} judges, {len(self.outlier_rows)} outlying totals>"


def judge_report(fit: Fit) -> JudgeReport:
    """Diagnose the judges of a fit.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    JudgeReport

    References
    ----------
    Cook & Weisberg (1982), Residuals and Influence in Regression (standardised residuals); Myford & Wolfe (2003),
    Journal of Applied Measurement 4, 386-422 (rater effects).  See also doi:10.1111/j.1745-3984.2009.00088.x.

    Examples
    --------
    >>> from scoring import calibrate, composite_from, judge_report
    >>> comp = composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31])
    >>> judge_report(calibrate(comp)).outliers.tolist()
    [0, 0]
    """
    rows = instance(fit, "fit", Fit).model.links.rows
    standardised = _standardised(fit)
    size = np.nan_to_num(np.abs(standardised))
    outlying = np.flatnonzero(size > OUTLIER)
    outlying = outlying[np.argsort(-size[outlying], kind="stable")]
    counts = np.bincount(fit.comp.judge[outlying], minlength=fit.comp.n_judges)
    return JudgeReport(
        ids=fit.judges.ids,
        leniency=fit.judges.leniency,
        se=fit.judges.se,
        noise_ratio=fit.judges.noise_ratio,
        scale=fit.judges.scale,
        n_entries=fit.judges.n_entries,
        identical=_identical(rows),
        outliers=counts.astype(np.int32),
        agreement=_agreement(rows, fit.judges.leniency),
        outlier_rows=outlying,
        standardised=standardised,
    )


def _standardised(fit: Fit) -> FloatArray:
    """Residual over its standard deviation, which is smaller where the row pulls its own fit."""
    model = instance(fit, "fit", Fit).model
    design, at = model.design, model.solution
    pair = model.spread.pair[pair_of_row(design)]
    free = np.maximum(1.0 - leverage(design, at, model.spread, pair), 1e-9)
    value = residuals(design, at) * np.sqrt(design.omega / (at.residual * free))
    comp = fit.comp
    counted = (comp.coverage > 0) & (model.links.component[comp.entry] >= 0) & ~model.silenced[comp.judge]
    out = np.full(len(comp.y), np.nan)
    out[counted] = value
    return out


def _identical(rows: Composite) -> FloatArray:
    order = np.lexsort((rows.y, rows.judge))
    judge, y = rows.judge[order], rows.y[order]
    start = np.flatnonzero(np.concatenate([[True], (np.diff(judge) != 0) | (np.diff(y) != 0)]))
    length = np.diff(np.append(start, len(y)))
    most = np.zeros(rows.n_judges)
    np.maximum.at(most, judge[start], length)
    count = np.bincount(rows.judge, minlength=rows.n_judges)
    return np.asarray(np.divide(most, count, out=np.full(rows.n_judges, np.nan), where=count > 0))


def _agreement(rows: Composite, leniency: FloatArray) -> FloatArray:
    free = rows.y - leniency[rows.judge]
    total = tally(rows.entry, free, rows.n_entries)
    count = np.bincount(rows.entry, minlength=rows.n_entries)
    use = np.flatnonzero(count[rows.entry] > 1)
    judge = rows.judge[use]
    others = (total[rows.entry[use]] - free[use]) / (count[rows.entry[use]] - 1)
    n = np.maximum(np.bincount(judge, minlength=rows.n_judges), 1)
    x = rows.y[use] - (tally(judge, rows.y[use], rows.n_judges) / n)[judge]
    z = others - (tally(judge, others, rows.n_judges) / n)[judge]
    cross, own, far = (tally(judge, v, rows.n_judges) for v in (x * z, x * x, z * z))
    product = np.sqrt(own * far)
    good = (n >= 3) & (product > 1e-12 * max(float(product.max(initial=0.0)), 1e-300))
    return np.asarray(np.divide(cross, product, out=np.full(rows.n_judges, np.nan), where=good))
