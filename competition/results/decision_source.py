"""What the results pages show of decisions, registered by the slice that makes them.

Results come before decisions in the life of a call, so nothing in this slice imports decisions. The decisions slice
registers one :class:`DecisionSource` when it is imported; queries and pages of results read it through :func:`source`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from competition.calls.models import Call
from competition.results.models import RunEntry

SELECTED = "selected"  # the outcome of an entry that is in


@dataclass(frozen=True)
class DecisionSource:
    """Where the results pages find decisions.

    Parameters
    ----------
    table
        The mapped class of decisions, with columns ``call_id``, ``run_id``, ``entry_id`` and ``outcome``.
    being_decided
        Whether decisions of a call can be made now; only then can its scores be aggregated.
    outcomes
        RunResult → label, in the order in which they are listed.
    """

    table: Any
    being_decided: Callable[[Call], bool]
    outcomes: Mapping[str, Any]

    def of_line(self) -> ColumnElement[bool]:
        """The condition that joins a decision to the line of its entry in the run that it stands on."""
        joined: ColumnElement[bool] = (
            (self.table.entry_id == RunEntry.entry_id) & (self.table.run_id == RunEntry.run_id)
        )
        return joined


_registered: list[DecisionSource] = []


def register(decisions: DecisionSource) -> None:
    """Set the source, once, when the slice is imported."""
    _registered[:] = [decisions]


def source() -> DecisionSource:
    """The registered source.

    Raises
    ------
    LookupError
        When the decisions slice has not been imported.
    """
    if not _registered:
        raise LookupError("the decisions slice has not registered its source")
    return _registered[0]
