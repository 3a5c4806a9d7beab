"""What every answer has, whatever happens."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from competition.application import LANGUAGE_RULE
from competition.extensions import make_limiter
from competition.kernel.web import page_cache
from competition.kernel.web.access import Permission, requires


def test_headers(client: FlaskClient) -> None:
    headers = client.get("/en/sign-in").headers
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert "'nonce-" in policy
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert headers["Cache-Control"] == "no-store"
    assert len(headers["X-Request-Id"]) == 32


def test_what_browsers_must_not_guess_holds_for_static_files_too(client: FlaskClient) -> None:
    answer = client.get("/static/img/icons.svg")
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert client.get("/static/nothing.js").headers.getlist("X-Content-Type-Options") == ["nosniff"]


@pytest.mark.parametrize(("path", "status"), [
    ("/en/calls/a%00b", 404), ("/en/calls?q=a%00b", 400), ("/en/calls?%00=a", 400), ("/en/calls?theme=%00", 400),
    ("/en/results/C1/versions/2147483648", 404), ("/en/results/C1/versions/" + "9" * 5000, 404),
    ("/en/calls?after=" + "W1tb" * 250, 200),
])
def test_addresses_that_no_database_can_look_up(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_a_null_character_in_a_form_is_as_if_it_had_not_been_typed(make_app: Callable[..., Flask]) -> None:
    app = make_app()

    @app.post("/echo")
    @requires(Permission.PUBLIC)
    def echo() -> dict[str, list[str]]:
        return {name: request.form.getlist(name) for name in request.form}

    sent = {"name": ["a\x00b", "\x00"], "plain": "c"}
    assert app.test_client().post("/echo", data=sent).get_json() == {"name": ["ab", ""], "plain": ["c"]}
    files = {**sent, "file": (BytesIO(b"\x00"), "f")}
    assert app.test_client().post("/echo", data=files).get_json() == {"name": ["ab", ""], "plain": ["c"]}


def test_a_kept_page_gives_nobody_the_nonce(make_app: Callable[..., Flask]) -> None:
    """The place for the nonce in kept pages cannot be written by a visitor, only by chance."""
    assert re.fullmatch(rb"nonce-[\w-]{32}", page_cache.NONCE_SLOT)
    client = make_app(public_cache_seconds=60).test_client()
    page_cache.clear()
    for _turn in range(2):
        answer = client.get("/en/calls?q=@@nonce-goes-here@@")
        nonce = re.search(r"'nonce-([\w-]+)'", answer.headers["Content-Security-Policy"])
        assert nonce is not None
        assert 'value="@@nonce-goes-here@@"' in answer.text
        assert f'nonce="{nonce[1]}"' in answer.text
        assert page_cache.NONCE_SLOT.decode() not in answer.text
    page_cache.clear()


def test_nonces_differ(client: FlaskClient) -> None:
    assert len({client.get("/en/sign-in").headers["Content-Security-Policy"] for _ in range(3)}) == 3


@pytest.mark.parametrize(("lang", "words"), [
    ("en", "Page not found"), ("zh", "找不到页面"), ("ko", "페이지를 찾을 수 없습니다"),
])
def test_a_missing_page_speaks_the_readers_language(client: FlaskClient, lang: str, words: str) -> None:
    answer = client.get("/nowhere", headers={"Accept-Language": lang})
    assert answer.status_code == 404
    assert words in answer.text


def test_a_missing_page_speaks_the_language_of_its_address(client: FlaskClient) -> None:
    answer = client.get("/ko/nowhere", headers={"Accept-Language": "zh"})
    assert answer.status_code == 404
    assert "페이지를 찾을 수 없습니다" in answer.text


def test_a_crash_is_logged_and_says_a_number(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/crash")
    @requires(Permission.PUBLIC)
    def crash() -> str:
        raise ZeroDivisionError("secret detail")

    answer = app.test_client().get("/crash")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    assert "secret detail" not in answer.text


def test_csrf_is_on_for_every_mutation(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    missing = [
        rule.rule for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and client.post(rule.rule.replace(LANGUAGE_RULE, "en")).status_code != 400
        and not rule.arguments - {"lang"}
    ]
    assert missing == []


def test_a_script_learns_that_the_session_is_over(app: Flask) -> None:
    """Its own reason, before the token is even looked at: there is no session that it could belong to."""
    app.config["WTF_CSRF_ENABLED"] = True
    client, headers = app.test_client(), {"Accept": "application/json"}
    gone = client.post("/en/my/entries/ABC/autosave", data={"csrf_token": "of the old session"}, headers=headers)
    assert (gone.status_code, gone.json["reason"], gone.json["title"]) == (401, "session", "Your session has ended")
    client.get("/en/sign-in")
    stale = client.post("/en/my/entries/ABC/autosave", data={"csrf_token": "of the old session"}, headers=headers)
    assert (stale.status_code, stale.json["reason"]) == (400, "csrf")
    page = client.post("/en/my/entries/ABC", data={})
    button = 'class="btn btn-accent" href="/en/sign-in?next=/en/my/entries/ABC"'
    assert (page.status_code, button in page.text) == (400, True)


def test_healthz_and_readyz(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {
        "status": "unready", "checks": {"database": True, "redis": True, "storage": True, "worker": False},
        "dead_jobs": {},
    }


def test_the_root_goes_to_the_readers_language(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.5"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/ko/")


@pytest.mark.parametrize(("host", "path", "status"), [
    ("localhost", "/en/sign-in", 200),
    ("127.0.0.1:8000", "/en/sign-in", 200),
    ("rebound.example.org", "/en/sign-in", 400),
    ("rebound.example.org", "/static/img/nothing.svg", 400),
    ("rebound.example.org", "/healthz", 200),  # a probe asks by address
])
def test_strange_hosts_are_refused(client: FlaskClient, host: str, path: str, status: int) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == status
    if status == 400:
        assert answer.text == "This host name is not the one in PUBLIC_URL.\n"


def test_long_addresses_are_not_kept(make_app: Callable[..., Flask]) -> None:
    """A page repeats its address in its links; whoever writes a long one must not fill our memory with it."""
    client = make_app(public_cache_seconds=60).test_client()
    page_cache.clear()
    for length in (400, 2000):
        assert client.get("/en/calls?q=" + "x" * length).status_code == 200
    assert [len(key) for key in page_cache.addresses()] == [len("/en/calls?q=") + 400]


def test_counting_tries_never_waits_long() -> None:
    """While one sign-in waits for a store that hangs, no other request of the process is computed."""
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, never answers
        app, limiter = Flask(__name__), make_limiter()
        app.config["RATELIMIT_STORAGE_URI"] = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        limiter.init_app(app)
        app.route("/")(limiter.limit("2 per minute")(lambda: "tried"))
        client, statuses, begun = app.test_client(), [], time.monotonic()
        for _turn in range(3):
            statuses.append(client.get("/").status_code)
        assert (statuses, time.monotonic() - begun < 10) == ([200, 200, 429], True)


def test_a_method_that_an_address_does_not_know_names_those_it_knows(client: FlaskClient) -> None:
    answer = client.delete("/en/sign-in")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
