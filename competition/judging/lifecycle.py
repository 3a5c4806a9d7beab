"""The states of a seat, an assignment and a score sheet, and when scores are taken at all."""

from __future__ import annotations

from datetime import datetime

from competition.calls.lifecycle import JUDGED, RESULT_PUBLIC, SCORABLE
from competition.entries.deadline import decide
from competition.kernel.data.lifecycle import Lifecycle

SEAT = Lifecycle("seat", {
    "accept": {"invited": "accepted"},
    "decline": {"invited": "declined"},
    "invite_again": {"declined": "invited", "removed": "invited"},
    "remove": {"invited": "removed", "accepted": "removed"},
})

ASSIGNMENT = Lifecycle("assignment", {
    "clear": {"assigned": "cleared"},
    "recuse": {"assigned": "recused", "cleared": "recused"},
    "undo_recusal": {"recused": "assigned"},
    "remove": {"assigned": "removed", "cleared": "removed", "recused": "removed"},
    "assign_again": {"removed": "assigned"},
})

SHEET = Lifecycle("score sheet", {
    "submit": {"draft": "submitted"},
    "reopen": {"submitted": "draft"},
})

ELIGIBILITY = Lifecycle("eligibility check", {
    "ask": {"open": "asked", "answered": "asked"},
    "answer": {"asked": "answered"},
    "pass": {"open": "passed", "asked": "passed", "answered": "passed", "objected": "passed"},
    "reject": {"open": "rejected", "asked": "rejected", "answered": "rejected"},
    "object": {"rejected": "objected"},
    "uphold": {"objected": "upheld"},
})
UNDECIDED = frozenset({"open", "asked", "answered", "objected"})  # states that keep an eligibility stage from closing


def reading_open(state: str) -> bool:
    """Whether a panel may open entries and files: no more once the call's result is public.

    A judge needs them to judge. Afterwards only the judge's own submitted sheets stay readable, also while
    the result is corrected.
    """
    return state not in RESULT_PUBLIC


def entries_closed(state: str, deadline_at: datetime | None, grace_seconds: int, now: datetime) -> bool:
    """Whether no entry can change any more: judging has begun, or the deadline and its grace are over."""
    if state == "published":
        return deadline_at is not None and not decide(deadline_at, grace_seconds, now)
    return state in JUDGED


def scoring_open(state: str, deadline_at: datetime | None, grace_seconds: int, now: datetime) -> bool:
    """Whether scores can be given or changed: after the entries closed, until results are published."""
    return state in SCORABLE and entries_closed(state, deadline_at, grace_seconds, now)
