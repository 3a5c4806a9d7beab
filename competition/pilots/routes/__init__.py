"""Pages of the pilots slice by audience."""

from __future__ import annotations

from competition.pilots.routes import organizer, public, team

BLUEPRINTS = (public.bp, team.bp, organizer.bp)
