"""Numbers as strings with a fixed number of decimals, which have the same digest on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

DECIMALS = 6


class Fixed(str):
    """A decimal number with exactly :data:`DECIMALS` places, as text."""

    __slots__ = ()


ZERO = Fixed("0." + "0" * DECIMALS)


def fixed(value: float) -> Fixed | None:
    """``67.5`` → ``67.500000``; None for NaN and infinity. Negative zero becomes zero."""
    if not np.isfinite(value):
        return None
    text = f"{value:.{DECIMALS}f}"
    return ZERO if float(text) == 0 else Fixed(text)


def fixed_all(values: npt.NDArray[Any]) -> list[Fixed | None]:
    return [fixed(value) for value in values.tolist()]
