"""Signing in with a one-time code, and what needs one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.accounts import second_factors
from competition.accounts.models import SecondFactor, User
from competition.extensions import db
from competition.kernel.data import transaction
from competition.kernel.data.models import AuditEvent, MailMessage
from tests.factories.accounts import PASSWORD, client_of, make_user
from tests.factories.calls import make_programme

PLACE = "/en/profile/second-factor"
NOON = datetime(2026, 6, 15, 4, 0, tzinfo=UTC)


def secret_of(client: FlaskClient) -> pyotp.TOTP:
    client.post(f"{PLACE}/begin")
    assert '<svg' in client.get(PLACE).text
    assert 'stroke="#000"' in client.get(PLACE).text
    shown = re.search(r'<code class="secret">(\w{32})</code>', client.get(PLACE).text)
    assert shown is not None
    return pyotp.TOTP(shown[1])


def set_up(client: FlaskClient) -> tuple[pyotp.TOTP, list[str]]:
    """Enrol as the pages say; returns the device and the recovery codes."""
    device = secret_of(client)
    answer = client.post(PLACE, data={"code": device.now()})
    assert answer.status_code == 200
    return device, re.findall(r"<li><code>([\w-]+)</code>", answer.text)


def enter(client: FlaskClient, user: User) -> str:
    """Send the password; returns where that leads."""
    answer = client.post("/en/sign-in", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 303
    return str(answer.location)


def show(client: FlaskClient, code: str) -> int:
    return client.post("/en/sign-in/code", data={"code": code}).status_code


def actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


@pytest.mark.parametrize(("at", "code"), [  # RFC 6238, appendix B, SHA-1, last six of its eight digits
    (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
])
def test_codes_are_those_of_the_standard(
    app: Flask, monkeypatch: pytest.MonkeyPatch, at: int, code: str
) -> None:
    monkeypatch.setattr(second_factors, "secret", lambda _factor: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    factor = SecondFactor(last_step=None)
    assert second_factors._take(factor, code, datetime.fromtimestamp(at, UTC))
    assert factor.last_step == at // 30
    assert not second_factors._take(factor, code, datetime.fromtimestamp(at, UTC))


def test_the_password_alone_no_longer_signs_in(app: Flask) -> None:
    user = make_user()
    with time_machine.travel(NOON, tick=False) as clock:
        device, codes = set_up(client_of(app, user))
        assert (len(codes), len(set(codes))) == (10, 10)
        stranger = app.test_client()
        assert enter(stranger, user) == "/en/sign-in/code"
        assert stranger.get("/en/profile").status_code == 303
        assert show(stranger, "000000") == 422
        assert show(stranger, device.now()) == 422  # it was used to set up
        clock.move_to(NOON + timedelta(seconds=60))
        assert show(stranger, device.at(NOON)) == 422  # too old
        assert show(stranger, device.now()) == 303
        assert stranger.get("/en/profile").status_code == 200
        other = app.test_client()
        enter(other, user)
        assert show(other, codes[0].upper().replace("-", " ")) == 303
        again = app.test_client()
        enter(again, user)
        assert show(again, codes[0]) == 422
    assert actions() == ["account.second_factor_set"]


def test_what_comes_between_password_and_code_ends_soon_and_with_a_new_password(app: Flask) -> None:
    user = make_user()
    with time_machine.travel(NOON, tick=False) as clock:
        device, _codes = set_up(client_of(app, user))
        late, changed = app.test_client(), app.test_client()
        enter(late, user)
        clock.move_to(NOON + timedelta(minutes=11))
        answer = late.post("/en/sign-in/code", data={"code": device.now()})
        assert (answer.status_code, answer.location) == (303, "/en/sign-in")
        enter(changed, user)
        with transaction.write():
            db.session.get_one(User, user.id).password_hash = "another"
        answer = changed.post("/en/sign-in/code", data={"code": device.now()})
        assert (answer.status_code, answer.location) == (303, "/en/sign-in")
        assert changed.get("/en/profile").status_code == 303


def test_a_known_browser_is_asked_for_the_code_all_the_same(app: Flask) -> None:
    user, client = make_user(), app.test_client()
    assert enter(client, user) == "/en/"
    set_up(client)
    client.post("/en/sign-out")
    assert enter(client, user) == "/en/sign-in/code"


def test_setting_up_ends_other_sessions(app: Flask) -> None:
    user = make_user()
    mine, other = client_of(app, user), client_of(app, user)
    set_up(mine)
    assert mine.get("/en/profile").status_code == 200
    assert other.get("/en/profile").status_code == 303


def test_roles_need_it_where_the_installation_says_so(app: Flask) -> None:
    user, plain = make_user(), make_user()
    programme = make_programme(user)
    settings = app.config["SETTINGS"].model_copy(update={"second_factor": "required"})
    app.config["SETTINGS"] = app.jinja_env.globals["settings"] = settings
    page = f"/en/organizer/programmes/{programme.code}"
    client = app.test_client()
    assert enter(client, user) == f"{PLACE}?next=/en/organizer"
    for path in ("/en/organizer", page):
        assert client.get(path).location == f"{PLACE}?next={path}"
    assert client.post(page).location == f"{PLACE}?next={page}"
    assert client.get("/en/profile").status_code == 200
    assert "Your role needs a second factor" in client.get(PLACE).text
    _device, codes = set_up(client)
    assert client.get(page).status_code == 200
    assert client.get("/en/organizer/programmes/NONE").status_code == 404
    # A session that was begun before the person had a role or a factor is asked for a code, too.
    older = client_of(app, user)
    assert older.get(page).location == f"{PLACE}?next={page}"
    assert older.post(PLACE, data={"code": codes[0], "next": page}).location == page
    assert older.get(page).status_code == 200
    assert enter(app.test_client(), plain) == "/en/"


def test_a_lost_device(app: Flask) -> None:
    lead, user = make_user(), make_user()
    programme = make_programme(lead, user)
    client = client_of(app, user)
    set_up(client)
    page = f"/en/organizer/programmes/{programme.code}/people/{user.id}/reset-second-factor"
    assert client.post(page).status_code == 422  # nobody for themselves
    assert client_of(app, lead).post(page).status_code == 303
    assert client.get("/en/profile").status_code == 303
    assert enter(app.test_client(), user) == "/en/organizer"
    assert actions() == ["account.second_factor_set", "account.second_factor_reset"]
    mail = db.session.scalars(select(MailMessage)).one()
    assert (mail.to, mail.subject) == (user.email, "Your second factor was reset")


def test_it_is_removed_and_renewed_with_a_code_only(app: Flask) -> None:
    user = make_user()
    client = client_of(app, user)
    _device, codes = set_up(client)
    assert client.post(f"{PLACE}/codes", data={"code": "123456"}).status_code == 422
    renewed = re.findall(r"<li><code>([\w-]+)</code>", client.post(f"{PLACE}/codes", data={"code": codes[1]}).text)
    assert len(renewed) == 10
    assert client.post(f"{PLACE}/remove", data={"code": codes[2]}).status_code == 422
    assert client.post(f"{PLACE}/remove", data={"code": renewed[0]}).status_code == 303
    assert enter(app.test_client(), user) == "/en/"


def test_codes_are_guessed_ten_times_wherever_one_is(limited: Flask) -> None:
    user = make_user()
    _device, codes = set_up(client_of(limited, user))
    client = limited.test_client()
    enter(client, user)
    statuses = [
        client.post("/en/sign-in/code", data={"code": f"{n:06}"}, environ_overrides={"REMOTE_ADDR": f"192.0.2.{n}"})
        .status_code for n in range(11)
    ]
    assert statuses == [422] * 10 + [429]
    assert show(client, codes[0]) == 429
