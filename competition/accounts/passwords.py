"""Argon2id with the parameters of OWASP's password storage cheat sheet (19 MiB, 2 passes, 1 lane)."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from competition.kernel.web.one_request import waits

SHORTEST = 10
LONGEST = 200
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash to verify when there is no such person, so that the answer takes the same time."""
    return _hasher.hash("no such person")


@waits
def make(password: str) -> str:
    return _hasher.hash(password)


@waits
def matches(stored: str | None, password: str) -> bool:
    """Whether ``password`` belongs to ``stored``; takes as long when nothing is stored."""
    nobody = _nobody()  # also when it is not needed: the first answer must not tell either
    try:
        return _hasher.verify(stored or nobody, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False
