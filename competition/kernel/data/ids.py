"""Identifiers: UUIDs inside, short random codes outside, 256-bit tokens for links."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from uuid import UUID

# Crockford's base 32 without I, L, O, U: can be read aloud and typed on a phone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


_lock = threading.Lock()
_last_stamp = 0


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562 §5.7): time-ordered, so that indexes grow at one end.

    Ids that one process makes are in the order in which it made them, also within a millisecond: the 12 bits
    after the milliseconds hold their fraction (§6.2, method 3).
    """
    stamp = _next_stamp()
    milliseconds, fraction = stamp >> 12, stamp & 0xFFF
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | secrets.randbits(62)
    return UUID(int=value)


def _next_stamp() -> int:
    """The time in 1/4096 milliseconds, or one more than the last stamp while the clock stands still."""
    global _last_stamp
    with _lock:
        stamp = time.time_ns() * 4096 // 1_000_000
        if stamp <= _last_stamp < stamp + 4096:
            stamp = _last_stamp + 1
        _last_stamp = stamp
        return stamp


def new_code(length: int = 8) -> str:
    """A random public code: 40 bits at the default length, no order and no meaning."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_token() -> str:
    """A 256-bit URL-safe secret. Store only :func:`token_hash` of it."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """SHA-256 of a token as hex; tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
