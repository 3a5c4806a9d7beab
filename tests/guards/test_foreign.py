"""Whoever asks for somebody else's object gets the bytes of a missing one, and changes nothing.

The routes are those of ``routes.txt``, which the census holds equal to the application: a new route with an
object in its address is tried here at once, and one with a new kind of object fails until it is in the world.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from competition.extensions import db
from tests.factories.accounts import client_of
from tests.guards.world import FIXED, Person, World

ROUTES = Path(__file__).with_name("routes.txt")
PLACE = re.compile(r"<(?!lang>)(?:(\w+)(?:\([^>]*\))?:)?(\w+)>")
PARENTS = {"call_code", "programme_code", "team_code"}
# What a careless view would act on before it looks whose object it is.
FORM = {
    "answer": "accept", "decision": "show", "reason": "Because.", "signed": "y", "version": "1", "action": "lead",
    "team": "new", "overall": "Mine.", "relation": "other", "note": "Because.", "slot": "video", "judge": "1",
    "numbers": "1", "outcome": "selected", "report": "Done.", "email": "me@example.test", "lang": "en",
    "filename": "a.pdf", "size": "10", "partNumber": "1", "confirmed": "yes", "number": "1", "format": "csv",
    "table": "scores", "state": "submitted", "revision": "1",
}
# A document that is still arriving, a result that is not published.
NOT_YET = {"call.document", "call.document_read", "result.own", "entry.create", "deliberation"}
MASKED = (
    re.compile(rb'name="csrf_token"[^>]*value="[^"]*"'), re.compile(rb'nonce="[^"]*"'),
    re.compile(rb'name="csrf-token" content="[^"]*"'), re.compile(rb"nonce-[\w-]+"),
)


@dataclass(frozen=True)
class Route:
    method: str
    rule: str
    permission: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for _kind, name in PLACE.findall(self.rule))

    @property
    def objects(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name not in FIXED)

    def address(self, values: dict[str, str]) -> str:
        return PLACE.sub(lambda row: values[row.group(2)], self.rule).replace("<lang>", "en")


def _routes() -> list[Route]:
    routes = [Route(*line.split()) for line in ROUTES.read_text(encoding="utf-8").splitlines()]
    return [route for route in routes if route.permission != "public" and route.objects]


def _missing(name: str) -> str:
    """A value of the same form that names nothing."""
    return "00000000-0000-7000-8000-000000000000" if name.endswith("_id") else f"NONE-{name}"[:12]


def _values(world: World, route: Route, person: Person) -> Iterator[dict[str, str]]:
    if route.permission == "entry.create":
        yield {**world.codes, "call_code": world.draft.code}
        yield {**world.codes, "call_code": world.given_up.code}
    else:
        yield {**world.codes, **person.own}


def _ask(client: FlaskClient, route: Route, values: dict[str, str]) -> TestResponse:
    if route.method == "GET":
        return client.get(route.address(values))
    return client.post(route.address(values), data=FORM)


def _seen(answer: TestResponse, *echoed: str) -> tuple[Any, ...]:
    """Status, headers and body, without what differs at every request and without the address or code asked for."""
    body = answer.get_data()
    heads = "\n".join(f"{key}: {value}" for key, value in sorted(answer.headers.items())
                      if key not in {"X-Request-Id", "Content-Length", "Date", "Set-Cookie"}).encode()
    for pattern in MASKED:
        body, heads = pattern.sub(b"~", body), pattern.sub(b"~", heads)
    for text in echoed:
        plain = text.removeprefix("/en").encode()
        body, heads = body.replace(plain, b"~"), heads.replace(plain, b"~")
    return answer.status_code, heads, body


def _everything() -> dict[str, list[str]]:
    """Every row of every table, as text."""
    rows = {table.name: sorted(map(repr, db.session.execute(select(table)))) for table in db.metadata.sorted_tables}
    db.session.rollback()
    return rows


def _changed(before: dict[str, list[str]]) -> list[str]:
    after = _everything()
    return [name for name in before if before[name] != after[name]]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_world_has_every_object_that_an_address_names(app: Flask) -> None:
    """Else the tests below would compare two missing objects. The pages' owners do find them."""
    world, absent = World(app), []
    assert {name for route in _routes() for name in route.names} - set(world.codes) == set()
    owners = {part: client_of(app, person) for part, person in (
        ("organizer", world.panel.organizer), ("jobs", world.panel.organizer), ("my", world.lead),
        ("judge", world.panel.judges[0]),
    )}
    for route in _routes():
        if route.method == "GET" and route.permission not in NOT_YET:
            owner = owners[route.rule.removeprefix("/<lang>").split("/")[1]]
            if _ask(owner, route, world.codes).status_code == 404:
                absent.append(route.rule)
    assert absent == []


def test_a_foreign_object_answers_as_a_missing_one(app: Flask) -> None:
    """A stranger asks at every address for both; the others' answers are held against a missing page of theirs."""
    world, wrong, routes = World(app), [], _routes()
    before = _everything()
    for who, person in world.people.items():
        missing: dict[str, Any] = {}
        for route in routes:
            if person.permissions is not None and route.permission not in person.permissions:
                continue
            for values in _values(world, route, person):
                answer = _seen(_ask(person.client, route, values), route.address(values))
                absent = {**values, route.objects[0]: _missing(route.objects[0])}
                if who == "a stranger" or route.method not in missing:
                    missing[route.method] = _seen(_ask(person.client, route, absent), route.address(absent))
                if answer != missing[route.method] or answer[0] != 404:
                    wrong.append(f"{who}: {route.method} {route.rule}: {answer[0]}")
    assert wrong == []
    assert _changed(before) == []


def test_a_foreign_object_under_ones_own_answers_as_a_missing_one(app: Flask) -> None:
    """``/my-call/their-entry``: the parent is one's own, the child is not."""
    world, wrong = World(app), []
    own = world.own_parents()
    before = _everything()
    for route in _routes():
        if route.objects[0] not in PARENTS or len(route.objects) < 2:
            continue
        client, code = own[route.objects[0]]
        child = route.objects[-1]
        values = {**world.codes, route.objects[0]: code}
        absent = {**values, child: _missing(child)}
        there, nothing = _ask(client, route, values), _ask(client, route, absent)
        same = _seen(there, values[child]) == _seen(nothing, absent[child])
        changed = _changed(before)
        if not same or changed:
            wrong.append(f"{route.method} {route.rule}: {there.status_code} {nothing.status_code} {changed}")
            before = _everything()
    assert wrong == []
