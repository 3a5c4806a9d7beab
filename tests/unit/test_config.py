"""Settings that a deployment may not start with, each refused by its name."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from competition.config import Settings

SAFE = {
    "OPENCALL_MODE": "production",
    "SECRET_KEY": "0123456789abcdef" * 2,
    "DATABASE_URL": "postgresql://opencall:word@db.example.org/opencall",
    "REDIS_URL": "redis://cache.example.org:6379/0",
    "S3_ENDPOINT_URL": "http://storage.internal:9000",
    "S3_PUBLIC_URL": "https://files.example.org",
    "S3_ACCESS_KEY": "access",
    "S3_SECRET_KEY": "secret",
    "PUBLIC_URL": "https://calls.example.org",
    "SMTP_URL": "smtp+starttls://user:word@mail.example.org:587",
    "MAIL_FROM": "Calls <calls@example.org>",
    "TRUSTED_HOPS": "1",
}
MISSING = "Field required"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A complete, safe environment, and nothing else that settings read."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def refusals() -> list[str]:
    """``NAME: reason`` of everything that is wrong with the environment."""
    try:
        Settings()
    except ValidationError as error:
        return [
            ": ".join([*(str(part).upper() for part in fault["loc"]), fault["msg"].removeprefix("Value error, ")])
            for fault in error.errors(include_input=False, include_url=False)
        ]
    return []


def test_a_complete_environment_is_accepted(environment: pytest.MonkeyPatch) -> None:
    assert refusals() == []


def test_cookies_over_https_have_the_prefix_that_binds_them_to_the_host(environment: pytest.MonkeyPatch) -> None:
    assert Settings().cookie_name("opencall") == "__Host-opencall"
    environment.setenv("OPENCALL_MODE", "test")
    environment.setenv("PUBLIC_URL", "http://127.0.0.1:8000")
    assert Settings().cookie_name("opencall") == "opencall"


@pytest.mark.parametrize(("name", "reason"), [
    ("SECRET_KEY", "SECRET_KEY: " + MISSING),
    ("DATABASE_URL", "DATABASE_URL: " + MISSING),
    ("REDIS_URL", "REDIS_URL: " + MISSING),
    ("S3_ENDPOINT_URL", "S3_ENDPOINT_URL: " + MISSING),
    ("S3_ACCESS_KEY", "S3_ACCESS_KEY: " + MISSING),
    ("S3_SECRET_KEY", "S3_SECRET_KEY: " + MISSING),
    ("S3_PUBLIC_URL", "S3_PUBLIC_URL must begin with https://: browsers upload from secure pages to nothing else"),
    ("PUBLIC_URL", "PUBLIC_URL must begin with https://"),
    ("SMTP_URL", "SMTP_URL is missing: sign-up and invitations need mail"),
    ("MAIL_FROM", "MAIL_FROM is missing: the sender of all mail"),
    ("TRUSTED_HOPS", "TRUSTED_HOPS is missing: how many proxies in front set X-Forwarded-*, 0 when there is none"),
])
@pytest.mark.parametrize("how", ["unset", "empty"])
def test_what_is_missing_is_named(environment: pytest.MonkeyPatch, name: str, reason: str, how: str) -> None:
    if how == "unset":
        environment.delenv(name)
    else:
        environment.setenv(name, "")
    assert refusals() == [reason]


@pytest.mark.parametrize(("name", "value", "reason"), [
    ("OPENCALL_MODE", "prod", "OPENCALL_MODE: Input should be 'embedded', 'production' or 'test'"),
    ("DEMO", "1", "DEMO must be off: demo accounts have a public password"),
    ("SECRET_KEY", "short", "SECRET_KEY: String should have at least 32 characters"),
    ("SECRET_KEY", "a" * 40, "SECRET_KEY is not random"),
    ("DATABASE_URL", "sqlite:///opencall.sqlite", "DATABASE_URL must be a postgresql:// address"),
    ("DATABASE_URL", "postgres://db/opencall",
     "DATABASE_URL: must begin with sqlite:// or postgresql:// or postgresql+psycopg://"),
    ("REDIS_URL", "cache.example.org:6379", "REDIS_URL: must begin with redis:// or rediss:// or unix://"),
    ("S3_ENDPOINT_URL", "storage.internal", "S3_ENDPOINT_URL: must begin with http:// or https://"),
    ("S3_PUBLIC_URL", "http://files.example.org",
     "S3_PUBLIC_URL must begin with https://: browsers upload from secure pages to nothing else"),
    ("PUBLIC_URL", "http://calls.example.org", "PUBLIC_URL must begin with https://"),
    ("PUBLIC_URL", "https://example.org/calls",
     "PUBLIC_URL: must be scheme, host and port only, as in https://calls.example.org"),
    ("SMTP_URL", "mail.example.org:587", "SMTP_URL: must begin with smtp:// or smtp+starttls:// or smtps://"),
    ("SMTP_URL", "smtp://mail.example.org",
     "SMTP_URL must be smtps:// or smtp+starttls://: mail holds links that sign people in"),
    ("TRUSTED_HOPS", "6", "TRUSTED_HOPS: Input should be less than or equal to 5"),
    ("CLAMD_ADDRESS", "clamav", "CLAMD_ADDRESS: must be the path of a Unix socket, or host:port"),
    ("CLAMD_ADDRESS", ":3310", "CLAMD_ADDRESS: must be the path of a Unix socket, or host:port"),
    ("RATE_LIMITS", "false", "RATE_LIMITS must be on"),
    ("JOB_LEASE_SECONDS", "1", "JOB_LEASE_SECONDS: Input should be greater than or equal to 2"),
    ("SWEEP_SECONDS", "0", "SWEEP_SECONDS: Input should be greater than 0"),
    ("LOG_LEVEL", "loud", "LOG_LEVEL: Input should be 'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'"),
])
def test_what_is_unsafe_or_unclear_is_named(
    environment: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    environment.setenv(name, value)
    assert refusals() == [reason]


@pytest.mark.parametrize(("name", "value"), [
    ("SMTP_URL", "smtp://127.0.0.1:25"),  # the machine's own relay
    ("TRUSTED_HOPS", "0"),  # granian ends TLS itself
    ("LOG_LEVEL", "warning"),
    ("CLAMD_ADDRESS", "/run/clamav/clamd.ctl"),
    ("CLAMD_ADDRESS", "scanner.internal:3310"),
    ("CLAMD_ADDRESS", "[::1]:3310"),
    ("DATABASE_URL", "postgresql+psycopg://db/opencall"),
    ("DEMO", ""),
])
def test_what_is_safe_too(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    assert refusals() == []


def test_all_unsafe_settings_are_said_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DEMO", "1")
    environment.setenv("DATABASE_URL", "sqlite:///x")
    environment.delenv("SMTP_URL")
    assert refusals() == [
        "DEMO must be off: demo accounts have a public password; DATABASE_URL must be a postgresql:// address; "
        "SMTP_URL is missing: sign-up and invitations need mail"
    ]


@pytest.mark.parametrize(("public_url", "mode", "host", "served"), [
    ("https://Calls.example.org:443/", "production", "calls.example.org", True),
    ("https://calls.example.org", "production", "CALLS.example.org", True),
    ("https://calls.example.org:8443", "production", "calls.example.org:8443", True),
    ("https://calls.example.org:8443", "production", "calls.example.org", False),
    ("https://calls.example.org", "production", "127.0.0.1:8000", False),
    ("http://127.0.0.1:8000", "embedded", "127.0.0.1:8000", True),
    ("http://127.0.0.1:8000", "embedded", "localhost:8000", True),
    ("http://127.0.0.1:8000", "embedded", "[::1]:8000", True),
    ("http://127.0.0.1:8000", "embedded", "localhost", True),
    ("http://127.0.0.1:8000", "embedded", "rebound.example.org:8000", False),
    ("http://127.0.0.1:8000", "embedded", "127.0.0.1.example.org", False),
    ("http://192.168.1.5:8000", "embedded", "192.168.1.5:8000", True),
    ("http://127.0.0.1:8000", "test", "", False),
])
def test_only_own_host_names_are_served(
    environment: pytest.MonkeyPatch, public_url: str, mode: str, host: str, served: bool
) -> None:
    environment.setenv("PUBLIC_URL", public_url)
    environment.setenv("OPENCALL_MODE", mode)
    assert Settings().serves(host) is served


@pytest.mark.parametrize(("mode", "url", "origins"), [
    ("embedded", "http://127.0.0.1:8000", ["http://127.0.0.1:8000", "http://localhost:8000"]),
    ("embedded", "http://localhost:8000", ["http://127.0.0.1:8000", "http://localhost:8000"]),
    ("embedded", "http://calls.example.org:8000", ["http://calls.example.org:8000"]),
    ("embedded", "https://localhost", ["https://localhost"]),
    ("production", "https://calls.example.org", ["https://calls.example.org"]),
    ("production", "https://127.0.0.1:8000", ["https://127.0.0.1:8000"]),
])
def test_pages_of_both_names_of_this_machine_may_upload_outside_production(
    environment: pytest.MonkeyPatch, mode: str, url: str, origins: list[str]
) -> None:
    environment.setenv("OPENCALL_MODE", mode)
    environment.setenv("PUBLIC_URL", url)
    assert Settings().origins == origins


@pytest.mark.parametrize(("host", "public_url", "accepted"), [
    ("127.0.0.1", "http://localhost:8000", True), ("::1", "http://[::1]:8000", True),
    ("192.0.2.2", "http://127.0.0.1:8000", False), ("127.0.0.1", "http://192.0.2.2:8000", False),
    ("127.0.0.1", "https://calls.example.org", False),
])
def test_the_demo_is_for_this_machine_alone(
    environment: pytest.MonkeyPatch, host: str, public_url: str, accepted: bool
) -> None:
    for name, value in (("OPENCALL_MODE", "embedded"), ("DEMO", "1"), ("HOST", host), ("PUBLIC_URL", public_url)):
        environment.setenv(name, value)
    assert (refusals() == []) is accepted
    environment.setenv("DEMO", "0")
    assert refusals() == []


def test_files_of_teams_have_another_host_than_the_site(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("S3_PUBLIC_URL", "https://calls.example.org:8443")
    assert refusals() == [
        "S3_PUBLIC_URL must have another host than PUBLIC_URL: files of teams are kept apart from the site"]
