"""Pages, by audience."""

from __future__ import annotations

from competition.accounts.routes import own  # its views join the blueprint
from competition.accounts.routes.public import bp

BLUEPRINTS = (bp,)

__all__ = ["BLUEPRINTS", "own"]
