"""Points of a score. They are stored as integer hundredths, so that sums and ties are exact."""

from __future__ import annotations

from decimal import Decimal


def points(hundredths: int) -> Decimal:
    """Hundredths as an exact number of points without trailing zeros: 750 → ``Decimal("7.5")``."""
    return Decimal(hundredths) / 100


def points_text(hundredths: int | None) -> str:
    """Hundredths as a person writes them: 750 → ``"7.5"``, 1000 → ``"10"``; empty for no score."""
    return "" if hundredths is None else f"{points(hundredths):f}"
