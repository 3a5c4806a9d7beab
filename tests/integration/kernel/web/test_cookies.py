"""A cookie that comes again is verified once; its age, its contents and the keys still count every time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask, flash, get_flashed_messages, session
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from competition.kernel.web import flask_app
from competition.kernel.web.access import Permission, requires

SECONDS = 3600


@pytest.fixture
def site(make_app: Callable[..., Flask]) -> Flask:
    app = make_app()
    app.config["PERMANENT_SESSION_LIFETIME"] = SECONDS

    @app.get("/put/<value>")
    @requires(Permission.PUBLIC)
    def put(value: str) -> str:
        session["value"] = value
        return ""

    @app.get("/say/<text>")
    @requires(Permission.PUBLIC)
    def say(text: str) -> str:
        flash(text)
        return ""

    @app.get("/got")
    @requires(Permission.PUBLIC)
    def got() -> dict[str, object]:
        return {"value": session.get("value"), "said": get_flashed_messages()}

    return app


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cookies whose signature was computed."""
    made: list[str] = []
    loads = URLSafeTimedSerializer.loads

    def counted(self: URLSafeTimedSerializer, s: str, *rest: object, **more: object) -> object:
        made.append(s)
        return loads(self, s, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(URLSafeTimedSerializer, "loads", counted)
    return made


def _cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie("opencall")
    assert cookie is not None
    return cookie.value


def test_the_same_cookie_is_verified_once(site: Flask, checks: list[str]) -> None:
    client = site.test_client()
    client.get("/put/one")
    answers = [client.get("/got").get_json() for _turn in range(3)]
    assert answers == [{"value": "one", "said": []}] * 3
    assert checks == [_cookie(client)]


def test_a_remembered_cookie_expires_as_any_other(site: Flask) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        client = site.test_client()
        client.get("/put/one")
        assert client.get("/got").get_json()["value"] == "one"
        cookie = _cookie(client)
        clock.shift(SECONDS)
        client.set_cookie("opencall", cookie)
        assert client.get("/got").get_json()["value"] == "one"
        clock.shift(1)
        client.set_cookie("opencall", cookie)
        assert client.get("/got").get_json()["value"] is None


def test_what_one_request_changes_is_not_in_the_next_one_s_cookie(site: Flask) -> None:
    client, other = site.test_client(), site.test_client()
    client.get("/put/one")
    other.set_cookie("opencall", _cookie(client))
    client.get("/put/two")
    assert other.get("/got").get_json()["value"] == "one"


def test_messages_are_never_shared(site: Flask) -> None:
    client, other = site.test_client(), site.test_client()
    client.get("/say/first")
    other.set_cookie("opencall", _cookie(client))
    client.get("/say/second")
    assert client.get("/got").get_json()["said"] == ["first", "second"]
    assert other.get("/got").get_json()["said"] == ["first"]


def _other_signature(cookie: str) -> str:
    """The same cookie with another first sign of its signature: of the last one some bits do not count."""
    content, _, signature = cookie.rpartition(".")
    return f"{content}.{'B' if signature.startswith('A') else 'A'}{signature[1:]}"


@pytest.mark.parametrize("change", [_other_signature, lambda cookie: "x" + cookie, lambda _cookie: ".."])
def test_a_forged_cookie_is_no_cookie(site: Flask, change: Callable[[str], str]) -> None:
    client = site.test_client()
    client.get("/put/one")
    client.get("/got")
    client.set_cookie("opencall", change(_cookie(client)))
    assert client.get("/got").get_json()["value"] is None


def test_another_key_forgets_what_the_old_one_verified(site: Flask) -> None:
    client = site.test_client()
    client.get("/put/one")
    assert client.get("/got").get_json()["value"] == "one"
    site.secret_key = "another key of this site"
    assert client.get("/got").get_json()["value"] is None


def test_only_so_many_are_remembered(site: Flask, monkeypatch: pytest.MonkeyPatch, checks: list[str]) -> None:
    monkeypatch.setattr(flask_app, "MOST_COOKIES", 2)
    clients = [site.test_client() for _client in range(3)]
    for number, client in enumerate(clients):
        client.get(f"/put/{number}")
    for client in (*clients, clients[2], clients[0]):
        client.get("/got")
    first, second, third = map(_cookie, clients)
    assert checks == [first, second, third, first]


def test_a_long_header_is_not_kept(site: Flask, checks: list[str]) -> None:
    client = site.test_client()
    client.get("/put/one")
    client.set_cookie("junk", "x" * flask_app.LONGEST)
    assert [client.get("/got").get_json()["value"] for _turn in range(2)] == ["one", "one"]
    assert checks == [_cookie(client)] * 2


def test_a_cookie_is_sent_when_it_changes_only_and_answers_still_vary_by_it(site: Flask) -> None:
    client = site.test_client()
    client.get("/put/one")
    with client.session_transaction() as kept:
        kept.permanent = True
    answers = [client.get(path) for path in ("/got", "/put/two", "/got")]
    assert [answer.headers.getlist("Set-Cookie") != [] for answer in answers] == [False, True, False]
    assert [answer.headers.getlist("Vary") for answer in answers] == [["Cookie"]] * 3
