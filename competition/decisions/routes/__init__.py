"""Pages of the decisions slice by audience. Importing the modules adds their pages to the blueprints."""

from __future__ import annotations

from competition.decisions.routes import (
    organizer,
    organizer_advancing,
    organizer_calendar,
    organizer_completion,
    organizer_decisions,
    organizer_publication,
    organizer_selection,
    public,
    team,
)

BLUEPRINTS = (public.bp, team.bp, organizer.bp)
__all__ = [
    "BLUEPRINTS", "organizer_advancing", "organizer_calendar", "organizer_completion", "organizer_decisions",
    "organizer_publication", "organizer_selection",
]
