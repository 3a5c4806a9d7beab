"""Digests: the same input gives the same text on every machine.

Floating-point sums differ in their last digits between processors, so results are rounded to a grid far
coarser than that noise before hashing; inputs are hashed as they are, in an order of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from scoring.types import Composite, FloatArray

VERSION = 1
"""Raised whenever the method changes in a way that moves results."""


def of_composite(comp: Composite) -> str:
    """SHA-256 of the rows (in the order of entry, judge, total) and labels of a composite."""
    order = np.lexsort((comp.y, comp.judge, comp.entry))
    digest = hashlib.sha256(f"composite {VERSION} {comp.n_entries} {comp.n_judges}\n".encode())
    digest.update(comp.entry[order].astype("<i4").tobytes())
    digest.update(comp.judge[order].astype("<i4").tobytes())
    for column in (comp.y, comp.weight, comp.coverage):
        digest.update(_bytes(column[order], 1e-9))
    if comp.fixed is not None:
        digest.update(_bytes(comp.fixed[order].ravel(), 1e-9))
    for labels in (comp.entry_ids, comp.judge_ids):
        digest.update("\x1f".join(map(str, labels.tolist())).encode())
    return digest.hexdigest()


def of_results(
    kind: str, parameters: Mapping[str, object], arrays: Mapping[str, FloatArray], grid: float
) -> str:
    """SHA-256 of named parameters and of arrays rounded to multiples of ``grid``, keys in order."""
    digest = hashlib.sha256(f"{kind} {VERSION}\n".encode())
    for name in sorted(parameters):
        digest.update(f"{name}={_text(parameters[name])}\n".encode())
    for name in sorted(arrays):
        digest.update(f"{name}:{len(arrays[name])}\n".encode())
        digest.update(_bytes(arrays[name], grid))
    return digest.hexdigest()


def significant(value: float, digits: int = 5) -> str:
    """The number with a fixed count of significant digits."""
    return f"{value:.{digits - 1}e}"


def _text(value: object) -> str:
    return significant(value) if isinstance(value, float) else str(value)


def _bytes(values: FloatArray, grid: float) -> bytes:
    """Whole multiples of the grid as little-endian integers; NaN and infinities keep a code of their own."""
    with np.errstate(invalid="ignore", over="ignore"):
        whole = np.rint(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0) / grid)
    large = np.abs(whole) > 2.0**62
    coded = np.where(large, 0, whole).astype("<i8")
    coded[np.isnan(values)] = np.iinfo(np.int64).min
    coded[np.isposinf(values)] = np.iinfo(np.int64).max
    coded[np.isneginf(values)] = np.iinfo(np.int64).min + 1
    tail = values[large].astype("<f8").tobytes()
    return coded.tobytes() + tail
