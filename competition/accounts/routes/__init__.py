"""Pages, by audience."""

from __future__ import annotations

from competition.accounts.routes import declining, own, second_factor  # their views join the blueprint
from competition.accounts.routes.public import bp

BLUEPRINTS = (bp,)

__all__ = ["BLUEPRINTS", "declining", "own", "second_factor"]
