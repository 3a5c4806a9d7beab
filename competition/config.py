"""Settings: read once from the environment, frozen, and refused at start when unsafe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SCHEMES = {
    "database_url": ("sqlite", "postgresql", "postgresql+psycopg"),
    "redis_url": ("redis", "rediss", "unix"),
    "s3_endpoint_url": ("http", "https"),
    "s3_public_url": ("http", "https"),
    "public_url": ("http", "https"),
    "smtp_url": ("smtp", "smtp+starttls", "smtps"),
}
LOOPBACK = frozenset({"127.0.0.1", "::1", "[::1]", "localhost"})


class Settings(BaseSettings):
    """Everything that differs between two installations.

    Field names are the names of environment variables, in lower case; an empty one counts as not set.
    Sizes are bytes, times are seconds.

    Raises
    ------
    pydantic.ValidationError
        On a missing or unsafe value; the message names the variable.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    opencall_mode: Literal["embedded", "production", "test"] = "production"
    demo: bool = False
    secret_key: str = Field(min_length=32)
    database_url: str
    redis_url: str
    redis_queue: str = "opencall"
    s3_endpoint_url: str
    s3_public_url: str = ""
    s3_bucket: str = "opencall"
    s3_access_key: str = Field(min_length=1)
    s3_secret_key: str = Field(min_length=1)
    s3_region: str = "us-east-1"
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    smtp_url: str = ""
    mail_from: str = "Opencall <no-reply@example.test>"
    data_dir: Path = Path(".data")
    trusted_hops: int = Field(default=0, ge=0, le=5)
    session_days: int = Field(default=14, ge=1)
    second_factor: Literal["required", "optional"] | None = None
    public_cache_seconds: float = Field(default=1.0, ge=0)
    upload_part_bytes: int = Field(default=5 * 1024 * 1024, ge=5 * 1024 * 1024)
    job_lease_seconds: int = Field(default=60, ge=2)
    sweep_seconds: float = Field(default=30, gt=0)
    clamd_address: str = ""
    rate_limits: bool = True
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"

    @property
    def production(self) -> bool:
        return self.opencall_mode == "production"

    @property
    def private(self) -> bool:
        """Whether only this machine reaches the site: by the address it listens on, and by its name."""
        return self.host in LOOPBACK and urlsplit(self.public_url).hostname in LOOPBACK

    @property
    def second_factor_required(self) -> bool:
        """Whether people with a role in a programme and operators need a second factor; in production unless the
        setting says otherwise."""
        return (self.second_factor or ("required" if self.production else "optional")) == "required"

    def serves(self, host: str) -> bool:
        """Whether a Host header is ours: the site's own, or this machine's outside production.

        Any other name is somebody else's that points here, and would let their pages read ours
        (DNS rebinding) or put their address into what we say.
        """
        host = host.lower()
        if host == urlsplit(self.public_url).netloc:
            return True
        name, _, port = host.rpartition(":")
        return not self.production and (name if port.isdigit() else host) in LOOPBACK

    @property
    def origins(self) -> list[str]:
        """From where pages may upload to the file store: the site, and outside production its other name on this
        machine, too (see :meth:`serves`)."""
        port = urlsplit(self.public_url).port
        ours = [f"http://{name}:{port}" for name in ("127.0.0.1", "localhost")]
        return ours if not self.production and self.public_url in ours else [self.public_url]

    @property
    def s3_browser_url(self) -> str:
        """The S3 address as a browser sees it; it is part of every signature."""
        return self.s3_public_url or self.s3_endpoint_url

    @property
    def secure_cookies(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"

    def cookie_name(self, name: str) -> str:
        """A cookie's name; over HTTPS with the prefix under which no other host of the domain can set it."""
        return f"__Host-{name}" if self.secure_cookies else name

    @field_validator(*SCHEMES)
    @classmethod
    def name_a_known_service(cls, url: str, info: ValidationInfo) -> str:
        schemes = SCHEMES[info.field_name or ""]
        if url and url.partition("://")[0] not in schemes:
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return url

    @field_validator("clamd_address")
    @classmethod
    def name_a_socket(cls, address: str) -> str:
        host, _colon, port = address.rpartition(":")
        if address and not address.startswith("/") and not (host and port.isdecimal()):
            raise ValueError("must be the path of a Unix socket, or host:port")
        return address

    @field_validator("public_url")
    @classmethod
    def be_an_origin(cls, url: str) -> str:
        """The site has a host name to itself. Written as browsers send it: lower case, without the usual port."""
        parts = urlsplit(url.lower())
        if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
            raise ValueError("must be scheme, host and port only, as in https://calls.example.org")
        usual = {"http": ":80", "https": ":443"}[parts.scheme]
        return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"

    @field_validator("log_level", mode="before")
    @classmethod
    def shout(cls, level: str) -> str:
        return level.upper()

    @model_validator(mode="after")
    def refuse_unsafe_production(self) -> Self:
        """Say everything that is wrong at once, each by the name of its variable."""
        broken = list(self._unsafe()) if self.production else []
        if self.demo and not (self.production or self.private):
            broken.append("DEMO must be off where HOST or PUBLIC_URL is not this machine alone: demo accounts have a "
                          "public password")
        if broken:
            raise ValueError("; ".join(broken))
        return self

    def _unsafe(self) -> Iterator[str]:
        if self.demo:
            yield "DEMO must be off: demo accounts have a public password"
        if not self.database_url.startswith("postgresql"):
            yield "DATABASE_URL must be a postgresql:// address"
        if not self.secure_cookies:
            yield "PUBLIC_URL must begin with https://"
        if urlsplit(self.s3_browser_url).scheme != "https":
            yield "S3_PUBLIC_URL must begin with https://: browsers upload from secure pages to nothing else"
        if urlsplit(self.s3_browser_url).hostname == urlsplit(self.public_url).hostname:
            yield "S3_PUBLIC_URL must have another host than PUBLIC_URL: files of teams are kept apart from the site"
        if not self.smtp_url:
            yield "SMTP_URL is missing: sign-up and invitations need mail"
        elif urlsplit(self.smtp_url).scheme == "smtp" and urlsplit(self.smtp_url).hostname not in LOOPBACK:
            yield "SMTP_URL must be smtps:// or smtp+starttls://: mail holds links that sign people in"
        if "mail_from" not in self.model_fields_set:
            yield "MAIL_FROM is missing: the sender of all mail"
        if "trusted_hops" not in self.model_fields_set:
            yield "TRUSTED_HOPS is missing: how many proxies in front set X-Forwarded-*, 0 when there is none"
        if not self.rate_limits:
            yield "RATE_LIMITS must be on"
        if len(set(self.secret_key)) < 10:
            yield "SECRET_KEY is not random"
