"""Commands of the pilots slice: the only writers of selections, pilots and milestones."""

from __future__ import annotations

from competition.pilots.service.completing import complete, obstacles
from competition.pilots.service.pilots import (
    accept,
    accept_milestone,
    agree,
    cancel,
    fail,
    report_milestone,
    return_milestone,
    start,
)
from competition.pilots.service.proposing import publish_results
from competition.pilots.service.selection import Solved, fail_selection, finish_selection, request_selection

__all__ = [
    "Solved",
    "accept",
    "accept_milestone",
    "agree",
    "cancel",
    "complete",
    "fail",
    "fail_selection",
    "finish_selection",
    "obstacles",
    "publish_results",
    "report_milestone",
    "request_selection",
    "return_milestone",
    "start",
]
