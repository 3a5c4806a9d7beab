"""This package at its default level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring import Composite, __version__, calibrate, posterior

name = "scoring.calibrate, posterior"


def available() -> bool:
    """Always."""
    return True


def version() -> str:
    """Of this package."""
    return __version__


def scores(comp: Composite) -> NDArray[np.float64]:
    """Score per entry."""
    return posterior(calibrate(comp, pools="assume_equal_pools")).score
