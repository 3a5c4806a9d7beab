"""The one navigation of a call's workspace, and the counts that later slices add to its overview."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from competition.calls.models import Call

TABS: tuple[tuple[str, Any], ...] = (
    ("calls_organizer.show", _l("Overview")),
    ("entries_organizer.index", _l("Entries")),
    ("judging_organizer.panel", _l("Panel")),
    ("judging_organizer.assignments", _l("Assignments")),
    ("judging_organizer.conflicts", _l("Conflicts")),
    ("judging_organizer.judge_files", _l("Files for judges")),
    ("judging_organizer.progress", _l("Progress")),
    ("results_organizer.show", _l("Results")),
    ("decisions_organizer.index", _l("Decisions")),
    ("audit.index", _l("Audit trail")),
)
# Pages that lie behind a tab of their blueprint other than its first.
BEHIND = {
    "judging_organizer": {
        "plan": "assignments", "make_plan": "assignments", "apply_plan": "assignments", "set_judges": "assignments",
        "challenge": "conflicts", "find": "conflicts", "undo": "conflicts", "decide_file": "judge_files",
        "sheet": "progress", "reopen": "progress", "remind": "progress", "send_reminders": "progress",
    },
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A count on a call's overview that leads to the page behind it; ``tone`` is "", good, warn or bad."""

    label: str
    count: int | str
    url: str
    tone: str = ""
    note: str = ""
    active: bool = False


_tiles: list[Callable[[Call], list[Tile]]] = []


def tiles(provider: Callable[[Call], list[Tile]]) -> Callable[[Call], list[Tile]]:
    """Register what a later slice shows on a call's overview (calls know nothing of entries or scores)."""
    _tiles.append(provider)
    return provider


def tiles_of(call: Call) -> list[Tile]:
    return [tile for provider in _tiles for tile in provider(call)]


def here(endpoint: str) -> str:
    """The tab to which a page belongs: its own, or the one that it lies behind."""
    names = [name for name, _label in TABS]
    if endpoint in names:
        return endpoint
    blueprint, _dot, view = endpoint.partition(".")
    behind = BEHIND.get(blueprint, {}).get(view)
    return f"{blueprint}.{behind}" if behind else next((n for n in names if n.startswith(f"{blueprint}.")), "")


def tabs(code: str) -> list[dict[str, Any]]:
    """Links to the pages of the call with this code that are installed: ``{label, url, here}``.

    ``here`` is "page" for the tab's own page, "true" for one behind it (as in ``aria-current``), else "".
    """
    now = request.endpoint or ""
    current = here(now)
    return [
        {"label": str(label), "url": url_for(endpoint, call_code=code),
         "here": "" if endpoint != current else "page" if endpoint == now else "true"}
        for endpoint, label in TABS if endpoint in current_app.view_functions
    ]
