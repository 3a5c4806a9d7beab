"""The official result: exact arithmetic from score sheets to ranks.

Every total is an integer over one common denominator, every comparison is one of integers, so entries
tie only when they are truly equal.  64-bit integers where they provably suffice, Python's otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.arguments import instance, unmasked
from scoring.carried import Carried
from scoring.errors import InvalidScores, ScoringError
from scoring.exact import Grid, dense_codes, fits, on_grid, segment_sums
from scoring.rule import LOWER_QUOTE, UNTRIMMED_MEAN, Rule, Sheets
from scoring.standing import Standing
from scoring.totals import check_columns, reject_duplicates
from scoring.types import AnyInts, BoolArray, Criterion, Scores, as_fraction


def official(
    scores: Scores, criteria: Sequence[Criterion], rule: Rule, *, quote: ArrayLike | None = None,
    carried: Carried | None = None,
) -> Standing:
    """Apply the rule exactly.

    A sheet with a missing criterion is not valid and counts nowhere.  Ranked are the entries that reach the
    quorum and fail no gate; the pass mark and floors on other criteria decide ``passed`` only.

    Parameters
    ----------
    scores : Scores
        Raw scores; ``weight`` and ``fixed`` play no part.
    criteria : sequence of Criterion
    rule : Rule
    quote : array, shape (N,), optional
        Price of each entry in minor units for ``"lower_quote"``; NaN or None = no quote.
    carried : Carried, optional
        What the score of an earlier stage adds to each entry's own. Ranks and the pass mark then go by both
        together; quorum, gates, floors and tie-breaks by the sheets of this stage.

    Returns
    -------
    Standing

    Raises
    ------
    InvalidScores
        Scores out of range or off their grid (rows named), a judge with two sheets for an entry.
    ScoringError
        A tie-break that names neither a criterion nor a known rule; ``carried`` of another number of entries.

    References
    ----------
    Decision 3 in ``docs/decisions``; Bickel & Lehmann (1975), Annals of Statistics 3,
    doi:10.1214/aos/1176343240 (trimmed means).

    Examples
    --------
    >>> from scoring import Criterion, Rule, Scores, official
    >>> scores = Scores([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [[9], [8], [7], [7], [8], [9]])
    >>> official(scores, [Criterion("fit", 1, 0, 10, step=1)], Rule("mean", quorum=2)).rank.tolist()
    [1, 3, 1]
    """
    table = check_columns(scores, criteria)
    instance(rule, "rule", Rule)
    filled = {c.id for c in criteria} | {UNTRIMMED_MEAN, LOWER_QUOTE}
    for name in rule.tie_break:
        if name not in filled:
            raise ScoringError(f"Tie-break {name!r} is neither a criterion nor a known rule.")
    reject_duplicates(scores)
    valid = np.flatnonzero(~np.isnan(table).any(axis=1))
    grids = [on_grid(table[:, c], valid, criterion) for c, criterion in enumerate(criteria)]
    sheets = _sheets(scores, valid, criteria, grids)
    if carried is not None and len(instance(carried, "carried", Carried).points) != scores.n_entries:
        raise ScoringError(f"carried must have {scores.n_entries} items, one per entry.")
    return _ranked(scores, criteria, rule, sheets, _quotes(quote, scores.n_entries), carried)


def _sheets(scores: Scores, valid: AnyInts, criteria: Sequence[Criterion], grids: list[Grid]) -> Sheets:
    weights = [as_fraction(c.weight) for c in criteria]
    whole = sum(weights, Fraction(0))
    factor = [
        100 * w * g.unit / (c.span * whole) for w, g, c in zip(weights, grids, criteria, strict=True)
    ]
    scale = lcm(*(f.denominator for f in factor))
    whole_factor = [int(f * scale) for f in factor]
    entry = scores.entry[valid]
    count = np.bincount(entry, minlength=scores.n_entries)
    dtype = np.int64 if fits(100 * scale * max(int(count.max(initial=1)), 1)) else object
    total = np.zeros(len(valid), dtype=dtype)
    for grid, times in zip(grids, whole_factor, strict=True):
        total += grid.steps.astype(dtype) * times
    order = _order(entry, total)
    first = np.concatenate([[0], np.cumsum(count)[:-1]]) if len(count) else count
    ordered = [Grid(g.steps[order], g.unit) for g in grids]
    return Sheets(valid[order], entry[order], total[order], scale, count, first, ordered)


def _order(entry: AnyInts, total: NDArray[Any]) -> AnyInts:
    if total.dtype == object:
        by_total = np.argsort(total, kind="stable")
        return np.asarray(by_total[np.argsort(entry[by_total], kind="stable")])
    high = int(total.max(initial=0)) + 1
    if len(entry) and fits(int(entry.max()) * high + high):
        return np.argsort(entry.astype(np.int64) * high + total, kind="stable")
    return np.lexsort((total, entry))


def _ranked(
    scores: Scores,
    criteria: Sequence[Criterion],
    rule: Rule,
    sheets: Sheets,
    quote: NDArray[Any] | None,
    carried: Carried | None,
) -> Standing:
    count = sheets.count
    cut = _cut(rule, count)
    place = np.arange(len(sheets.entry)) - sheets.first[sheets.entry]
    counted = (place >= cut[sheets.entry]) & (place < count[sheets.entry] - cut[sheets.entry])
    left = count - 2 * cut
    numerator = segment_sums(np.where(counted, sheets.total, 0).astype(sheets.total.dtype), sheets.first, count)
    plain = segment_sums(sheets.total, sheets.first, count)
    criterion_sums = {
        c.id: segment_sums(g.steps, sheets.first, count) for c, g in zip(criteria, sheets.grids, strict=True)
    }
    floors = _below_floor(criteria, sheets.grids, criterion_sums, count)
    gate_failed, floor_failed = floors
    quorum = count >= rule.quorum
    eligible = np.flatnonzero(quorum & ~gate_failed)
    combined = None if carried is None else _combined(carried, numerator, left, sheets.scale)
    if combined is None:
        keys = [dense_codes(numerator[eligible], left[eligible])]
    else:
        eligible = eligible[np.array([combined[i] is not None for i in eligible.tolist()], dtype=bool)]
        keys = [np.unique(combined[eligible], return_inverse=True)[1]]
    for name in rule.tie_break:
        if name == LOWER_QUOTE:
            if quote is not None:
                keys.append(-np.unique(quote[eligible], return_inverse=True)[1])
        elif name == UNTRIMMED_MEAN:
            keys.append(dense_codes(plain[eligible], count[eligible]))
        else:
            keys.append(dense_codes(criterion_sums[name][eligible], count[eligible]))
    rank, group = _ranks(keys, eligible, scores.n_entries)
    passed = quorum & ~gate_failed & ~floor_failed
    if combined is not None and carried is not None:
        passed &= _reach(combined, carried.most, rule)
    elif rule.pass_mark is not None:
        passed &= ~_less(numerator, left, as_fraction(rule.pass_mark) * sheets.scale)
    return Standing(
        ids=np.arange(0) if scores.entry_ids is None else scores.entry_ids,
        rank=rank,
        score=_ratio(numerator, left, sheets.scale) if combined is None else _floats(combined),
        n_judges=count.astype(np.int32),
        quorum_met=quorum,
        gate_failed=gate_failed,
        floor_failed=floor_failed,
        passed=passed,
        tie_group=group,
        quote=quote,
        criteria=tuple(criteria),
        rule=rule,
        scores=scores,
        sheets=sheets,
        counted=counted,
        carried=carried,
    )


def _combined(carried: Carried, numerator: NDArray[Any], left: AnyInts, scale: int) -> NDArray[Any]:
    """Exact scores with what the entries carry, as an array of fractions; None where there is none."""
    out = np.empty(len(numerator), dtype=object)
    for i, (top, n) in enumerate(zip(numerator.tolist(), left.tolist(), strict=True)):
        out[i] = carried.score(i, Fraction(top, scale * n) if n > 0 else None)
    return out


def _floats(combined: NDArray[Any]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else float(value) for value in combined.tolist()])


def _reach(combined: NDArray[Any], most: Fraction, rule: Rule) -> BoolArray:
    """Whether each entry has a score that reaches the pass mark, a percentage of the highest score."""
    mark = None if rule.pass_mark is None else as_fraction(rule.pass_mark) * most / 100
    return np.array([value is not None and (mark is None or value >= mark) for value in combined.tolist()], dtype=bool)


def _cut(rule: Rule, count: AnyInts) -> AnyInts:
    """Sheets dropped at each end, per entry."""
    if rule.method == "median":
        return np.maximum(count - 1, 0) // 2
    if rule.method == "trimmed":
        return np.where(count >= rule.trim_from, rule.drop, 0)
    return np.zeros_like(count)


def _ranks(keys: list[AnyInts], eligible: AnyInts, n_entries: int) -> tuple[Any, Any]:
    """Competition rank and number of the group of equals (1 = best group); 0 = not ranked."""
    rank, group = np.zeros(n_entries, dtype=np.int32), np.zeros(n_entries, dtype=np.int32)
    if eligible.size:
        table = -np.vstack(keys)
        order = np.lexsort(table[::-1])
        new = np.concatenate([[True], (np.diff(table[:, order], axis=1) != 0).any(axis=0)])
        rank[eligible[order]] = np.maximum.accumulate(np.where(new, np.arange(1, len(order) + 1), 0))
        group[eligible[order]] = np.cumsum(new)
    return rank, group


def _below_floor(
    criteria: Sequence[Criterion], grids: list[Grid], sums: dict[str, NDArray[Any]], count: AnyInts
) -> tuple[BoolArray, BoolArray]:
    """Entries whose mean on a gate, and on another criterion with a floor, is below it."""
    gates, floors = np.zeros(len(count), dtype=bool), np.zeros(len(count), dtype=bool)
    for criterion, grid in zip(criteria, grids, strict=True):
        if criterion.floor is None:
            continue
        limit = criterion.floor * criterion.span / (100 * grid.unit)
        below = _less(sums[criterion.id], count, limit)
        if criterion.gate:
            gates |= below
        else:
            floors |= below
    return gates, floors


def _less(numerator: NDArray[Any], denominator: AnyInts, limit: Fraction) -> BoolArray:
    """``numerator / denominator < limit`` exactly; False where the denominator is 0."""
    top = max(int(abs(numerator).max(initial=0)), 1) * limit.denominator
    far = max(int(denominator.max(initial=0)), 1) * abs(limit.numerator)
    if not fits(max(top, far)):
        numerator, denominator = numerator.astype(object), denominator.astype(object)
    below = numerator * limit.denominator < denominator * limit.numerator
    return np.asarray(below & (denominator > 0), dtype=np.bool_)


def _ratio(numerator: NDArray[Any], denominator: AnyInts, scale: int) -> NDArray[np.float64]:
    out = np.full(len(numerator), np.nan)
    filled = np.flatnonzero(denominator > 0)
    if numerator.dtype == object or not fits(scale * int(denominator.max(initial=1))):
        pairs = zip(numerator[filled], denominator[filled], strict=True)
        out[filled] = [float(Fraction(int(a), scale * int(b))) for a, b in pairs]
    else:
        out[filled] = numerator[filled] / (denominator[filled] * scale)
    return out


def _quotes(quote: ArrayLike | None, n_entries: int) -> NDArray[Any] | None:
    """Quotes as comparable numbers; a missing one is larger than any."""
    if quote is None:
        return None
    prices = unmasked(quote, "quote")
    if prices.shape != (n_entries,):
        raise InvalidScores(f"quote must have {n_entries} items, one per entry.")
    if prices.dtype.kind in "iu":
        return prices.astype(object) if prices.dtype.kind == "u" else prices
    if prices.dtype.kind == "f":
        return np.where(np.isnan(prices), np.inf, prices)
    try:
        filled = [float("inf") if q is None or q != q else as_fraction(q) for q in prices.tolist()]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        raise InvalidScores("quote must hold numbers, or None for no quote.") from None
    out = np.empty(n_entries, dtype=object)
    out[:] = filled
    return out
