"""Pages of the pilots slice by audience. Importing the modules adds their pages to the blueprints."""

from __future__ import annotations

from competition.pilots.routes import (
    organizer,
    organizer_complete,
    organizer_decisions,
    organizer_publish,
    organizer_selection,
    public,
    team,
)

BLUEPRINTS = (public.bp, team.bp, organizer.bp)
__all__ = ["BLUEPRINTS", "organizer_complete", "organizer_decisions", "organizer_publish", "organizer_selection"]
