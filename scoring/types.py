"""What goes in: criteria, score sheets and judge-entry totals.

Labels and codes
----------------
``entry`` and ``judge`` are integer arrays.  With ``entry_ids`` given they are positions in it, and an
entry without any score still has its row in every result.  Without ``entry_ids`` the distinct values
become the labels, in increasing order, as a factor does in R: results are ordered like ``entry_ids``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.arguments import chosen, instance, numbers, unmasked
from scoring.errors import InvalidScores, ScoringError

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int32]
BoolArray: TypeAlias = NDArray[np.bool_]
AnyInts: TypeAlias = NDArray[np.signedinteger[Any]]
Ids: TypeAlias = NDArray[Any]
Number: TypeAlias = int | float | Fraction | Decimal | str

DEFAULT_GATE_FLOOR = 60
"""Percent of a gate's range below which it fails when no floor is given (Horizon Europe: 3 of 5)."""


def as_fraction(value: Number) -> Fraction:
    """The number as written: ``0.1`` becomes 1/10, not the binary fraction nearest to it."""
    if isinstance(value, float):
        return Fraction(repr(float(value)))
    return Fraction(str(value)) if isinstance(value, np.generic) else Fraction(value)


@dataclass(frozen=True)
class Criterion:
    """One line of a rubric.

    Parameters
    ----------
    id : str
        Unique name within the rubric.
    weight : int or Fraction
        Relative weight, above zero; weights need not add up to 100.
    lo, hi : number
        Lowest and highest score in raw units, ``lo < hi``.
    step : number, optional
        Distance of two neighbouring scores, counted from ``lo``.  Without it any decimal of up to nine
        places is allowed.
    gate : bool
        An entry whose mean on this criterion is below the floor is out of the ranking.
    floor_percent : number, optional
        Floor in percent of the range, 0..100.  A gate without a floor gets 60.  On a criterion that is
        no gate the floor only withholds the pass.
    """

    id: str
    weight: int | Fraction
    lo: Number
    hi: Number
    step: Number | None = None
    gate: bool = False
    floor_percent: Number | None = None

    def __post_init__(self) -> None:
        instance(self.id, "id", str)
        chosen(self.gate, "gate", (True, False))
        for name in ("weight", "lo", "hi", "step", "floor_percent"):
            value = getattr(self, name)
            optional = value is None and name in ("step", "floor_percent")
            try:
                _ = None if optional else as_fraction(value)
            except (ValueError, TypeError, ZeroDivisionError, OverflowError):
                raise ScoringError(f"Criterion {self.id!r}: {name} must be a number, not {value!r}.") from None
        if not as_fraction(self.weight) > 0:
            raise ScoringError(f"Criterion {self.id!r}: the weight must be above zero.")
        if not as_fraction(self.lo) < as_fraction(self.hi):
            raise ScoringError(f"Criterion {self.id!r}: lo must be below hi.")
        if self.step is not None and not 0 < as_fraction(self.step) <= self.span:
            raise ScoringError(f"Criterion {self.id!r}: the step must be above zero and fit into the range.")
        if self.floor_percent is not None and not 0 <= as_fraction(self.floor_percent) <= 100:
            raise ScoringError(f"Criterion {self.id!r}: floor_percent must lie in 0 to 100.")

    @property
    def span(self) -> Fraction:
        """``hi - lo``, exactly."""
        return as_fraction(self.hi) - as_fraction(self.lo)

    @property
    def floor(self) -> Fraction | None:
        """The floor in percent of the range, or None where there is none."""
        if self.floor_percent is not None:
            return as_fraction(self.floor_percent)
        return Fraction(DEFAULT_GATE_FLOOR) if self.gate else None


