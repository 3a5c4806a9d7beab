"""Where somebody goes after signing in is a page, never a header of the answer."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories.accounts import client_of, make_user


@pytest.mark.parametrize(("target", "place"), [
    ("/en/profile", "/en/profile"), ("/en/calls?q=北京　市", "/en/calls?q=%E5%8C%97%E4%BA%AC%E3%80%80%E5%B8%82"),
    ("/en/profile?x=\r\nSet-Cookie:a=b", "/en/"), ("/en/profile?x=\n", "/en/"), ("/en/profile?x=\x7f", "/en/"),
    ("/en/profile?x=\x85", "/en/"), ("/en/profile\t", "/en/"),
])
def test_whoever_is_signed_in_goes_on_to_a_page(app: Flask, target: str, place: str) -> None:
    answer = client_of(app, make_user()).get("/en/sign-in", query_string={"next": target})
    assert (answer.status_code, answer.headers["Location"]) == (303, place)


def test_a_null_character_in_next_is_refused(app: Flask) -> None:
    answer = client_of(app, make_user()).get("/en/sign-in", query_string={"next": "/en/profile?x=\x00"})
    assert answer.status_code == 400


@pytest.mark.parametrize(("form", "place"), [
    ("/en/profile", "/en/sign-in?next=/en/profile"), ("/en/profile/password", "/en/sign-in"),
])
def test_after_a_form_that_was_too_late_one_goes_back_to_its_page(app: Flask, form: str, place: str) -> None:
    answer = app.test_client().post(form, data={"name": "A"})
    assert (answer.status_code, answer.headers["Location"]) == (303, place)


def test_an_expired_form_leads_back_to_its_page(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/en/profile", data={"name": "A"})
    assert (answer.status_code, 'href="/en/sign-in?next=/en/profile"' in answer.text) == (400, True)


def test_saved_is_said_in_the_language_that_was_chosen(app: Flask) -> None:
    client = client_of(app, make_user(locale="en"))
    answer = client.post(
        "/en/profile", data={"name": "Ana", "locale": "ko", "zone": "Asia/Seoul"}, follow_redirects=True)
    assert (answer.request.path, "Saved." in answer.text, "저장" in answer.text) == ("/ko/profile", False, True)
