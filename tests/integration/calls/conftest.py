"""Who the organizer is in the tests of calls."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from competition.accounts.models import User
from tests.factories.accounts import make_user, sign_in


@pytest.fixture
def organizer(app: Flask) -> User:
    return make_user(name="Lin Yue")


@pytest.fixture
def desk(client: FlaskClient, organizer: User) -> FlaskClient:
    """A client with which the organizer is signed in."""
    return sign_in(client, organizer)
