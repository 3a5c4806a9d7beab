"""Pages of the results slice; only organizers have any."""

from __future__ import annotations

from competition.results.routes import organizer

BLUEPRINTS = (organizer.bp,)
