"""The header's kept piece: what it offers is for the reader who asks, whoever asked before."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories.accounts import client_of, make_user

ORGANIZE = 'href="/en/organizer"'


@pytest.mark.parametrize("first", ["operator", "person"])
@pytest.mark.parametrize("page", ["/en/calls", "/en/profile"])
def test_an_operator_and_a_person_without_any_part_have_headers_of_their_own(app: Flask, first: str, page: str) -> None:
    clients = {"operator": client_of(app, make_user(is_operator=True)), "person": client_of(app, make_user())}
    for who in sorted(clients, key=lambda who: who != first) * 2:
        assert (ORGANIZE in clients[who].get(page).text) == (who == "operator")
