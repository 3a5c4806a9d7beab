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
