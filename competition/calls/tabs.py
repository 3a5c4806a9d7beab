"""The one navigation of a call's workspace, and the counts that later slices add to its overview."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException

from competition.calls.models import Call
from competition.calls.roles import POWERS, role_here


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a call's workspace; its route takes ``call_code``.

    Parameters
    ----------
    order
        Tabs stand by rising numbers; steps of ten leave room.
    behind
        Views of the same blueprint whose pages lie behind this tab. Those that no tab names lie behind the first
        tab of their blueprint.
    """

    endpoint: str
    label: Any
    order: int
    behind: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A count on a call's overview that leads to the page behind it; ``tone`` is "", good, warn or bad."""

    label: str
    count: int | str
    url: str
    tone: str = ""
    note: str = ""
    active: bool = False


_tabs: list[Tab] = []
_tiles: list[Callable[[Call], list[Tile]]] = []


def add_tabs(*tabs: Tab) -> None:
    """Register tabs of a slice."""
    _tabs.extend(tabs)
    _tabs.sort(key=lambda tab: tab.order)


def registered() -> tuple[Tab, ...]:
    return tuple(_tabs)


def tiles(provider: Callable[[Call], list[Tile]]) -> Callable[[Call], list[Tile]]:
    """Register what a later slice shows on a call's overview (calls know nothing of entries or scores)."""
    _tiles.append(provider)
    return provider


def tiles_of(call: Call) -> list[Tile]:
    return [tile for provider in _tiles for tile in provider(call) if _leads_somewhere(tile)]


def _leads_somewhere(tile: Tile) -> bool:
    """Whether the reader's role opens the page to which the tile leads."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(urlsplit(tile.url).path, method="GET")
    except HTTPException:
        return True
    return _opens(endpoint, role_here())


def current_tab(endpoint: str) -> str:
    """The endpoint of the tab to which a page belongs: its own, or the one that it lies behind."""
    blueprint, _dot, view = endpoint.partition(".")
    own = [tab for tab in _tabs if tab.endpoint.startswith(f"{blueprint}.")]
    exact = [tab for tab in own if tab.endpoint == endpoint or view in tab.behind]
    return next((tab.endpoint for tab in exact or own), "")


def current_label(endpoint: str) -> Any:
    """The label of the tab to which a page belongs; "" when none does."""
    current = current_tab(endpoint)
    return next((tab.label for tab in _tabs if tab.endpoint == current), "")


def tab_links(code: str) -> list[dict[str, Any]]:
    """Links to the pages of the call with this code: ``{label, url, here}``.

    ``here`` is "page" for the tab's own page, "true" for one behind it (as in ``aria-current``), else "".
    """
    endpoint, role = request.endpoint or "", role_here()
    current = current_tab(endpoint)
    return [
        {"label": str(tab.label), "url": url_for(tab.endpoint, call_code=code),
         "here": "" if tab.endpoint != current else "page" if tab.endpoint == endpoint else "true"}
        for tab in _tabs if _opens(tab.endpoint, role)
    ]


def _opens(endpoint: str, role: str) -> bool:
    """Whether a role opens a page of the call; without one, outside the pages of a call, every one counts as open."""
    permission = getattr(current_app.view_functions[endpoint], "permission", None)
    return not role or permission not in POWERS or role in POWERS[permission]
