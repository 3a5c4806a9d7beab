"""Midranks, without the price of importing :mod:`scipy.stats` (seconds) before anybody ranks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def midranks(values: ArrayLike, axis: int | None = None) -> NDArray[np.float64]:
    """Ranks from 1, ties sharing their mean rank; over all values, or along ``axis``."""
    from scipy.stats import rankdata

    ranked: NDArray[Any] = rankdata(values, method="average", axis=axis)
    return ranked.astype(np.float64)
