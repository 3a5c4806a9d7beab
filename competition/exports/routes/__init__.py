"""Pages of the exports slice; only organizers have any."""

from __future__ import annotations

from competition.exports.routes import organizer

BLUEPRINTS = (organizer.bp,)
