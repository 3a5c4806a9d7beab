"""Structured logs: one JSON object a line in production, readable lines elsewhere. Never a secret."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from competition.config import Settings
from competition.loglines import JsonLines

SECRET_NAMES = ("password", "token", "secret", "cookie", "authorization")


def _redact(_logger: Any, _name: str, event: Any) -> Any:
    for key in event:
        if any(name in key.lower() for name in SECRET_NAMES):
            event[key] = "[redacted]"
    return event


def _libraries_in_json() -> None:
    """What libraries log and warn of goes the same way; the web server may have arranged it already."""
    logging.captureWarnings(True)
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, JsonLines) for handler in root.handlers):
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonLines())
        root.addHandler(handler)


def configure(settings: Settings) -> None:
    level = logging.getLevelNamesMapping()[settings.log_level]
    if settings.production:
        _libraries_in_json()
    renderer: Any = structlog.processors.JSONRenderer() if settings.production else (
        structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _redact,
            structlog.processors.format_exc_info if settings.production else structlog.processors.StackInfoRenderer(),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
