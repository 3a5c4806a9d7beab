"""The tabs over every organizer's page of one call, and the tiles that later slices add to its dashboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l

from competition.calls.models import Call

# (endpoint, label, needs the programme's code)
TABS: tuple[tuple[str, Any, bool], ...] = (
    ("calls_organizer.show", _l("Overview"), False),
    ("entries_organizer.index", _l("Entries"), False),
    ("judging_organizer.panel", _l("Panel"), False),
    ("judging_organizer.assignments", _l("Assignments"), False),
    ("judging_organizer.progress", _l("Progress"), False),
    ("results_organizer.show", _l("Results"), False),
    ("pilots_organizer.selection", _l("Selection"), True),
    ("pilots_organizer.index", _l("Pilots"), True),
    ("exports.index", _l("Exports"), True),
    ("audit.index", _l("Audit trail"), False),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A count on a call's dashboard that leads to the page behind it; ``tone`` is "", good, warn or bad."""

    label: str
    count: int | str
    url: str = ""
    tone: str = ""
    note: str = ""
    active: bool = False


_tiles: list[Callable[[Call], list[Tile]]] = []


def tiles(provider: Callable[[Call], list[Tile]]) -> Callable[[Call], list[Tile]]:
    """Register what a later slice shows on a call's dashboard (calls know nothing of entries or scores)."""
    _tiles.append(provider)
    return provider


def tiles_of(call: Call) -> list[Tile]:
    return [tile for provider in _tiles for tile in provider(call)]


def tabs(call: Call, here: str) -> list[dict[str, Any]]:
    """Links to the pages of one call that are installed: ``{label, url, here}``."""
    found = []
    for endpoint, label, by_programme in TABS:
        if endpoint not in current_app.view_functions:
            continue
        values: dict[str, Any] = {"programme_code": call.programme.code} if by_programme else {"call_code": call.code}
        found.append({"label": str(label), "url": url_for(endpoint, **values), "here": endpoint == here})
    return found
