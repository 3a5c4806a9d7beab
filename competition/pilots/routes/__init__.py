"""Pages of the pilots slice by audience, and the part of pilots in publishing and completing a call."""

from __future__ import annotations

from competition.pilots.routes import follower, organizer, public, team

BLUEPRINTS = (public.bp, team.bp, organizer.bp)
__all__ = ["BLUEPRINTS", "follower"]
