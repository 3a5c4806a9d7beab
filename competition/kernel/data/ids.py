"""Identifiers: UUIDs inside, short random codes outside, 256-bit tokens for links."""

from __future__ import annotations

import hashlib
import secrets
import time
from uuid import UUID

# Crockford's base 32 without I, L, O, U: can be read aloud and typed on a phone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562 §5.7): time-ordered, so that indexes grow at one end."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def new_code(length: int = 8) -> str:
    """A random public code: 40 bits at the default length, no order and no meaning."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_token() -> str:
    """A 256-bit URL-safe secret. Store only :func:`token_hash` of it."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """SHA-256 of a token as hex; tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
