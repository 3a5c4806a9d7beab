"""The rules of a call, told in sentences."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.calls import make_call, make_programme


@pytest.mark.parametrize(("lang", "text"), [
    ("en", "A team enters this call once. It may have 3 open entries in this programme at a time."),
    ("zh", "每个团队只能申报本征集一次。在本项目计划中同时进行的方案不得超过3份。"),
])
def test_sentences_stand_as_the_language_sets_them(app: Flask, lang: str, text: str) -> None:
    make_call(make_programme(make_user()), code="ONE", open_calls_per_team=3)
    page = app.test_client().get(f"/{lang}/calls/ONE").text
    assert re.findall(r"<dd>([^<]*)</dd>", page.split('id="rules"')[1])[0] == text