@dataclass(frozen=True, eq=False, repr=False)
class Scores:
    """Score sheets, one row a sheet.

    Parameters
    ----------
    entry, judge : array of int, shape (n,)
        Who was scored and by whom; see the module text about labels.
    values : array of float, shape (n, C)
        Raw scores in rubric order, NaN = missing.
    weight : array of float, shape (n,), optional
        Precision weight of the row, above zero (variance is divided by it); default 1.
    fixed : array of float, shape (n, p), optional
        Extra fixed-effect columns such as call or stage indicators.
    entry_ids, judge_ids : sequence, optional
        Labels of the positions.
    group : sequence, shape (N,) or (n,), optional
        Group of each entry (topic, track or language), one label per entry or per row.  Calibration then
        lets the groups' levels differ; a group's level stays in the score of its entries.

    Raises
    ------
    InvalidScores
        Shapes that do not match, positions outside the labels, negative codes, infinite values,
        weights that are not above zero.
    """

    entry: IntArray
    judge: IntArray
    values: FloatArray
    weight: FloatArray | None = None
    fixed: FloatArray | None = None
    entry_ids: Ids | None = None
    judge_ids: Ids | None = None
    group: Ids | None = None

    def __init__(
        self,
        entry: ArrayLike,
        judge: ArrayLike,
        values: ArrayLike,
        weight: ArrayLike | None = None,
        fixed: ArrayLike | None = None,
        entry_ids: Sequence[Any] | NDArray[Any] | None = None,
        judge_ids: Sequence[Any] | NDArray[Any] | None = None,
        group: Sequence[Any] | NDArray[Any] | None = None,
    ) -> None:
        table = numbers(values, "values")
        if table.ndim == 1:
            table = table[:, None]
        if table.ndim != 2:
            raise InvalidScores("values must have one row per sheet and one column per criterion.")
        n = table.shape[0]
        entry_codes, entry_labels = codes(entry, entry_ids, n, "entry")
        judge_codes, judge_labels = codes(judge, judge_ids, n, "judge")
        put = object.__setattr__
        put(self, "entry", entry_codes)
        put(self, "judge", judge_codes)
        put(self, "values", table)
        put(self, "weight", checked_weight(weight, n))
        put(self, "fixed", checked_fixed(fixed, n))
        put(self, "entry_ids", entry_labels)
        put(self, "judge_ids", judge_labels)
        put(self, "group", checked_group(group, entry_codes, len(entry_labels)))

    def __repr__(self) -> str:
        return f"<Scores: {len(self.values)} sheets of {self.n_entries} entries by {self.n_judges} judges>"

    @property
    def n_entries(self) -> int:
        """Number of entries, scored or not."""
        return 0 if self.entry_ids is None else len(self.entry_ids)

    @property
    def n_judges(self) -> int:
        """Number of judges, with or without scores."""
        return 0 if self.judge_ids is None else len(self.judge_ids)


@dataclass(frozen=True, eq=False, repr=False)
class Composite:
    """Judge-entry totals on one scale: what calibration, aggregation and agreement work on.

    Attributes
    ----------
    entry, judge : array of int32, shape (n,)
        Positions in ``entry_ids`` and ``judge_ids``.
    y : array of float, shape (n,)
        The total; 0..100 when made by :func:`scoring.composite`.  NaN only where ``coverage`` is 0.
    weight : array of float, shape (n,)
        Precision weight of the row (all 1 unless given).
    coverage : array of float, shape (n,)
        Share of the rubric's weight that was scored, 0..1.  Rows with coverage 0 carry no information and
        are left out by every consumer.
    fixed : array of float, shape (n, p), or None
        Extra fixed-effect columns.
    entry_ids, judge_ids : array, shape (N,), (J,)
        Labels.
    n_entries, n_judges : int
        N and J.
    lo, hi : float
        Ends of the scale of ``y`` (infinite when unknown).
    group : array, shape (N,), or None
        Group of each entry (topic, track or language), for a random group effect.
    """

    entry: IntArray
    judge: IntArray
    y: FloatArray
    weight: FloatArray
    coverage: FloatArray
    fixed: FloatArray | None
    entry_ids: Ids
    judge_ids: Ids
    n_entries: int
    n_judges: int
    lo: float
    hi: float
    group: Ids | None = None

    def __repr__(self) -> str:
        return f"<Composite: {len(self.y)} totals of {self.n_entries} entries by {self.n_judges} judges>"


