"""The session's cookie is sent only when it changes, and every answer that depends on it says so."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, session

from competition.kernel.web.access import Permission, requires


def test_a_cookie_is_sent_when_it_changes_only_and_answers_vary_by_it(make_app: Callable[..., Flask]) -> None:
    app = make_app()

    @app.get("/put/<value>")
    @requires(Permission.PUBLIC)
    def put(value: str) -> str:
        session["value"] = value
        return ""

    @app.get("/got")
    @requires(Permission.PUBLIC)
    def got() -> dict[str, object]:
        return {"value": session.get("value")}

    client = app.test_client()
    client.get("/put/one")
    with client.session_transaction() as cookie:
        cookie.permanent = True
    answers = [client.get(path) for path in ("/got", "/put/two", "/got")]
    assert [answer.headers.getlist("Set-Cookie") != [] for answer in answers] == [False, True, False]
    assert [answer.headers.getlist("Vary") for answer in answers] == [["Cookie"]] * 3
