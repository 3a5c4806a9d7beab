"""Totals standardised judge by judge, then averaged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring import Composite, __version__, aggregate

name = "z-score"


def available() -> bool:
    """Always."""
    return True


def version() -> str:
    """Of this package."""
    return __version__


def scores(comp: Composite) -> NDArray[np.float64]:
    """Score per entry."""
    return aggregate(comp, "zscore").score
