"""Errors of the scoring package.

Every error is a :class:`ScoringError`, says what is wrong in one sentence, and carries the offending
rows, components or constraints as data, so that a caller can point at them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal


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
    missing : sequence of scoring.MissingBridge
        What would link each of the other pools to the largest.
    """

    def __init__(self, components: Sequence[Sequence[int]], missing: Sequence[Any] = ()) -> None:
        self.missing: tuple[Any, ...] = tuple(missing)
        self.components: tuple[tuple[int, ...], ...] = tuple(tuple(int(i) for i in c) for c in components)
        sizes = ", ".join(str(len(c)) for c in self.components[:10])
        super().__init__(
            f"No judge links {len(self.components)} pools of entries (sizes {sizes}); "
            "calibrate the largest (pools='largest'), rank within pools, add bridging scores (see .missing), or "
            "state an assumption with pools=..."
        )


class NotConverged(ScoringError):
    """An iteration stopped before reaching its tolerance; ``state`` holds the last values."""

    def __init__(self, message: str, state: Mapping[str, float] | None = None) -> None:
        self.state: dict[str, float] = dict(state or {})
        super().__init__(message)


ClashKind = Literal[
    "judges_of_entry", "room", "minimum_loads", "crossed_loads", "kept_over_load", "kept_in_conflict", "unlinked",
    "demand_and_loads", "must_excluded", "must_budget", "must_call", "must_team", "track_minimum",
    "budget", "call", "team", "track", "must",
]  # fmt: skip


@dataclass(frozen=True)
class Clash:
    """One reason why nothing satisfies all constraints, as facts: whoever knows the names can say it.

    Attributes
    ----------
    kind : str
        Of an assignment: ``judges_of_entry`` (``entries`` needs ``needed`` more judges, ``available`` may take
        it), ``room`` (``entries`` need ``needed`` more judgements, their judges can give ``available``, and
        ``judges`` are those who are full), ``minimum_loads`` (the minimums add up to ``needed``, ``available``
        judgements are to be given, ``judges`` cannot reach theirs), ``crossed_loads`` (a judge's minimum
        ``needed`` is above the maximum ``available``), ``kept_over_load`` (a judge keeps ``needed`` entries and
        takes at most ``available``), ``kept_in_conflict`` (an entry and a judge), ``unlinked`` (a pool of
        ``judges`` and ``entries`` that no other pool can be linked with), ``demand_and_loads`` (``needed``
        judgements do not fit the loads, nothing more is known).

        Of a selection, where entries that must be in break a limit: ``must_excluded`` (an entry),
        ``must_budget``, ``must_call`` and ``must_team`` (``entries`` take ``needed``, the limit of ``group`` is
        ``available``); ``track_minimum`` (track ``group`` needs ``needed`` entries, ``available`` are eligible).
        Constraints that clash with each other only: ``budget`` (of ``available``), ``call`` (``group`` has
        ``available`` slots), ``team`` (limits of the teams of ``entries``), ``track`` (``group`` needs
        ``needed`` entries), ``must`` (``entries``).
    entries, judges : tuple of int
        Positions (0-based) in the arrays that were given, all of them, increasing.
    group : hashable, optional
        Label of the call, track or team as it was given.
    needed, available : int, optional
        Counts of judgements or entries; minor units of money for the budget.
    """

    kind: ClashKind
    entries: tuple[int, ...] = ()
    judges: tuple[int, ...] = ()
    group: Hashable = None
    needed: int | None = None
    available: int | None = None


def places(positions: Iterable[Any]) -> tuple[int, ...]:
    """Positions of an array as plain integers."""
    return tuple(int(position) for position in positions)


class Infeasible(ScoringError):
    """No solution satisfies all constraints.

    Parameters
    ----------
    message : str
        What cannot be met.
    constraints : sequence of str
        Names of the constraints that clash, in English.
    clashes : sequence of Clash
        The same as facts, for readers of other languages.
    """

    def __init__(self, message: str, constraints: Sequence[str] = (), clashes: Sequence[Clash] = ()) -> None:
        self.message = message
        self.constraints: tuple[str, ...] = tuple(str(c) for c in constraints)
        self.clashes: tuple[Clash, ...] = tuple(clashes)
        named = "; ".join(self.constraints[:10])
        super().__init__(f"{message}: {named}" if named else message)
