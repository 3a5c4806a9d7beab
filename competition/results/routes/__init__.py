"""Pages of the results slice; only organizers have any."""

from __future__ import annotations

from competition.results.routes import analysis, organizer
from competition.results.routes.blueprints import organizer as bp

__all__ = ["BLUEPRINTS", "analysis", "organizer"]
BLUEPRINTS = (bp,)
