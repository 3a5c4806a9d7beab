"""Every route with its methods and permission, as listed in ``routes.txt``: a new page is a decision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from competition.application import LANGUAGE_RULE
from competition.kernel.web.access import Permission, _grants

LIST = Path(__file__).with_name("routes.txt")
READING = {"GET", "HEAD", "OPTIONS"}


def _census(app: Flask) -> list[str]:
    lines = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        view = app.view_functions[rule.endpoint]
        permission = getattr(view, "permission", None)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            address = rule.rule.replace(LANGUAGE_RULE, "<lang>")
            lines.append(f"{method:6} {address}  {permission}")
    return sorted(lines, key=lambda line: (line.split()[1], line))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_every_route_is_listed_with_its_permission(app: Flask) -> None:
    assert _census(app) == LIST.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_route_is_without_a_permission_that_has_a_rule(app: Flask) -> None:
    undeclared = [line for line in _census(app) if line.endswith("None")]
    assert undeclared == []
    named = {line.split()[-1] for line in _census(app)}
    assert named <= {permission.value for permission in _grants}
    assert {permission.value for permission in Permission} - {p.value for p in _grants} == set()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_address_is_claimed_twice(app: Flask) -> None:
    places = [line.split()[:2] for line in _census(app)]
    assert [place for place in places if places.count(place) > 1] == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_permission_serves_both_reading_and_writing_unless_it_says_so(app: Flask) -> None:
    """One view function answers either reading or writing methods, never both."""
    mixed = [
        rule.endpoint for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and (rule.methods or set()) - READING and "GET" in (rule.methods or set())
    ]
    assert mixed == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_mailbox_is_absent_outside_the_demo(make_app: Callable[..., Flask]) -> None:
    assert make_app().test_client().get("/dev/mail").status_code == 404
    assert make_app(demo=True).test_client().get("/dev/mail").status_code == 200
