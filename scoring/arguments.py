"""Checks of arguments: a wrong one raises a ScoringError that names it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scoring.errors import ScoringError


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


def position(value: Any, name: str, size: int) -> int:
    """The value as an index below ``size``; raises otherwise."""
    place = whole(value, name)
    if place >= size:
        raise ScoringError(f"There is no entry at position {place}.")
    return place
