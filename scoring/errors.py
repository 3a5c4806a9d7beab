"""Errors of the scoring package.

Every error is a :class:`ScoringError`, says what is wrong in one sentence, and carries the offending
rows, components or constraints as data, so that a caller can point at them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class ScoringError(ValueError):
    """Base of every error raised on purpose by :mod:`scoring`."""


class InvalidScores(ScoringError):
    """Some score rows cannot be used.

    Parameters
    ----------
    message : str
        What is wrong.
    rows : sequence of int
        Positions (0-based) of the offending rows in the arrays that were given.
    """

    def __init__(self, message: str, rows: Sequence[int] = ()) -> None:
        self.rows: tuple[int, ...] = tuple(int(row) for row in rows)
        shown = ", ".join(str(row) for row in self.rows[:10])
        more = f" and {len(self.rows) - 10} more" if len(self.rows) > 10 else ""
        super().__init__(f"{message} (rows {shown}{more})" if self.rows else message)


class NotIdentifiable(ScoringError):
    """The scores do not contain the information asked for (for example: no entry has two judges)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Disconnected(ScoringError):
    """Entries fall into pools that no judge links, so they cannot be put on one scale.

    Parameters
    ----------
    components : sequence of sequence of int
        Positions of the entries of each pool, largest pool first.
    """

    def __init__(self, components: Sequence[Sequence[int]]) -> None:
        self.components: tuple[tuple[int, ...], ...] = tuple(tuple(int(i) for i in c) for c in components)
        sizes = ", ".join(str(len(c)) for c in self.components[:10])
        super().__init__(
            f"No judge links {len(self.components)} pools of entries (sizes {sizes}); "
            "rank within pools, add bridging scores, or state an assumption with pools=..."
        )


class NotConverged(ScoringError):
    """An iteration stopped before reaching its tolerance; ``state`` holds the last values."""

    def __init__(self, message: str, state: Mapping[str, float] | None = None) -> None:
        self.state: dict[str, float] = dict(state or {})
        super().__init__(message)


class Infeasible(ScoringError):
    """No solution satisfies all constraints; ``constraints`` names those that clash."""

    def __init__(self, message: str, constraints: Sequence[str] = ()) -> None:
        self.constraints: tuple[str, ...] = tuple(str(c) for c in constraints)
        named = "; ".join(self.constraints[:10])
        super().__init__(f"{message}: {named}" if named else message)
