"""Who is let in where, and when: every route × everybody × the stages of a call, held against ``access.txt``.

A cell says what the door of a page does, before the page itself: it lets in (``+``), answers as if the object were
missing (``-``), or sends a visitor to sign in (``s``). A column has one sign for all stages, or one each for a call
that is open, closed, in judging and in public notice. What a page does behind its door has tests of its own.

``WRITE_ACCESS=1 pytest tests/guards/test_access.py`` writes the file anew; its difference is to be read line by line.
The last test takes every check away in turn: at least one cell has to notice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.routing import Rule

from competition.accounts import sessions
from competition.accounts.models import User
from competition.application import LANGUAGE_RULE
from competition.calls.models import Call, Organizer
from competition.calls.roles import EVERYBODY, POWERS, ROLES
from competition.entries.models import Membership
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.errors import Missing
from competition.kernel.web.access import ANONYMOUS, Actor, Grant, Permission, _grants, requires
from tests.factories.accounts import client_of, make_user
from tests.factories.calls import NOW
from tests.factories.judging import make_assignment, make_seat
from tests.guards.world import World

FILE = Path(__file__).with_name("access.txt")
TODAY = datetime.now(UTC)
STAGES: dict[str, dict[str, Any]] = {
    "open": {"state": "published", "deadline_at": TODAY + timedelta(days=9)},
    "closed": {"state": "published", "deadline_at": TODAY - timedelta(days=1)},
    "judging": {"state": "judging", "deadline_at": TODAY - timedelta(days=9)},
    "notice": {"state": "notice", "deadline_at": TODAY - timedelta(days=90)},
}
ACTORS = {
    "vis": "visitor, not signed in", "str": "stranger with an account", "tlead": "lead of the team", "tmem": "member",
    "tex": "ex-member", "rival": "lead of another team in the call", "judge": "judge of the entry",
    "jask": "judge who has not said yet whether there is a conflict", "jinv": "invited judge",
    "jcon": "judge with a conflict", "jabs": "judge who has abstained",
    "jrem": "removed judge", "joth": "judge of another call",
    "jrole": "judge who has a role, against the rule", "desk": "desk", "obs": "observer", "org": "organizer",
    "lead": "programme lead", "oteam": "organizer in the team, against the rule",
    "ooth": "organizer of another programme", "oper": "operator",
}
SIGNS = {204: "+", 404: "-", 303: "s"}
# Never admitted here, for what they need is made by whole commands: tests/integration/decisions, …/judging.
NEVER = {Permission.RESULT_OWN, Permission.DEMO_MAILBOX, Permission.DELIBERATION}
# Whose loader asks how far the call is, not who asks.
OF_ANYBODY = {Permission.ENTRY_CREATE}


@dataclass
class Scene:
    """A world whose call is in one stage: everybody in it, and the codes that each of them asks for."""

    codes: dict[str, str]
    actors: dict[str, Actor]
    own: dict[str, dict[str, str]]


def _loaded(app: Flask, client: FlaskClient) -> Actor:
    """The actor of a request with this client's cookie, loaded as every request loads it."""
    with client.session_transaction() as session:
        token = session["sid"]
    with app.test_request_context("/"):
        from flask import session as cookie

        cookie["sid"] = token
        sessions.load()
        actor: Actor = g.actor
    return actor


def _scene(app: Flask, stage: str) -> Scene:
    world = World(app)
    panel, entry = world.panel, world.panel.entries[2]
    people = {name: make_user() for name in ("desk", "obs", "org", "oteam", "jrole", "jinv")}
    oper = make_user(is_operator=True)
    own: dict[str, dict[str, str]] = {}
    seat = make_seat(panel.call, people["jrole"])
    own["jrole"] = {"assignment_code": make_assignment(panel, seat, entry).code}
    make_seat(panel.call, people["jinv"], state="invited")
    with transaction.write():
        for name, role in {"desk": "desk", "obs": "observer", "org": "organizer", "oteam": "organizer",
                           "jrole": "desk"}.items():
            db.session.add(Organizer(programme_id=panel.programme.id, user_id=people[name].id, role=role, since=NOW))
        db.session.add(Membership(team_id=entry.team_id, user_id=people["oteam"].id, role="member", joined_at=NOW))
        db.session.execute(update(Call).where(Call.id == panel.call.id).values(**STAGES[stage]))
    strangers = {"str": "a stranger", "tmem": "a member who does not lead", "tex": "an ex-member",
             "rival": "another team's lead", "jask": "a judge who has not answered", "jcon": "a barred judge",
             "jabs": "a judge who has abstained",
             "jrem": "a removed judge", "joth": "a judge of another call", "ooth": "an organizer of another programme"}
    clients = {name: world.people[who].client for name, who in strangers.items()}
    own |= {name: world.people[who].own for name, who in strangers.items()}
    users: dict[str, User] = {**people, "tlead": world.lead, "judge": panel.judges[0], "lead": panel.organizer,
                              "oper": oper}
    clients |= {name: client_of(app, user) for name, user in users.items()}
    actors = {"vis": ANONYMOUS, **{name: _loaded(app, client) for name, client in clients.items()}}
    return Scene(world.codes, {name: actors[name] for name in ACTORS}, own)


