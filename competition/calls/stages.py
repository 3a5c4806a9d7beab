"""The kinds of a call's stages, the rules that hold in one, and where a date of one stands among the call's dates.

These functions take stages and calls that are loaded already; the reads are in ``queries``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from competition.calls.lifecycle import SCORED_STAGES

# In the order in which a call has them.
KINDS: dict[str, Any] = {
    "eligibility": _l("Eligibility check"), "desk_review": _l("Desk review"), "defence": _l("Defence"),
}
DATES: dict[str, Any] = {"opens_at": _l("Opens"), "due_at": _l("Due")}
STATES: dict[str, Any] = {"planned": _l("Planned"), "open": _l("Open"), "discussing": _l("Panel discusses"),
                          "closed": _l("Closed")}
CARRIES: dict[str, Any] = {
    "nothing": _l("nothing"), "sum": _l("the whole score, added"), "weighted": _l("a share of the score"),
}
ADVANCES: dict[str, Any] = {
    "decision": _l("those that the organizers choose, with reasons"),
    "top": _l("the best, up to a number"),
    "mark": _l("all from a mark on"),
}
DEFENCE_QUORUM = 5  # a defence is heard by the whole panel


class Kind(Protocol):
    """What names and places of a stage follow from."""

    @property
    def kind(self) -> str: ...


class Dated(Kind, Protocol):
    """A stage with the dates that were announced for it."""

    @property
    def opens_at(self) -> datetime | None: ...
    @property
    def due_at(self) -> datetime | None: ...


class StageRules(Kind, Protocol):
    """The rules of a stage; None means that the call's rule holds."""

    @property
    def quorum(self) -> int | None: ...
    @property
    def reviews(self) -> int | None: ...
    @property
    def panel_min(self) -> int | None: ...


class CallRules(Protocol):
    """The rules of a call that hold in every stage without its own."""

    @property
    def quorum(self) -> int: ...
    @property
    def reviews_per_entry(self) -> int: ...
    @property
    def panel_min(self) -> int: ...


class Identified(Kind, Protocol):
    """A stored stage."""

    @property
    def id(self) -> UUID: ...
    @property
    def state(self) -> str: ...


def is_scored(stage: Kind) -> bool:
    return stage.kind in SCORED_STAGES


def quorum(stage: StageRules, call: CallRules) -> int:
    """The least number of valid scores with which an entry is ranked in this stage."""
    return stage.quorum or (DEFENCE_QUORUM if stage.kind == "defence" else call.quorum)


def reviews(stage: StageRules, call: CallRules) -> int:
    """How many judges each entry of this stage is given to."""
    return stage.reviews or (max(call.reviews_per_entry, quorum(stage, call)) if stage.kind == "defence"
                             else call.reviews_per_entry)


def panel_min(stage: StageRules, call: CallRules) -> int:
    """The smallest panel of this stage."""
    return stage.panel_min or call.panel_min


def stage_names(stages: Sequence[Kind]) -> list[str]:
    """The name of each stage in the reader's language; stages of one kind are numbered."""
    kinds = [stage.kind for stage in stages]
    return [
        str(KINDS[kind]) if kinds.count(kind) == 1
        else _("%(kind)s %(number)s", kind=KINDS[kind], number=kinds[: place + 1].count(kind))
        for place, kind in enumerate(kinds)
    ]


def stage_name(stage: Identified, stages: Sequence[Identified]) -> str:
    """The name of one stage among those of its call."""
    return stage_names(stages)[[other.id for other in stages].index(stage.id)]


def current(stages: Sequence[Identified]) -> Identified | None:
    """The stage that is open; None between two stages, before the first and after the last."""
    return next((stage for stage in stages if stage.state == "open"), None)


def misplaced_dates(
    stages: Sequence[Dated], deadline_at: datetime | None, notice_at: datetime | None,
) -> Iterator[tuple[int, str, str]]:
    """Dates of stages out of order, as ``(row, column, sentence)``; rows count from 0.

    A stage opens after the deadline for entries and after the one before it is due, is due after it opens, and
    the last one is due before the public notice. Two of these dates may be the same instant.
    """
    names = stage_names(stages)
    last, last_name = deadline_at, _("Deadline for entries")
    for row, stage in enumerate(stages):
        for column, label in DATES.items():
            at = getattr(stage, column)
            if at is None:
                continue
            if last is not None and at < last:
                yield row, column, _("This must not be before “%(earlier)s”.", earlier=last_name)
            last, last_name = at, _("%(stage)s: %(date)s", stage=names[row], date=label)
        if notice_at is not None and stage.due_at is not None and stage.due_at > notice_at:
            yield row, "due_at", _("This must not be after “%(later)s”.", later=_("Public notice"))


@dataclass(frozen=True, slots=True)
class StageDraft:
    """A stage as an organizer writes it; ``id`` is None for a new one. Columns as in :class:`.models.Stage`."""

    id: UUID | None
    kind: str
    opens_at: datetime | None = None
    due_at: datetime | None = None
    quorum: int | None = None
    reviews: int | None = None
    panel_min: int | None = None
    carry: str = "nothing"
    carry_percent: int | None = None
    advance: str = "decision"
    advance_top: int | None = None
    advance_mark: int | None = None
    deliberation: bool = False


# What teams rely on once they have entered; the dates may still move later.
STRUCTURE = (
    "kind", "quorum", "reviews", "panel_min", "carry", "carry_percent", "advance", "advance_top", "advance_mark",
    "deliberation",
)
