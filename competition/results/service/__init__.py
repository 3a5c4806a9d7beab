"""Commands of the results slice: the only writers of runs, decisions and publications."""

from __future__ import annotations

from competition.results.service.calendar_days import remove_day, set_day
from competition.results.service.correcting import correct, discard
from competition.results.service.decisions import (
    Proposal,
    adjust,
    apply,
    check_mark,
    propose,
    reopen,
)
from competition.results.service.inputs import Outdated
from competition.results.service.publishing import publish, reading_mark
from competition.results.service.runs import Outcome, fail_run, finish_run, request_run

__all__ = [
    "Outcome",
    "Outdated",
    "Proposal",
    "adjust",
    "apply",
    "check_mark",
    "correct",
    "discard",
    "fail_run",
    "finish_run",
    "propose",
    "publish",
    "reading_mark",
    "remove_day",
    "reopen",
    "request_run",
    "set_day",
]
