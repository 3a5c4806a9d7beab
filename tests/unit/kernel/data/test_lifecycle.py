from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from flask_babel import Babel

from competition.kernel.data.lifecycle import Lifecycle
from competition.kernel.errors import IllegalMove

DOOR = Lifecycle("door", {"open": {"shut": "ajar"}, "shut": {"ajar": "shut"}, "lock": {"shut": "locked"}})


@dataclass
class Door:
    state: str = "shut"


def test_a_permitted_step_is_taken_and_says_where_from() -> None:
    door = Door()
    assert DOOR.advance(door, "open") == "shut"
    assert door.state == "ajar"


def test_a_forbidden_step_raises_and_changes_nothing() -> None:
    app = Flask(__name__)
    Babel(app)
    door = Door("ajar")
    with app.test_request_context(), pytest.raises(IllegalMove):
        DOOR.advance(door, "lock")
    assert door.state == "ajar"
    assert not DOOR.may(door, "lock")


def test_states_are_those_of_the_table() -> None:
    assert DOOR.states == ("shut", "ajar", "locked")
