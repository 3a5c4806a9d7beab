"""An address with a gap leads, once filled, to the same page as the one that Flask builds."""

from __future__ import annotations

from urllib.parse import unquote

from flask import Flask, url_for
from hypothesis import given
from hypothesis import strategies as st

from competition.kernel.web.fragments import slot
from competition.kernel.web.urls import UrlPattern

app = Flask(__name__)
app.add_url_rule("/<area>/files/<code>/parts", "parts", lambda **_values: "")


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_filled_pattern_is_the_address_that_flask_builds(code: str) -> None:
    with app.test_request_context("/"):
        address = UrlPattern("parts", "code", area="my files")(code)

        assert unquote(address) == unquote(url_for("parts", area="my files", code=code))
        assert set(address) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%/")
        assert address.count("/") == 4


def test_a_script_gets_the_name_of_the_gap() -> None:
    with app.test_request_context("/"):
        assert UrlPattern("parts", "code", area="my").for_script("key") == "/my/files/{key}/parts"


def test_a_slot_of_a_fragment_stands_in_the_gap() -> None:
    with app.test_request_context("/"):
        assert UrlPattern("parts", "code", area="my").around(slot("code")) == "/my/files/\x01code\x01/parts"
