"""How well judges agree: intraclass correlation, Krippendorff's alpha, Kendall's W, Spearman.

Read them for what they are: a consistent severity lowers ICC(2,1) but neither ICC(3,1) nor W, and
calibration removes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoring.alpha import Level, alpha_of
from scoring.calibration import calibrate
from scoring.concordance import Ratings, kendall, mean_spearman, ratings_of
from scoring.errors import NotConverged, NotIdentifiable, ScoringError
from scoring.totals import composite_from, scored
from scoring.types import Composite, FloatArray, Scores

ICC_NAMES = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")


@dataclass(frozen=True, eq=False, repr=False)
class Agreement:
    """Agreement of the judges of one set of totals, or its mean over the criteria of a rubric.

    Attributes
    ----------
    icc : dict of str to float
        The six forms of Shrout & Fleiss (1979), keys ``ICC(1,1)``, ``ICC(2,1)``, ``ICC(3,1)``,
        ``ICC(1,k)``, ``ICC(2,k)``, ``ICC(3,k)``; NaN where the scores do not identify one.
    k : float
        Judges per entry that the ``k`` forms refer to (harmonic mean where it varies).
    kendall_w : float or None
        Kendall's coefficient of concordance, corrected for ties; None unless every judge scored every
        entry (at least two of each).
    w_p_value : float or None
        Chance of such a W without agreement, from chi-square with n - 1 degrees of freedom.  None
        without W and for means over criteria.
    rank_sums : float array, shape (N,), or None
        Sum of each entry's midranks, 1 = lowest value; None without W and for means over criteria.
    spearman : float
        Mean rank correlation of the pairs of judges with at least three entries in common; NaN if none.
    n_pairs : int
        Number of such pairs.
    criteria : tuple of Agreement
        One for each criterion of a rubric of several; else empty.
    components : str
        Where the ICC come from: ``mean squares`` of a complete table, ``REML`` components of the crossed
        model, ``REML within pools`` where no judge links the pools and they are taken as equally good, or
        ``none`` where judges and noise cannot be told apart (only the one-way forms are then known).

    References
    ----------
    Shrout & Fleiss (1979), Psychological Bulletin 86, doi:10.1037/0033-2909.86.2.420.  McGraw & Wong (1996),
    Psychological Methods 1, doi:10.1037/1082-989X.1.1.30.
    """

    icc: dict[str, float]
    k: float
    kendall_w: float | None
    w_p_value: float | None
    rank_sums: FloatArray | None
    spearman: float
    n_pairs: int
    criteria: tuple[Agreement, ...]
    ratings: Ratings | None
    components: str = "mean squares"

    def __repr__(self) -> str:
        return f"<Agreement: ICC(2,1) {self.icc['ICC(2,1)']:.3f}, {self.n_pairs} pairs of judges, {self.components}>"

    def alpha(self, level: Level | Literal["nominal", "ordinal", "interval", "ratio"] = "interval") -> float:
        """Krippendorff's alpha.

        Parameters
        ----------
        level : {"nominal", "ordinal", "interval", "ratio"}
            Metric of the differences.

        Returns
        -------
        float
            1 = perfect, 0 = as by chance; NaN when no entry has two scores or all scores are equal.

        Notes
        -----
        Krippendorff (2011), "Computing Krippendorff's alpha-reliability".  Interval takes one pass over
        the scores, ordinal and nominal a sort; ratio compares all distinct values with each other.
        """
        if self.ratings is None:
            return _mean([part.alpha(level) for part in self.criteria])
        return alpha_of(self.ratings.entry, self.ratings.value, level)


def agreement(data: Composite | Scores) -> Agreement:
    """Agreement statistics of totals or raw scores.

    Parameters
    ----------
    data : Composite or Scores
        Totals; or raw scores, where each criterion is examined by itself (``criteria``) and the figures
        of several are averaged without weights.  Missing cells and rows without coverage are left out;
        several scores of one judge for one entry count as their mean.

    Returns
    -------
    Agreement

    Raises
    ------
    ScoringError
        There is no score at all.

    Notes
    -----
    ICC of complete tables comes from mean squares and can be negative.  Otherwise ICC(1,.) comes from
    the one-way analysis of variance with unequal group sizes (Searle et al. 1992) and the other forms from REML
    components of the crossed model, which agree with mean squares on complete tables when positive.

    Examples
    --------
    >>> from scoring import agreement, composite_from
    >>> result = agreement(composite_from([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [70, 60, 55, 46, 40, 31]))
    >>> round(result.icc["ICC(2,1)"], 3), result.kendall_w, result.components
    (0.833, 1.0, 'mean squares')

    References
    ----------
    Shrout & Fleiss (1979), Psychological Bulletin 86, doi:10.1037/0033-2909.86.2.420.  Kendall & Babington Smith
    (1939), Annals of Mathematical Statistics 10, doi:10.1214/aoms/1177732186.  Searle, Casella & McCulloch
    (1992), Variance Components, Wiley (unequal groups).
    """
    if isinstance(data, Composite):
        rows = scored(data)
        return _examined(ratings_of(rows.entry, rows.judge, rows.y))
    parts = []
    if not isinstance(data, Scores):
        raise ScoringError(f"data must be a Composite or Scores, not {type(data).__name__}.")
    for column in data.values.T:
        seen = np.flatnonzero(~np.isnan(column))
        parts.append(_examined(ratings_of(data.entry[seen], data.judge[seen], column[seen])))
    if not parts:
        raise ScoringError("There is no score to examine.")
    if len(parts) == 1:
        return parts[0]
    concordance = [part.kendall_w for part in parts if part.kendall_w is not None]
    return Agreement(
        icc={name: _mean([part.icc[name] for part in parts]) for name in ICC_NAMES},
        k=_mean([part.k for part in parts]),
        kendall_w=_mean(concordance) if len(concordance) == len(parts) else None,
        w_p_value=None,
        rank_sums=None,
        spearman=_mean([part.spearman for part in parts]),
        n_pairs=min(part.n_pairs for part in parts),
        criteria=tuple(parts),
        ratings=None,
        components="; ".join(sorted({part.components for part in parts})),
    )


def _mean(values: list[float]) -> float:
    numbers = [value for value in values if not np.isnan(value)]
    return float(np.mean(numbers)) if numbers else float("nan")


def _examined(ratings: Ratings) -> Agreement:
    if not len(ratings.value):
        raise ScoringError("There is no score to examine.")
    table = ratings.table()
    per_entry = np.bincount(ratings.entry)
    k = float(len(per_entry) / (1.0 / per_entry).sum())
    spearman, n_pairs = mean_spearman(ratings)
    kendalls = None if table is None else kendall(table)
    icc, components = _incomplete(ratings, k) if table is None else (_complete(table), "mean squares")
    return Agreement(
        icc=icc,
        k=k,
        kendall_w=None if kendalls is None else kendalls.w,
        w_p_value=None if kendalls is None else kendalls.p_value,
        rank_sums=None if kendalls is None else kendalls.rank_sums,
        spearman=spearman,
        n_pairs=n_pairs,
        criteria=(),
        ratings=ratings,
        components=components,
    )


def _complete(table: FloatArray) -> dict[str, float]:
    """The six forms from the mean squares of an entries x judges table."""
    n, k = table.shape
    if n < 2 or k < 2:
        return dict.fromkeys(ICC_NAMES, float("nan"))
    grand = table.mean()
    between = k * float(((table.mean(axis=1) - grand) ** 2).sum())
    judges = n * float(((table.mean(axis=0) - grand) ** 2).sum())
    within = float(((table - table.mean(axis=1, keepdims=True)) ** 2).sum())
    error = float(((table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + grand) ** 2).sum())
    bms, wms = between / (n - 1), within / (n * (k - 1))
    jms, ems = judges / (k - 1), error / ((n - 1) * (k - 1))
    forms = (
        (bms - wms, bms + (k - 1) * wms),
        (bms - ems, bms + (k - 1) * ems + k * (jms - ems) / n),
        (bms - ems, bms + (k - 1) * ems),
        (bms - wms, bms),
        (bms - ems, bms + (jms - ems) / n),
        (bms - ems, bms),
    )
    return {name: _ratio(*form) for name, form in zip(ICC_NAMES, forms, strict=True)}


def _incomplete(ratings: Ratings, k: float) -> tuple[dict[str, float], str]:
    """The six forms from variance components, and where these come from."""
    components = "none"
    one_entry, one_noise = _one_way(ratings)
    s_entry = s_judge = noise = float("nan")
    try:
        comp = composite_from(ratings.entry, ratings.judge, ratings.value)
        fit = calibrate(comp, level="severity", pools="assume_equal_pools")
        s_entry, s_judge, noise = fit.var_entry, fit.var_judge, fit.var_residual
        components = "REML" if fit.model.links.n_pools == 1 else "REML within pools"
    except (NotIdentifiable, NotConverged):
        pass  # the figures stay NaN: the scores cannot tell judges from noise
    forms = (
        (one_entry, one_entry + one_noise),
        (s_entry, s_entry + s_judge + noise),
        (s_entry, s_entry + noise),
        (one_entry, one_entry + one_noise / k),
        (s_entry, s_entry + (s_judge + noise) / k),
        (s_entry, s_entry + noise / k),
    )
    return {name: _ratio(*form) for name, form in zip(ICC_NAMES, forms, strict=True)}, components


def _one_way(ratings: Ratings) -> tuple[float, float]:
    """Variance of entries and of scores within entries, by unbalanced one-way analysis of variance."""
    count = np.bincount(ratings.entry).astype(float)
    n, groups = len(ratings.value), len(count)
    if n <= groups or groups < 2:
        return float("nan"), float("nan")
    mean = np.bincount(ratings.entry, weights=ratings.value) / count
    within = float(((ratings.value - mean[ratings.entry]) ** 2).sum()) / (n - groups)
    between = float((count * (mean - ratings.value.mean()) ** 2).sum()) / (groups - 1)
    size = (n - float((count**2).sum()) / n) / (groups - 1)
    return (between - within) / size, within


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole != 0 else float("nan")
