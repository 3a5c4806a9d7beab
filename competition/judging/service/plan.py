"""An assignment plan between its steps: what goes into the solver, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from competition.judging.queries.planning_inputs import Design


@dataclass(frozen=True, slots=True)
class Inputs:
    """A plan's settings with the design they apply to."""

    design: Design
    reviews: int
    bridge_share: float
    keep_all: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """``pairs`` as positions (entry, judge); ``report`` for the page.

    ``failure`` says in English why there is none; ``reasons`` are its facts, which
    :mod:`competition.judging.infeasible_plan` says in the reader's language.
    """

    pairs: list[tuple[int, int]]
    report: dict[str, Any]
    failure: str = ""
    reasons: list[dict[str, Any]] = field(default_factory=list)
