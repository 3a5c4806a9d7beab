"""No slice names pages of a later one: neither in Python nor in templates, not even in strings."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from competition.application import SLICES
from competition.calls import tabs
from competition.kernel.web import navigation
from competition.kernel.web.places import PLACES, Place

ROOT = Path(__file__).resolve().parents[2]
# The layouts, macros and error pages stand under every slice, as the kernel does.
KERNEL = ("kernel", "_layout", "_macros", "errors")
ENDPOINT = re.compile(r"""["']([a-z_]+\.[a-z_]+)["']""")


def blueprints() -> dict[str, int]:
    """Blueprint → the number of its slice in the life of a call."""
    owners = {"kernel": -1}
    for number, name in enumerate(SLICES):
        routes = importlib.import_module(f"competition.{name}.routes")
        owners |= {blueprint.name: number for blueprint in routes.BLUEPRINTS}
    return owners


def named_later(text: str, level: int, app: Flask) -> Iterator[str]:
    """Endpoints in a text that belong to a slice after ``level``."""
    owners = blueprints()
    for match in ENDPOINT.finditer(text):
        if match[1] in app.view_functions and owners[match[1].partition(".")[0]] > level:
            yield match[1]


def folders() -> Iterator[tuple[int, Path]]:
    for level, name in [*((-1, name) for name in KERNEL), *enumerate(SLICES)]:
        for folder in (ROOT / "competition" / name, ROOT / "templates" / name, ROOT / "templates/mail" / name):
            if folder.exists():
                yield level, folder


def test_an_endpoint_of_a_later_slice_is_noticed(app: Flask) -> None:
    calls = SLICES.index("calls")
    assert list(named_later("{{ url_for('entries_team.start', x=1) }} 'calls_public.home'", calls, app)) == [
        "entries_team.start"
    ]


def test_no_slice_names_pages_of_a_later_one(app: Flask) -> None:
    offenders = [
        f"{path.relative_to(ROOT)}: {name}"
        for level, folder in folders() for path in sorted(folder.rglob("*"))
        if path.suffix in {".py", ".html", ".txt"}
        for name in named_later(path.read_text("utf-8"), level, app)
    ]
    assert offenders == []


def test_every_place_and_every_link_leads_to_a_page(app: Flask) -> None:
    menus = (navigation.SITE, navigation.WORK, navigation.RAIL, navigation.PROGRAMME)
    named = [link.endpoint for menu in menus for link in menu._links]
    named += [place.endpoint for place in PLACES.values()]
    for tab in tabs.registered():
        blueprint = tab.endpoint.partition(".")[0]
        named += [tab.endpoint, *(f"{blueprint}.{view}" for view in tab.behind)]
    assert set(named) - set(app.view_functions) == set()


def test_a_place_has_one_page() -> None:
    place = Place("tried", "a page of a test")
    try:
        place.fill("a.b")
        place.fill("a.b")
        with pytest.raises(ValueError, match="named already"):
            place.fill("c.d")
    finally:
        del PLACES["tried"]
