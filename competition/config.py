"""Settings: read once from the environment, frozen, and refused at start when unsafe."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that differs between two installations.

    Field names are the names of environment variables, in lower case.
    Sizes are bytes, times are seconds.

    Raises
    ------
    pydantic.ValidationError
        On a missing or unsafe value; the message names the variable.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    opencall_mode: Literal["embedded", "production", "test"] = "production"
    demo: bool = False
    secret_key: str = Field(min_length=32)
    database_url: str
    redis_url: str
    redis_queue: str = "opencall"
    s3_endpoint_url: str
    s3_public_url: str = ""
    s3_bucket: str = "opencall"
    s3_access_key: str
    s3_secret_key: str
    s3_region: str = "us-east-1"
    public_url: str = "http://127.0.0.1:8000"
    smtp_url: str = ""
    mail_from: str = "Opencall <no-reply@example.test>"
    data_dir: Path = Path(".data")
    trusted_hops: int = Field(default=0, ge=0, le=5)
    session_days: int = Field(default=14, ge=1)
    public_cache_seconds: float = Field(default=1.0, ge=0)
    upload_part_bytes: int = Field(default=5 * 1024 * 1024, ge=5 * 1024 * 1024)
    job_lease_seconds: int = Field(default=60, ge=2)
    sweep_seconds: float = Field(default=30, gt=0)
    rate_limits: bool = True
    log_level: str = "INFO"

    @property
    def production(self) -> bool:
        return self.opencall_mode == "production"

    @property
    def s3_browser_url(self) -> str:
        """The S3 address as a browser sees it; it is part of every signature."""
        return self.s3_public_url or self.s3_endpoint_url

    @property
    def secure_cookies(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"

    @model_validator(mode="after")
    def refuse_unsafe_production(self) -> Self:
        if not self.production:
            return self
        unsafe = [
            (self.demo, "DEMO must be off: demo accounts have a public password"),
            (not self.database_url.startswith("postgresql"), "DATABASE_URL must be a postgresql:// address"),
            (not self.secure_cookies, "PUBLIC_URL must begin with https://"),
            (not self.smtp_url, "SMTP_URL is missing: sign-up and invitations need mail"),
            (not self.rate_limits, "RATE_LIMITS must be on"),
            (len(set(self.secret_key)) < 10, "SECRET_KEY is not random"),
        ]
        broken = [text for bad, text in unsafe if bad]
        if broken:
            raise ValueError("; ".join(broken))
        return self
