"""Checks of arguments: a wrong one raises a ScoringError that names it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from scoring.errors import InvalidScores, ScoringError

Kind = TypeVar("Kind")


def whole(value: Any, name: str, *, least: int = 0) -> int:
    """The value as an int; raises unless it is a whole number (no bool, no float) of at least ``least``."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer) or value < least:
        raise ScoringError(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def chosen(value: Any, name: str, choices: Sequence[Any]) -> Any:
    """The value; raises unless it is one of the choices (``1`` is not ``True``)."""
    for choice in choices:
        if type(value) is type(choice) and value == choice:
            return value
    listed = ", ".join(repr(choice) for choice in choices)
    raise ScoringError(f"Unknown {name}={value!r}; choose one of {listed}.")


def between(value: Any, name: str, low: float, high: float) -> float:
    """The value as a float; raises unless it is a number strictly between ``low`` and ``high``."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise ScoringError(f"{name} must be a number between {low} and {high}, not {value!r}.")
    if not low < float(value) < high:
        raise ScoringError(f"{name} must lie between {low} and {high}, not {value!r}.")
    return float(value)


def real(value: Any, name: str) -> float:
    """The value as a float, possibly infinite; raises unless it is a number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        raise ScoringError(f"{name} must be a number, not {value!r}.")
    if value != value:
        raise ScoringError(f"{name} must be a number, not NaN.")
    return float(value)


def position(value: Any, name: str, size: int) -> int:
    """The value as an index below ``size``; raises otherwise."""
    place = whole(value, name)
    if place >= size:
        raise ScoringError(f"There is no entry at position {name}={place}.")
    return place


def instance(value: Any, name: str, kind: type[Kind]) -> Kind:
    """The value; raises unless it is of that class."""
    if not isinstance(value, kind):
        raise ScoringError(f"{name} must be a {kind.__name__}, not {type(value).__name__}.")
    return value


def listed(value: Any, name: str, kind: type[Kind]) -> tuple[Kind, ...]:
    """The items as a tuple; raises unless they are all of that class (a text is no list of texts)."""
    if isinstance(value, str | bytes | np.ma.MaskedArray) or not isinstance(value, Iterable):
        raise ScoringError(f"{name} must be a sequence of {kind.__name__}, not {type(value).__name__}.")
    items = tuple(value)
    for item in items:
        if not isinstance(item, kind):
            raise ScoringError(f"{name} must hold {kind.__name__} only, not {type(item).__name__}.")
    return items


def unmasked(values: Any, name: str) -> NDArray[Any]:
    """The values as an array; raises on masked values (NaN is how a score is missing) and ragged lists."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise InvalidScores(f"{name} is a masked array: fill it first, scores with NaN.")
    try:
        return np.asarray(values)
    except ValueError:
        raise InvalidScores(f"{name} must be a regular array.") from None


def numbers(values: Any, name: str) -> NDArray[np.float64]:
    """The values as floats; raises InvalidScores on masked values and on what is no real number."""
    raw = unmasked(values, name)
    if raw.dtype.kind not in "biufO":
        raise InvalidScores(f"{name} must hold numbers.")
    try:
        return np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidScores(f"{name} must hold numbers.") from None


def positive(values: Any, name: str, size: int) -> tuple[float, ...]:
    """The values as floats; raises unless there are ``size`` of them, finite, none below zero, the last above."""
    table = numbers(values, name)
    if table.shape != (size,) or not (np.isfinite(table) & (table >= 0.0)).all() or table[-1] == 0.0:
        raise ScoringError(f"{name} must be {size} finite numbers of at least 0, the last above 0.")
    return tuple(table.tolist())
