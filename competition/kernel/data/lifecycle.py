"""State as data: a table of permitted steps per kind of object, and the one function that takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from flask_babel import gettext as _

from competition.kernel.errors import IllegalMove


class HasState(Protocol):
    state: str


@dataclass(frozen=True)
class Lifecycle:
    """The permitted steps of one kind of object.

    Parameters
    ----------
    name
        What the object is called in messages and in the documents.
    steps
        ``action → {state before: state after}``.
    """

    name: str
    steps: Mapping[str, Mapping[str, str]]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state that occurs, in the order in which the table names them."""
        seen: dict[str, None] = {}
        for moves in self.steps.values():
            for before, after in moves.items():
                seen[before] = seen[after] = None
        return tuple(seen)

    def may(self, obj: HasState, action: str) -> bool:
        return obj.state in self.steps[action]

    def advance(self, obj: HasState, action: str) -> str:
        """Take one step and return the state left behind.

        Raises
        ------
        IllegalMove
            When the object's state does not permit ``action``.
        """
        before = obj.state
        obj.state = self.after(before, action)
        return before

    def after(self, before: str, action: str) -> str:
        """The state to which a step leads; raises as :meth:`advance`."""
        after = self.steps[action].get(before)
        if after is None:
            raise IllegalMove(
                _("This step is not possible now: somebody may have taken it already. Reload the page.")
            )
        return after
