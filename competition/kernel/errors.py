"""What a command may raise. Each error knows its HTTP status and speaks the reader's language."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """A rule said no. ``message`` is translated text for the person who asked."""

    status = 422

    def __init__(self, message: Any, *, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.field = field


class Missing(DomainError):
    """The object does not exist, or not for this actor: the two must look the same."""

    status = 404


class RuleBroken(DomainError):
    """The input is well-formed but a rule of the call forbids it; ``field`` names the form field."""


class IllegalMove(DomainError):
    """The object is not in a state from which this step is possible."""

    status = 409


class StaleVersion(DomainError):
    """Somebody saved in between. ``theirs`` is the stored text, ``mine`` the refused one."""

    status = 409

    def __init__(self, message: Any, *, mine: dict[str, Any], theirs: dict[str, Any], version: int) -> None:
        super().__init__(message)
        self.mine = mine
        self.theirs = theirs
        self.version = version


class Busy(DomainError):
    """The database stayed locked through every retry; the same request may be sent again."""

    status = 503