def codes(
    values: ArrayLike, ids: Sequence[Any] | NDArray[Any] | None, n: int, what: str
) -> tuple[IntArray, Ids]:
    """Positions and labels of one factor; see the module text."""
    raw = unmasked(values, what)
    if raw.ndim != 1 or raw.shape[0] != n:
        raise InvalidScores(f"{what} must be one-dimensional with {n} items, as many as values (y).")
    if n and raw.dtype.kind not in "iu":
        raise InvalidScores(f"{what} must hold integers; give the labels as {what}_ids.")
    if n and int(raw.min()) < 0:
        raise InvalidScores(f"{what} must not be negative.", np.flatnonzero(raw < 0).tolist())
    if ids is not None:
        labels = _labels(ids, f"{what}_ids")
        if n and int(raw.max()) >= len(labels):
            bad = np.flatnonzero(raw >= len(labels))
            raise InvalidScores(f"{what} points outside {what}_ids.", bad.tolist())
        return raw.astype(np.int32, copy=False), labels
    if not n:
        return raw.astype(np.int32), np.arange(0)
    top = int(raw.max())
    if top < 8 * n + 1024:
        seen = np.zeros(top + 1, dtype=bool)
        seen[raw] = True
        labels = np.flatnonzero(seen)
        if len(labels) == top + 1:
            return raw.astype(np.int32, copy=False), labels
        position = np.cumsum(seen, dtype=np.int32) - np.int32(1)
        return position[raw].astype(np.int32, copy=False), labels
    labels, inverse = np.unique(raw, return_inverse=True)
    return inverse.astype(np.int32), labels


def checked_group(
    group: Sequence[Any] | NDArray[Any] | None, entry: IntArray, n_entries: int
) -> Ids | None:
    """One label per entry, from labels per entry or per row; raises on rows of an entry that differ."""
    if group is None:
        return None
    labels = _labels(group, "group")
    if labels.dtype == object:
        labels = np.array([str(label) for label in labels.tolist()])
    if len(labels) == n_entries:
        return labels
    if len(labels) != len(entry):
        raise InvalidScores(f"group must have {n_entries} items, one per entry, or {len(entry)}, one per row.")
    names, code = np.unique(labels, return_inverse=True)
    first = np.zeros(n_entries, dtype=np.int64)
    first[entry[::-1]] = code[::-1]
    differs = np.flatnonzero(code != first[entry])
    if differs.size:
        raise InvalidScores("group differs between rows of one entry.", differs.tolist())
    return np.asarray(names[first])


def tally(index: AnyInts, weight: FloatArray, size: int) -> FloatArray:
    """Sum of ``weight`` per code 0..size-1."""
    return np.asarray(np.bincount(index, weight, size), dtype=np.float64)


def _labels(items: Any, name: str) -> Ids:
    """Labels as a one-dimensional array; labels that are lists become tuples."""
    if isinstance(items, str | bytes) or not isinstance(items, Sequence | np.ndarray):
        raise InvalidScores(f"{name} must be a sequence of labels, not {type(items).__name__}.")
    try:
        labels = unmasked(items, name)
    except InvalidScores:
        if isinstance(items, np.ndarray):
            raise
        labels = np.zeros((0, 0))
    if labels.ndim == 1:
        return labels
    labels = np.empty(len(items), dtype=object)
    for place, item in enumerate(items):
        labels[place] = tuple(item) if isinstance(item, list | np.ndarray) else item
    return labels


def checked_weight(weight: ArrayLike | None, n: int) -> FloatArray | None:
    """Row weights as floats, or None for all ones; raises on weights that are not finite and above zero."""
    if weight is None:
        return None
    row_weight = numbers(weight, "weight")
    if row_weight.shape != (n,):
        raise InvalidScores(f"weight must be one-dimensional with {n} items.")
    bad = ~(np.isfinite(row_weight) & (row_weight > 0))
    if bad.any():
        raise InvalidScores("weight must be finite and above zero.", np.flatnonzero(bad).tolist())
    return row_weight


def checked_fixed(fixed: ArrayLike | None, n: int) -> FloatArray | None:
    """Fixed-effect columns as a table, or None; raises on values that are not finite."""
    if fixed is None:
        return None
    table = numbers(fixed, "fixed")
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or table.shape[0] != n:
        raise InvalidScores(f"fixed must have {n} rows.")
    bad = ~np.isfinite(table).all(axis=1)
    if bad.any():
        raise InvalidScores("fixed must be finite.", np.flatnonzero(bad).tolist())
    return table if table.shape[1] else None
