"""Reads of the pilots slice."""

from __future__ import annotations

from competition.pilots.queries.pilots import (
    OPEN_STATES,
    PilotLine,
    PilotView,
    board,
    bound,
    organizer_pilot,
    organizer_programme_or_first,
    pilots_of,
    public_pilot,
    public_pilots,
    team_pilot,
    team_pilots,
    view,
)
from competition.pilots.queries.selections import (
    Candidate,
    PresentSelection,
    ReadyCall,
    basis_of,
    candidates,
    latest_selection,
    present_selection,
    ready_calls,
    waiting_selection,
)

__all__ = [
    "OPEN_STATES",
    "Candidate",
    "PilotLine",
    "PilotView",
    "PresentSelection",
    "ReadyCall",
    "basis_of",
    "board",
    "bound",
    "candidates",
    "latest_selection",
    "organizer_pilot",
    "organizer_programme_or_first",
    "pilots_of",
    "present_selection",
    "public_pilot",
    "public_pilots",
    "ready_calls",
    "team_pilot",
    "team_pilots",
    "view",
    "waiting_selection",
]
