"""The states of a call, the steps between them, the sets of states that rules refer to, and the phase by date.

Other modules use the names below; no other module lists states (tests/guards/test_call_states.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from competition.kernel.data.lifecycle import Lifecycle

CALL = Lifecycle("call", {
    "publish": {"draft": "published"},
    "start_judging": {"published": "judging"},
    "publish_results": {"judging": "notice"},
    "correct_results": {"notice": "notice", "piloting": "piloting"},
    "start_pilots": {"notice": "piloting"},
    "archive": {"piloting": "archived", "notice": "archived"},
    "cancel": {"draft": "cancelled", "published": "cancelled", "judging": "cancelled"},
})

STATES = CALL.states

STAGE = Lifecycle("stage", {
    "open": {"planned": "open"},
    "deliberate": {"open": "discussing"},
    "close": {"open": "closed", "discussing": "closed"},
})
STAGE_OVER = frozenset({"discussing", "closed"})  # the stage takes no more scores
SCORED_STAGES = ("desk_review", "defence")  # kinds whose scores count, in the order in which a call has them
PUBLIC_STATES = tuple(state for state in STATES if state != "draft")
BUDGET_COMMITTED = frozenset(PUBLIC_STATES) - {"cancelled"}  # the call's budget is promised
SCORABLE = frozenset({"published", "judging"})  # scores can be given once the entries are closed
JUDGED = BUDGET_COMMITTED - {"published"}  # judging has begun, or is over
RESULT_PUBLIC = frozenset({"notice", "piloting", "archived"})
CORRECTABLE = frozenset(CALL.steps["correct_results"])  # the published result can get another version
SETTLED = RESULT_PUBLIC | {"cancelled"}  # panel and documents cannot change any more
OVER = frozenset({"archived", "cancelled"})  # nothing can change any more


class Dated(Protocol):
    """Anything that has the state and the two dates from which its phase follows."""

    state: str
    opens_at: datetime | None
    deadline_at: datetime | None


def phase(call: Dated, now: datetime) -> str:
    """The phase that readers see: ``published`` splits by date into ``upcoming``, ``open`` and ``closed``.

    The other phases have the names of their states. The words for each are in
    :data:`competition.calls.phases.PHASES`. The deadline itself still counts as open; grace is for requests on
    their way, not for the page.
    """
    if call.state != "published":
        return call.state
    if call.opens_at is not None and now < call.opens_at:
        return "upcoming"
    if call.deadline_at is not None and now > call.deadline_at:
        return "closed"
    return "open"
