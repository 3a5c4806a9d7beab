"""Pages of the results slice by audience."""

from __future__ import annotations

from competition.results.routes import organizer, public, team

BLUEPRINTS = (public.bp, team.bp, organizer.bp)