@dataclass(frozen=True)
class Door:
    """A route and what guards it."""

    method: str
    rule: Rule
    permission: Permission

    @property
    def address(self) -> str:
        return self.rule.rule.replace(LANGUAGE_RULE, "<lang>")

    def opens(self, app: Flask, actor: Actor, codes: dict[str, str]) -> str:
        """What the guard of the view does, with a view behind it that only says that it was reached."""
        values = dict(self.rule.defaults or {})
        values |= {name: converter.to_python(codes.get(name, "1"))
                   for name, converter in self.rule._converters.items() if name != "lang"}
        reached = requires(self.permission, defer_write=True)(lambda *_target, **_rest: ("", 204))
        with app.test_request_context("/en/", method=self.method):
            g.actor = actor
            try:
                answer: Any = reached(**values)
            except Missing:
                return SIGNS[404]
        return SIGNS[answer[1] if isinstance(answer, tuple) else answer.status_code]


def _doors(app: Flask) -> list[Door]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    doors = [
        Door(method, rule, app.view_functions[rule.endpoint].permission)  # type: ignore[attr-defined]
        for rule in rules for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(doors, key=lambda door: (door.address, door.method))


def _row(app: Flask, scenes: dict[str, Scene], door: Door) -> str:
    cells = []
    stages = list(scenes.values())[: None if _grants[door.permission].load else 1]  # no object, no stage
    for name in ACTORS:
        signs = "".join(
            door.opens(app, scene.actors[name], {**scene.codes, **scene.own.get(name, {})}) for scene in stages
        )
        cells.append(signs if len(set(signs)) > 1 else signs[0])
    return f"{door.method:4} {door.address:88} " + " ".join(f"{cell:5}" for cell in cells).rstrip()


def _head() -> str:
    legend = "\n".join(f"# {name:5} {meaning}" for name, meaning in ACTORS.items())
    columns = " ".join(f"{name:5}" for name in ACTORS).rstrip()
    return f"# One sign for all stages, or one each: {', '.join(STAGES)}.\n{legend}\n#{'':93}{columns}\n"


@pytest.fixture
def scenes(app: Flask) -> Iterator[dict[str, Scene]]:
    yield {stage: _scene(app, stage) for stage in STAGES}
    db.session.rollback()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_every_door_opens_to_whom_the_table_says(app: Flask, scenes: dict[str, Scene]) -> None:
    rows = [_row(app, scenes, door) for door in _doors(app)]
    if os.environ.get("WRITE_ACCESS"):
        FILE.write_text(_head() + "\n".join(rows) + "\n", encoding="utf-8")
    listed = FILE.read_text(encoding="utf-8").removeprefix(_head()).splitlines()
    assert [row for row in rows if row not in listed] == []  # new, or answers otherwise
    assert [row for row in listed if row not in rows] == []  # gone, or answered otherwise


def _without(rule: Grant, owners: list[Actor]) -> Iterator[tuple[str, Grant]]:
    """The rule of a permission without one of its checks."""
    all_roles = POWERS.get(rule.permission) == EVERYBODY  # the loader asks for a role; the table excludes none
    if rule.allow is not None and not all_roles:
        yield "predicate", replace(rule, allow=lambda _actor, _target: True)
    if rule.load is not None and rule.permission not in OF_ANYBODY:
        load = rule.load

        def of_anybody(_actor: Actor, **values: Any) -> Any:
            targets = (load(owner, **values) for owner in owners)
            return next((target for target in targets if target is not None), None)

        yield "loader", replace(rule, load=of_anybody, allow=None if rule.permission in POWERS else rule.allow)
    if rule.load is None and not rule.anonymous:
        yield "sign-in", replace(rule, anonymous=True)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_table_notices_every_check_that_is_taken_away(
    app: Flask, scenes: dict[str, Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = set(FILE.read_text(encoding="utf-8").splitlines())
    some = next(iter(scenes.values()))
    owners = [some.actors[name] for name in ("lead", "tlead", "judge", "jinv", "oper")]
    doors, unnoticed, tried = _doors(app), [], 0
    for permission in sorted({door.permission for door in doors} - NEVER - {Permission.PUBLIC}):
        rule = _grants[permission]
        of_permission = [door for door in doors if door.permission == permission]
        for check, weaker in _without(rule, owners):
            monkeypatch.setitem(_grants, permission, weaker)
            tried += 1
            if all(_row(app, scenes, door) in expected for door in of_permission[:2]):
                unnoticed.append(f"{permission}: {check}")
            monkeypatch.setitem(_grants, permission, rule)
    assert unnoticed == []
    assert tried > len(_grants)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_observer_reads_what_an_organizer_reads_and_changes_nothing(app: Flask) -> None:
    """Over the table itself; forms for something new are no reading."""
    index = list(ACTORS).index
    wrong = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or "/organizer" not in line:
            continue
        method, address, *cells = line.split()
        observer, organizer = cells[index("obs")], cells[index("org")]
        reading = method == "GET" and not address.endswith("/new")
        if observer != (organizer if reading else "-"):
            wrong.append(line)
    assert wrong == []
    assert set(ROLES) == {"lead", "organizer", "desk", "observer"}
