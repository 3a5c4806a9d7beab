"""Limits: they stop those who guess and those who flood, never the owner of the account."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import TimeoutError as RedisTimeout
from sqlalchemy import func, select

from competition.accounts import limits, service, trusted_browsers
from competition.extensions import db, limiter
from competition.kernel import clock
from competition.kernel.data import transaction
from competition.kernel.data.models import MailMessage, OutboxJob
from tests.factories.accounts import PASSWORD, make_user

ADDRESS = "ana@example.test"


def _enter(client: FlaskClient, password: str, ip: str, email: str = ADDRESS) -> int:
    return client.post("/en/sign-in", data={"email": email, "password": password},
                       environ_overrides={"REMOTE_ADDR": ip}).status_code


def _ask(app: Flask, path: str, ip: str, **data: str) -> int:
    return app.test_client().post(path, data=data, environ_overrides={"REMOTE_ADDR": ip}).status_code


def _sign_up(app: Flask, ip: str, email: str = ADDRESS) -> int:
    return _ask(app, "/en/sign-up", ip, email=email, name="Ana", password="four words are enough", locale="en",
                zone="UTC")


def _mails(email: str = ADDRESS) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(MailMessage).where(MailMessage.to == email)) or 0


def test_whoever_guesses_elsewhere_locks_nobody_out(limited: Flask) -> None:
    make_user(ADDRESS)
    attacker = limited.test_client()
    assert [_enter(attacker, "a guess", "192.0.2.1") for _ in range(11)] == [422] * 10 + [429]
    assert _enter(limited.test_client(), PASSWORD, "192.0.2.2") == 303


def test_thirty_colleagues_who_sign_in_stop_nobody_and_thirty_guesses_stop_the_network(limited: Flask) -> None:
    people = [make_user().email for _ in range(33)]
    assert [_enter(limited.test_client(), PASSWORD, "192.0.2.7", email) for email in people] == [303] * 33
    guesses = [_enter(limited.test_client(), "a guess", "192.0.2.7", f"no{n}@example.test") for n in range(31)]
    assert guesses == [422] * 30 + [429]


def test_guesses_stay_bounded_while_the_store_of_the_counters_hangs(
    limited: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_arguments: object, **_options: object) -> None:
        raise RedisTimeout("Timeout reading from socket")

    make_user(ADDRESS)
    for name in ("get", "incr", "check"):
        monkeypatch.setattr(limiter.storage, name, hang)
    monkeypatch.setattr(limiter, "_storage_dead", False)
    assert limiter._fallback_storage is not None
    limiter._fallback_storage.reset()
    statuses = [_enter(limited.test_client(), "a guess", "192.0.2.8") for _ in range(12)]
    assert statuses == [422] * 10 + [429] * 2


def test_one_subscriber_of_ipv6_is_one_network(limited: Flask) -> None:
    client = limited.test_client()
    assert [_enter(client, "a guess", f"2001:db8:0:1::{n:x}") for n in range(1, 12)] == [422] * 10 + [429]
    assert _enter(client, "a guess", "2001:db8:0:2::1") == 422


def test_guesses_from_everywhere_are_bounded_but_never_refuse_a_browser_that_the_account_knows(limited: Flask) -> None:
    make_user(ADDRESS)
    owner, attacker = limited.test_client(), limited.test_client()
    assert _enter(owner, PASSWORD, "192.0.2.2") == 303
    assert owner.post("/en/sign-out").status_code == 303
    guesses = [_enter(attacker, "a guess", f"198.51.100.{n // 9}") for n in range(101)]
    assert guesses == [422] * 100 + [429]  # 100 an hour; the owner's own, which was right, does not count
    assert _enter(limited.test_client(), PASSWORD, "203.0.113.9") == 429  # a browser nobody knows
    assert _enter(owner, PASSWORD, "198.51.100.1") == 303  # even in a network full of guesses


def test_a_known_browser_has_its_own_ten_tries_at_its_own_account(limited: Flask) -> None:
    make_user(ADDRESS)
    make_user("eva@example.test")
    client = limited.test_client()
    assert _enter(client, PASSWORD, "192.0.2.1") == 303
    assert [_enter(client, "a guess", f"192.0.2.{n}") for n in range(2, 13)] == [422] * 10 + [429]
    others = [_enter(client, "a guess", "192.0.2.99", "eva@example.test") for _ in range(11)]
    assert others == [422] * 10 + [429]


def test_a_reset_makes_its_browser_known(limited: Flask) -> None:
    user = make_user(ADDRESS)
    with transaction.write():
        service.send_reset(user_id=user.id, now=clock.now())
    body = db.session.scalars(select(MailMessage.body)).one()
    db.session.rollback()
    link = body.split("http://localhost")[1].split()[0]
    client = limited.test_client()
    assert client.post(link, data={"password": "a whole new password"}).status_code == 303
    cookie = client.get_cookie(trusted_browsers.cookie_name())
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.max_age) == (True, "Lax", 365 * 86400)
    assert ADDRESS not in cookie.value
    assert [_enter(limited.test_client(), "a guess", "127.0.0.1") for _ in range(11)] == [422] * 10 + [429]
    assert _enter(client, "a whole new password", "127.0.0.1") == 303


@pytest.mark.parametrize("forged", ["", "x", "WyJhIiwgWyJiIl1d.aaaa.bbbb"])
def test_a_cookie_that_we_did_not_sign_says_nothing(limited: Flask, forged: str) -> None:
    client = limited.test_client()
    client.set_cookie(trusted_browsers.cookie_name(), forged)
    assert [_enter(client, "a guess", "192.0.2.1") for _ in range(11)] == [422] * 10 + [429]


def test_one_address_gets_ten_mails_of_sign_up_and_reset_whoever_asks(limited: Flask) -> None:
    make_user(ADDRESS)
    statuses = [_sign_up(limited, f"192.0.2.{n}") for n in range(6)]
    statuses += [_ask(limited, "/en/forgotten", f"198.51.100.{n}", email=" ANA@Example.test") for n in range(6)]
    assert statuses == [200] * 10 + [429] * 2
    assert _mails() == 6
    kinds = db.session.scalars(select(OutboxJob.kind).where(OutboxJob.kind == "accounts.reset")).all()
    assert kinds == ["accounts.reset"] * 4


def test_the_limit_of_mail_tells_nobody_whether_an_address_is_known(limited: Flask) -> None:
    make_user(ADDRESS)
    for email in (ADDRESS, "eva@example.test"):
        assert [_sign_up(limited, "192.0.2.1", email) for _ in range(12)] == [200] * 10 + [429] * 2


def test_guesses_at_a_confirmation_are_bounded(limited: Flask) -> None:
    path = f"/en/confirm/{'x' * 43}"
    assert [_ask(limited, path, f"192.0.2.{n}", password="a guess") for n in range(11)] == [410] * 10 + [429]


def test_bounds_as_documented() -> None:
    assert (limits.PER_NETWORK, limits.PER_TRY, limits.PER_ACCOUNT) == (
        "30 per 15 minutes", "10 per 15 minutes", "100 per hour",
    )
