"""Plain summaries of an entry's totals, for comparison with the calibrated score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.arguments import chosen, instance, whole
from scoring.ranks import midranks
from scoring.totals import scored
from scoring.types import AnyInts, Composite, FloatArray, Ids, IntArray, tally

METHODS = ("mean", "median", "trimmed", "zscore", "borda")


@dataclass(frozen=True, eq=False, repr=False)
class Ranking:
    """Entries by a plain summary.

    Attributes
    ----------
    ids : array, shape (N,)
    score : array
        The summary; NaN for an entry without a score.
    rank : array of int32
        Competition rank (1, 2, 2, 4), ties rounded to 1e-9 of the range; 0 for an entry without a score.
    n_judges : array of int32
        Rows of the entry.
    method : str
    """

    ids: Ids
    score: FloatArray
    rank: IntArray
    n_judges: IntArray
    method: str

    def __repr__(self) -> str:
        return f"<Ranking: {len(self.ids)} entries by {self.method}>"


def aggregate(comp: Composite, method: str = "mean", drop: int = 1) -> Ranking:
    """Summarise every entry's totals, judge by judge, without a model.

    Parameters
    ----------
    comp : Composite
    method : {"mean", "median", "trimmed", "zscore", "borda"}
        ``mean`` is weighted by the rows' weights.  ``trimmed`` drops the ``drop`` highest and lowest where at
        least one total is left, else takes the mean.  ``zscore`` standardises each judge (a judge without
        variance counts 0) and puts the mean back on the scale of y.  ``borda`` is the mean share of the
        judge's other entries that the entry beats, ties half, times 100.
    drop : int
        For ``trimmed``.

    Returns
    -------
    Ranking

    Raises
    ------
    ScoringError
        A method or ``drop`` that does not exist.

    References
    ----------
    de Borda (1781), Mémoire sur les élections au scrutin; Emerson (2013), Social Choice and Welfare 40,
    doi:10.1007/s00355-011-0603-9.

    Examples
    --------
    >>> from scoring import aggregate, composite_from
    >>> comp = composite_from([0, 0, 1, 1], [0, 1, 0, 1], [70, 60, 55, 46])
    >>> aggregate(comp).score.tolist(), aggregate(comp).rank.tolist()
    ([65.0, 50.5], [1, 2])
    """
    instance(comp, "comp", Composite)
    chosen(method, "method", METHODS)
    whole(drop, "drop")
    rows = scored(comp)
    count = np.bincount(rows.entry, minlength=comp.n_entries)
    if method == "median":
        score = _ordered(rows, count, (np.maximum(count, 1) - 1) // 2)
    elif method == "trimmed":
        score = _ordered(rows, count, np.where(count > 2 * drop, drop, 0))
    else:
        y = {"mean": _raw, "zscore": _standardised, "borda": _borda}[method](rows)
        total = np.bincount(rows.entry, rows.weight, comp.n_entries)
        score = np.divide(
            tally(rows.entry, y * rows.weight, comp.n_entries),
            total,
            out=np.full(comp.n_entries, np.nan),
            where=total > 0,
        )
    return Ranking(comp.entry_ids, score, competition_ranks(score), count.astype(np.int32), method)


def competition_ranks(score: FloatArray, tolerance: float = 1e-9) -> IntArray:
    """Ranks 1, 2, 2, 4 with the highest score first; scores within a rounding error of each other tie.

    Parameters
    ----------
    score : array, shape (N,)
        NaN gets rank 0.
    tolerance : float
        Width of the rounding grid in units of the range of the scores.
    """
    rank = np.zeros(len(score), dtype=np.int32)
    scored_entries = np.flatnonzero(~np.isnan(score))
    if not scored_entries.size:
        return rank
    order = scored_entries[np.argsort(-score[scored_entries], kind="stable")]
    ordered = score[order]
    width = tolerance * float(ordered[0] - ordered[-1])
    new = np.ones(len(ordered), dtype=bool)
    new[1:] = ordered[:-1] - ordered[1:] > width
    place = np.arange(1, len(ordered) + 1)
    rank[order] = np.maximum.accumulate(np.where(new, place, 0))
    return rank


def _raw(rows: Composite) -> FloatArray:
    return rows.y


def _ordered(rows: Composite, count: AnyInts, cut: AnyInts) -> FloatArray:
    """Mean of each entry's totals after cutting ``cut`` from both ends of their order."""
    order = np.lexsort((rows.y, rows.entry))
    entry = rows.entry[order]
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    place = np.arange(len(order)) - first[entry]
    keep = (place >= cut[entry]) & (place < count[entry] - cut[entry])
    size = np.bincount(entry[keep], minlength=len(count))
    total = np.bincount(entry[keep], rows.y[order][keep], len(count))
    return np.asarray(np.divide(total, size, out=np.full(len(count), np.nan), where=size > 0))


def _standardised(rows: Composite) -> FloatArray:
    size = np.maximum(np.bincount(rows.judge, minlength=rows.n_judges), 1)
    mean = np.bincount(rows.judge, rows.y, rows.n_judges) / size
    rest = rows.y - mean[rows.judge]
    sd = np.sqrt(np.bincount(rows.judge, rest * rest, rows.n_judges) / np.maximum(size - 1, 1))
    flat = sd <= 1e-12 * max(float(np.abs(rows.y).max(initial=0.0)), 1.0)
    z = np.where(flat[rows.judge], 0.0, rest / np.where(flat, 1.0, sd)[rows.judge])
    return np.asarray(rows.y.mean() + rows.y.std() * z) if len(rows.y) else rows.y


def _borda(rows: Composite) -> FloatArray:
    """Share of the judge's other entries beaten, 0..100; 50 where the judge has a single entry."""
    order = np.lexsort((rows.y, rows.judge))
    judge = rows.judge[order]
    size = np.bincount(rows.judge, minlength=rows.n_judges)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    key = np.cumsum(np.concatenate([[True], (np.diff(rows.y[order]) != 0) | (np.diff(judge) != 0)]))
    middle = midranks(key) - 1.0 - first[judge]
    share = np.divide(
        middle, size[judge] - 1, out=np.full(len(order), 0.5), where=size[judge] > 1
    )
    out = np.empty(len(order))
    out[order] = 100.0 * share
    return out
