"""Canonical bytes: the same value gives the same digest everywhere (a subset of RFC 8785)."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID


def plain(value: Any) -> Any:
    """Reduce a value to strings, integers, booleans, null, lists and objects.

    Raises
    ------
    TypeError
        For floats: their printed form is not a promise worth signing.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date | UUID | Fraction):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise TypeError(f"no canonical form for {type(value).__name__}")


def encode(value: Any) -> bytes:
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(tag: str, value: Any) -> str:
    """SHA-256 in hex over a domain tag and the canonical bytes of ``value``."""
    return hashlib.sha256(tag.encode() + b"\0" + encode(value)).hexdigest()
